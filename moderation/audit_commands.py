"""``python -m moderation audit …``: was the log of what people did tampered with?"""

from typing import Annotated

import typer

from moderation.settings import Settings
from moderation.store import database, verify_audit

app = typer.Typer(no_args_is_help=True, help="The log of what people did.")


@app.callback()
def audit() -> None:
    """The log of what people did."""


@app.command()
def verify(
    head: Annotated[
        str | None, typer.Option(help="A hash noted earlier; must still be in the log.")
    ] = None,
) -> None:
    """Check every entry and every decision told of; prints problems, or the newest hash."""
    with database(Settings().database_url) as engine:
        report = verify_audit(engine, head)
    for problem in report.problems:
        typer.echo(problem)
    if report.problems:
        raise typer.Exit(1)
    typer.echo(f"{report.entries} entries, nothing changed or missing. Head: {report.head}")
