"""``python -m moderation policy …``: check, explain, diff, try out and replay policies."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from moderation.backtest import backtest, report_markdown, stored_cases
from moderation.backtest.parallel import backtest_file
from moderation.options import LastOption, OnOption, one_source, span_of_time
from moderation.policy import (
    DEFAULT_POLICY,
    diff_policies,
    explain_policy,
    json_schema,
    load_policy,
)
from moderation.policy.questions import Points
from moderation.replay import replay as replay_decision
from moderation.scoring import load_bundle
from moderation.scoring.bundle import points_of
from moderation.settings import Settings
from moderation.store import database

app = typer.Typer(no_args_is_help=True, help="Policies: check, explain, try out, replay.")

PolicyFile = Annotated[Path, typer.Argument(help="A policy, a YAML file.")]


def _points() -> Points:
    return points_of(load_bundle(Settings().model).manifest)


@app.command()
def check(file: PolicyFile) -> None:
    """Say whether a file can be used with the model: nothing, or what is wrong and where."""
    policy = load_policy(file)
    policy.for_model(_points())
    typer.echo(f"{file}: {policy.ref.id} version {policy.ref.version} can be used.")


@app.command()
def explain(file: PolicyFile = DEFAULT_POLICY) -> None:
    """The whole order of a decision on one screen, with the model's thresholds."""
    for line in explain_policy(load_policy(file), _points()):
        typer.echo(line)


@app.command()
def diff(old: PolicyFile, new: PolicyFile) -> None:
    """What changed between two policies, rule by rule."""
    lines = diff_policies(load_policy(old), load_policy(new), _points())
    typer.echo("\n".join(lines) or "No rule differs.")


@app.command()
def schema() -> None:
    """The JSON Schema of policy files."""
    sys.stdout.write(json_schema())


@app.command(name="backtest")
def try_out(
    new: PolicyFile,
    old: Annotated[
        Path | None, typer.Option("--against", help="Default: the policy in use.")
    ] = None,
    on: OnOption = None,
    last: LastOption = None,
    seconds: Annotated[
        float, typer.Option(min=0, help="What a comment costs a moderator.")
    ] = 15.0,
) -> None:
    """What a policy would have decided, and what would change. Nothing is scored again."""
    settings = Settings()
    before, after = load_policy(old or settings.policy), load_policy(new)
    bundle = load_bundle(settings.model)
    points = points_of(bundle.manifest)
    one_source(on, last)
    if on is not None:
        report = backtest_file(on, before.text, after.text, points)
    else:
        with database(settings.database_url) as engine:
            cases = stored_cases(
                engine, settings.site, span_of_time(last or ""), model_sha256=bundle.ref.sha256
            )
            report = backtest(cases, before.for_model(points), after.for_model(points))
    typer.echo(report_markdown(report, seconds))


@app.command()
def replay(
    decision: Annotated[str, typer.Argument(help="A comment's id.")],
    version: Annotated[
        int | None, typer.Option(help="Which version of its text; default: the newest.")
    ] = None,
) -> None:
    """Decide again by the stored policy, scores and facts; must give the stored answer."""
    settings = Settings()
    with database(settings.database_url) as engine:
        found = replay_decision(engine, settings.site, decision, version)
    console = Console(soft_wrap=True, highlight=False)
    for reason in found.again.reasons:
        console.print(
            f"{reason.rule}: {reason.message['ar']} · {reason.message['en']}", markup=False
        )
    if found.same:
        console.print(f"{found.again.action.value}: the same, wordings aside.")
        return
    console.print(f"stored: {found.stored.action.value}; again: {found.again.action.value}")
    raise typer.Exit(1)
