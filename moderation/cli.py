"""The commands of ``python -m moderation``."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from moderation.analysis import open_analyzer
from moderation.audit_commands import app as audit_app
from moderation.domain import MAX_TARGETS, Comment, Moderated
from moderation.errors import MizanError
from moderation.jsonlines import BadLine, in_chunks, read_comments, to_json
from moderation.lexicon_commands import app as lexicon_app
from moderation.log import configure_logging
from moderation.pages import Article, page_comments
from moderation.pipeline import Moderator
from moderation.policy import load_policy
from moderation.policy_commands import app as policy_app
from moderation.scoring import OnnxScorer, load_bundle
from moderation.settings import Settings
from moderation.user_commands import app as user_app
from moderation.webhook_commands import app as webhook_app
from moderation.wire import decision_fields, findings_fields, scores_fields, span_fields

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Mizan: moderation of Arabic reader comments. ميزان لتعليقات القرّاء.",
)
keys_app = typer.Typer(no_args_is_help=True, help="API keys.")
app.add_typer(keys_app, name="keys")
app.add_typer(policy_app, name="policy")
app.add_typer(lexicon_app, name="lexicon")
app.add_typer(user_app, name="users")
app.add_typer(audit_app, name="audit")
app.add_typer(webhook_app, name="webhooks")

InputFile = Annotated[str, typer.Argument(help="JSON lines; - is standard input.")]


def main() -> None:
    """Run the command line; our own errors become one line and exit code 1."""
    try:
        app()
    except MizanError as error:
        errors = Console(stderr=True, soft_wrap=True)
        errors.print(f"{error.code}: {error.message}", markup=False)
        for line in error.details.get("looked_for", ()):
            errors.print(f"  - {line}", markup=False)
        raise SystemExit(1) from None
    except ValidationError as error:
        # Only settings are validated here; a value may be a secret, so only names are shown.
        names = ", ".join(f"MIZAN_{e['loc'][0]}".upper() for e in error.errors())
        Console(stderr=True).print(f"settings_invalid: check {names}", markup=False)
        raise SystemExit(1) from None


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to bind.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.")] = None,
) -> None:
    """Run the HTTP service."""
    from moderation.serve import serve as run

    given: dict[str, Any] = {"host": host, "port": port}
    run(Settings(**{name: value for name, value in given.items() if value is not None}))


@app.command()
def demo() -> None:
    """Serve a fresh database full of comments, to try the moderators' room in."""
    from moderation.demo.server import serve_demo

    serve_demo(Settings())


@app.command()
def score(file: InputFile) -> None:
    """Score comments: JSON lines in, JSON lines out."""
    moderator = _open_moderator()

    def answer(comments: list[Comment]) -> Iterator[dict[str, Any]]:
        for comment, scores in zip(comments, moderator.score(comments), strict=True):
            yield scores_fields(comment.id, scores, moderator.scorer.model)

    _stream(file, answer)


@app.command()
def moderate(file: InputFile) -> None:
    """Score and decide: JSON lines in, JSON lines out. Nothing is stored."""
    moderator = _open_moderator()

    def answer(comments: list[Comment]) -> Iterator[dict[str, Any]]:
        for item in moderator.moderate(comments):
            yield _moderated_fields(item, moderator)

    _stream(file, answer)


