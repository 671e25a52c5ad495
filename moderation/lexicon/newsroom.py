"""A newsroom's own words: blocked, suspect, and allowed whatever the shipped list says."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from moderation.errors import LexiconError
from moderation.lexicon.entries import Category, Entry, Form, load_entries, read_yaml
from moderation.lexicon.matcher import Lexicon

_BLOCKED_SEVERITY, _SUSPECT_SEVERITY = 3, 1
_Terms = Annotated[tuple[Form, ...], Field(max_length=20_000)]


class Newsroom(BaseModel):
    """The file of a newsroom: words or phrases, without clitics, ``*`` for up to two words."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    blocked: _Terms = ()
    suspect: _Terms = ()
    allowed: _Terms = ()

    def entries(self) -> list[Entry]:
        """The blocked and suspect terms as entries of a word list."""
        return [
            _entry("blocked", number, term, _BLOCKED_SEVERITY)
            for number, term in enumerate(self.blocked, 1)
        ] + [
            _entry("suspect", number, term, _SUSPECT_SEVERITY)
            for number, term in enumerate(self.suspect, 1)
        ]


def load_newsroom(path: Path) -> Newsroom:
    """Read a newsroom's words.

    Raises:
        LexiconError: unreadable, or not as described above; with file and place.
    """
    try:
        return Newsroom.model_validate(read_yaml(path) or {})
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors()[:5]
        )
        raise LexiconError(f"{path}: {problems}") from error


def open_lexicon(newsroom: Path | None) -> Lexicon:
    """The shipped list, with a newsroom's words if it has a file.

    Raises:
        LexiconError: a file is wrong.
    """
    if newsroom is None:
        return Lexicon(load_entries())
    own = load_newsroom(newsroom)
    return Lexicon([*load_entries(), *own.entries()], own.allowed)


def _entry(category: Category, number: int, term: str, severity: int) -> Entry:
    return Entry(
        id=f"newsroom-{category}-{number}",
        forms=(term,),
        category=category,
        severity=severity,
        source="newsroom",
        match=(term.replace("*", " "),),
        passes=("سلام عليكم",),
    )
