"""Options that several commands share."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

OnOption = Annotated[Path | None, typer.Option("--on", help="A file of JSON lines.")]
LastOption = Annotated[
    str | None, typer.Option("--last", help="What is stored of the last 30d or 12h.")
]
_UNITS = {"d": "days", "h": "hours"}


def span_of_time(given: str) -> timedelta:
    """``30d`` or ``12h``."""
    number, unit = given[:-1], given[-1:]
    if not (number.isascii() and number.isdigit() and len(number) <= 5 and unit in _UNITS):
        raise typer.BadParameter(f"{given!r} is no span of time; write 30d or 12h")
    return timedelta(**{_UNITS[unit]: int(number)})


def one_source(on: Path | None, last: str | None) -> None:
    """Exactly one of both, and a file that is there."""
    if (on is None) is (last is None):
        raise typer.BadParameter("give either --on FILE or --last 30d")
    if on is not None and not on.is_file():
        raise typer.BadParameter(f"{on}: no such file")