@app.command()
def page(
    file: Annotated[Path, typer.Argument(help="A saved article page, HTML or plain text.")],
    target: Annotated[
        list[str] | None, typer.Option(help="Measure stance toward this; may be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
) -> None:
    """Moderate the reader comments of a saved article page."""
    from moderation.pages import MAX_PAGE_BYTES, read_page

    try:
        with file.open("rb") as stream:
            article = read_page(stream.read(MAX_PAGE_BYTES + 1))
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}") from error
    if target and len(target) > MAX_TARGETS:
        raise typer.BadParameter(f"at most {MAX_TARGETS} targets are measured")
    comments = page_comments(article, tuple(target or ()))
    moderator = _open_moderator()
    results = moderator.moderate(comments)
    if as_json:
        typer.echo(to_json(_page_fields(article, results, moderator), indent=2))
        return
    from moderation.terminal import page_table

    Console().print(page_table(article, results))


def _page_fields(
    article: Article, results: list[Moderated], moderator: Moderator
) -> dict[str, Any]:
    rows = [
        {
            "author": shown.author,
            "posted": shown.posted,
            "text": shown.text,
            "parent": None if shown.parent is None else str(shown.parent + 1),
        }
        | _moderated_fields(result, moderator)
        for shown, result in zip(article.comments, results, strict=True)
    ]
    targets = results[0].comment.context.targets
    head = {"title": article.title, "adapter": article.adapter, "targets": list(targets)}
    return head | {"comments": rows}


@app.command()
def migrate() -> None:
    """Bring the database to this version's schema."""
    from moderation.store import migrate as run

    run(Settings().database_url)


@keys_app.command("add")
def add_key(
    name: Annotated[str, typer.Argument(help="Who will use the key.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="score, moderate, read, admin; repeatable.")
    ] = None,
) -> None:
    """Make a key; it is shown once."""
    from moderation.store import Scope, create_key, database

    names = scope or ["score", "moderate", "read"]
    unknown = [given for given in names if given not in set(Scope)]
    if unknown:
        raise typer.BadParameter(f"unknown scope {unknown[0]}; known: {', '.join(Scope)}")
    with database(Settings().database_url) as engine:
        typer.echo(create_key(engine, name, [Scope(given) for given in names]))


@keys_app.command("list")
def list_all_keys() -> None:
    """Names, scopes and state of all keys."""
    from moderation.store import database, list_keys

    with database(Settings().database_url) as engine:
        for key in list_keys(engine):
            state = "revoked" if key.revoked_at else "active"
            typer.echo(f"{key.name}\t{','.join(sorted(key.scopes))}\t{state}")


@keys_app.command("revoke")
def revoke(name: str) -> None:
    """Make a key useless, at once."""
    from moderation.store import database, revoke_key

    with database(Settings().database_url) as engine:
        revoke_key(engine, name)


def _open_moderator() -> Moderator:
    settings = Settings()
    configure_logging(settings.log_level)
    scorer = OnnxScorer(load_bundle(settings.model), settings.threads)
    return Moderator(
        scorer,
        load_policy(settings.policy),
        open_analyzer(settings.words),
        mark_spans=settings.mark_spans,
    )


def _moderated_fields(item: Moderated, moderator: Moderator) -> dict[str, Any]:
    fields = scores_fields(item.comment.id, item.scores, moderator.scorer.model)
    text = item.comment.text
    return fields | {
        "text": text,
        "facts": {
            "section": item.comment.context.section,
            "is_reply": item.comment.context.parent is not None,
            "reports": item.comment.reports,
        },
        "decision": decision_fields(item.decision, text),
        "findings": findings_fields(item.facts, text),
        "spans": [span_fields(span, text) for span in item.spans],
    }


def _stream(file: str, answer: Callable[[list[Comment]], Iterator[dict[str, Any]]]) -> None:
    bad = 0
    errors = Console(stderr=True, soft_wrap=True)
    output = sys.stdout.buffer

    def report(line: BadLine) -> None:
        nonlocal bad
        bad += 1
        errors.print(f"line {line.number}: {line.code}: {line.message}", markup=False)

    with _opened(file) as stream, _progress(stream, errors) as advance:
        try:
            for chunk in in_chunks(read_comments(stream), report):
                for fields in answer(chunk):
                    output.write(to_json(fields) + b"\n")
                advance(len(chunk))
            output.flush()
        except BrokenPipeError:
            # The reader of our output has seen enough («… | head»).
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if bad:
        errors.print(f"{bad} lines could not be read; all others are done.", markup=False)
        raise typer.Exit(1)


def _opened(file: str) -> AbstractContextManager[BinaryIO]:
    if file == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}") from error


@contextmanager
def _progress(stream: BinaryIO, console: Console) -> Iterator[Callable[[int], None]]:
    """A bar over the file's bytes on a terminal; nothing elsewhere."""
    if not console.is_terminal:
        yield lambda _: None
        return
    size = os.fstat(stream.fileno()).st_size or None if stream.seekable() else None
    columns = (BarColumn(), TextColumn("{task.fields[done]:,} comments"), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("comments", total=size, done=0)
        done = 0

        def advance(count: int) -> None:
            nonlocal done
            done += count
            at = stream.tell() if size else None
            progress.update(task, completed=at, done=done)

        yield advance
