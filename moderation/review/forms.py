"""What forms and addresses carry, checked."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from moderation.errors import InvalidInputError
from moderation.store.items import Filters
from moderation.store.remarks import MOST_SPANS

_Name = Annotated[str, Query(max_length=200)]


def filters_from(
    site: _Name = "",
    section: _Name = "",
    queue: _Name = "",
    kind: _Name = "",
    code: _Name = "",
    language: _Name = "",
    score_from: _Name = "",
    score_to: _Name = "",
) -> Filters:
    """Filters from an address; a form sends what is not chosen as an empty string."""
    return Filters(
        site=site or None,
        section=section or None,
        queue=queue or None,
        kind=kind or None,
        code=code or None,
        language=language or None,
        score_from=_share(score_from, "score_from"),
        score_to=_share(score_to, "score_to"),
    )


FiltersDep = Annotated[Filters, Depends(filters_from)]


def address(path: str, filters: Filters, **more: object) -> str:
    """An address of ours with filters and whatever else is not ``None``."""
    values = filters.stored() | {n: v for n, v in more.items() if v is not None}
    return f"{path}?{urlencode(values)}" if values else path


def spans_of(text: str, words: str) -> list[tuple[int, int]]:
    """Every place of each word, one per line of ``words``, in code points.

    Raises:
        InvalidInputError: ``words_not_found``: a word that does not stand in the text;
            ``too_many_words``: more than ``MOST_SPANS`` places.
    """
    found: list[tuple[int, int]] = []
    for word in dict.fromkeys(filter(None, map(str.strip, words.splitlines()))):
        start = text.find(word)
        if start < 0:
            raise InvalidInputError("A word is not in the text.", "words_not_found")
        while start >= 0:
            found.append((start, start + len(word)))
            if len(found) > MOST_SPANS:
                raise InvalidInputError("Too many words.", "too_many_words", limit=MOST_SPANS)
            start = text.find(word, start + len(word))
    return sorted(found)


def _share(given: str, field: str) -> float | None:
    if not given.strip():
        return None
    try:
        value = float(given)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise InvalidInputError("A score lies between 0 and 1.", field=field)
    return value
