"""Changing stretches of a text without losing where each letter came from."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A changed text.

    Attributes:
        places: for each letter of ``text``, its offset in the text as typed.
    """

    text: str
    places: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The stretch as typed that ``text[start:end]`` stands for; not empty."""
        return self.places[start], self.places[end - 1] + 1


def untouched(text: str) -> Rewritten:
    """A text nothing was changed in."""
    return Rewritten(text, tuple(range(len(text))))


def rewrite(
    before: Rewritten, pattern: re.Pattern[str], change: Callable[[str], str]
) -> tuple[Rewritten, list[re.Match[str]]]:
    """Put ``change(found)`` wherever ``pattern`` is found; also the finds that changed."""
    parts: list[str] = []
    places: list[int] = []
    changed: list[re.Match[str]] = []
    done = 0
    for match in pattern.finditer(before.text):
        new = change(match[0])
        if new == match[0]:
            continue
        start, end = match.span()
        parts += [before.text[done:start], new]
        places += [*before.places[done:start], *_spread(before.places[start:end], len(new))]
        changed.append(match)
        done = end
    if not changed:
        return before, changed
    text = "".join([*parts, before.text[done:]])
    return Rewritten(text, (*places, *before.places[done:])), changed


def _spread(places: Sequence[int], count: int) -> list[int]:
    """Offsets for ``count`` letters that stand for those at ``places``: first to last."""
    if count == 1:
        return [places[0]]
    last = len(places) - 1
    return [places[i * last // (count - 1)] for i in range(count)]
