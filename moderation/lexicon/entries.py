"""What a word list says, and the check of its files."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from moderation.errors import LexiconError

SHIPPED = Path(__file__).with_name("words")
MAX_ENTRIES = 50_000

Category = Literal["insult", "profanity", "identity_attack", "threat", "blocked", "suspect"]
Dialect = Literal[
    "msa", "eg", "lev", "gulf", "iraq", "ma", "dz", "tn", "ly", "sd", "ye", "mixed"
]
Form = Annotated[str, Field(min_length=2, max_length=100)]
Sentence = Annotated[str, Field(min_length=2, max_length=500)]


class Entry(BaseModel):
    """One word family or fixed phrase.

    Attributes:
        forms: inflected forms without clitics; ``*`` in a phrase is up to two words.
        latin: the same as typed in Latin letters.
        severity: 1 rough, 2 abusive, 3 severe.
        sense: what it means here, in English.
        plain_sense: it also has an innocent sense, so it counts for sure only where it
            addresses somebody.
        group: whom it demeans, for identity attacks.
        source: who wrote the entry.
        excepted: phrases in which it is innocent.
        match: comments in which it must be found.
        passes: comments in which it must not be found for sure.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
    forms: Annotated[tuple[Form, ...], Field(min_length=1, max_length=200)]
    latin: Annotated[tuple[Form, ...], Field(max_length=50)] = ()
    category: Category
    severity: Annotated[int, Field(ge=1, le=3)]
    dialect: tuple[Dialect, ...] = ()
    sense: Annotated[str, Field(max_length=200)] = ""
    plain_sense: bool = False
    group: str | None = None
    source: Annotated[str, Field(max_length=200)] = "mizan"
    excepted: Annotated[tuple[Form, ...], Field(alias="except", max_length=200)] = ()
    match: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    passes: Annotated[tuple[Sentence, ...], Field(alias="pass", min_length=1)]


_ENTRIES = TypeAdapter(list[Entry])


def load_entries(place: Path = SHIPPED) -> list[Entry]:
    """The entries of one YAML file, or of all files of a folder.

    Raises:
        LexiconError: unreadable, not as described above, or an id used twice; with file
            and entry.
    """
    files = sorted(place.glob("*.yaml")) if place.is_dir() else [place]
    if not files:
        raise LexiconError(f"{place}: holds no .yaml file.")
    entries = [entry for file in files for entry in _read(file)]
    if len(entries) > MAX_ENTRIES:
        raise LexiconError(f"{place}: more than {MAX_ENTRIES} entries.")
    seen: set[str] = set()
    for entry in entries:
        if entry.id in seen:
            raise LexiconError(f"{place}: the id {entry.id} is used twice. Rename one of them.")
        seen.add(entry.id)
    return entries


def read_yaml(file: Path) -> Any:
    """What a YAML file holds; ``None`` if nothing.

    Raises:
        LexiconError: it cannot be read; with file and line.
    """
    try:
        return yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except OSError as error:
        raise LexiconError(f"{file}: cannot be read ({error.strerror}).") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise LexiconError(f"{file}{where}: not valid YAML.") from error
    except UnicodeDecodeError as error:
        raise LexiconError(f"{file}: is not UTF-8. Save it as UTF-8.") from error


def _read(file: Path) -> Iterable[Entry]:
    raw = read_yaml(file)
    try:
        return _ENTRIES.validate_python(raw or [])
    except ValidationError as error:
        problems = "; ".join(
            _told(raw, problem["loc"], problem["msg"]) for problem in error.errors()[:5]
        )
        raise LexiconError(f"{file}: {problems}") from error


def _told(raw: Any, where: tuple[int | str, ...], message: str) -> str:
    place = ".".join(map(str, where))
    if where and isinstance(where[0], int) and isinstance(raw[where[0]], dict):
        place = ".".join([str(raw[where[0]].get("id", where[0])), *map(str, where[1:])])
    return f"{place}: {message}"
