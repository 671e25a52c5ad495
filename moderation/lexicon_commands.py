"""``python -m moderation lexicon …``: check words, and try a new one on past comments."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
import yaml
from pydantic import ValidationError
from rich.console import Console

from moderation.analysis import Analyzer, open_analyzer
from moderation.backtest import stored_cases
from moderation.domain import Comment
from moderation.errors import LexiconError
from moderation.jsonlines import read_comments
from moderation.lexicon import (
    Lexicon,
    Newsroom,
    check_examples,
    load_entries,
    load_newsroom,
    open_lexicon,
)
from moderation.options import LastOption, OnOption, one_source, span_of_time
from moderation.settings import Settings
from moderation.store import database
from moderation.terminal import isolated

app = typer.Typer(no_args_is_help=True, help="Word lists: check, and try a new term.")

_MOST_SHOWN = 20
_LONGEST_SHOWN = 120


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="Entries, or a newsroom's words.")],
) -> None:
    """Say whether a file can be used, and run its entries' own examples."""
    if _is_newsroom(file):
        words = load_newsroom(file)
        open_lexicon(file)
        counts = len(words.blocked), len(words.suspect), len(words.allowed)
        typer.echo(f"{file}: blocked, suspect, allowed: {counts[0]}, {counts[1]}, {counts[2]}.")
        return
    entries = load_entries(file)
    Lexicon(entries)
    wrong = check_examples(entries)
    if wrong:
        raise LexiconError(f"{file}:\n" + "\n".join(wrong))
    typer.echo(f"{file}: {len(entries)} entries can be used.")


@app.command(name="try")
def try_term(
    term: Annotated[str, typer.Argument(help="A word, or a phrase; * is up to two words.")],
    on: OnOption = None,
    last: LastOption = None,
) -> None:
    """What a new term would have matched, beside what the list finds already."""
    one_source(on, last)
    try:
        words = Newsroom(blocked=(term,))
    except ValidationError as error:
        raise typer.BadParameter("a term has 2 to 100 characters") from error
    wanted, known = Analyzer(Lexicon(words.entries())), open_analyzer(Settings().words)
    read = found = new = 0
    console = Console(soft_wrap=True, highlight=False)
    for text in _texts(on, last):
        read += 1
        if not wanted.analyze(text).words:
            continue
        found += 1
        is_new = not any(hit.sure for hit in known.analyze(text).words)
        new += is_new
        if found <= _MOST_SHOWN:
            mark = "+" if is_new else " "
            console.print(f"{mark} {isolated(text[:_LONGEST_SHOWN])}", markup=False)
    console.print(
        f"{found:,} of {read:,} comments hold it, {new:,} of them (+) hold nothing else "
        "of the list."
    )


def _texts(on: Path | None, last: str | None) -> Iterator[str]:
    if on is not None:
        with on.open("rb") as stream:
            yield from (c.text for c in read_comments(stream) if isinstance(c, Comment))
        return
    settings = Settings()
    with database(settings.database_url) as engine:
        for case in stored_cases(engine, settings.site, span_of_time(last or "")):
            if case.text is not None:
                yield case.text


def _is_newsroom(file: Path) -> bool:
    try:
        return isinstance(yaml.safe_load(file.read_text(encoding="utf-8")), dict)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return False
