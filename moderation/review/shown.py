"""Untrusted text on a page: escaped, its invisible controls shown, its marked words marked."""

import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise

from markupsafe import Markup, escape

from moderation.domain import Facts

# Any number of marks on one letter would climb out of the line.
_MAX_MARKS = 4
_CONTROL_NAMES = {
    "\u061c": "ALM",
    "\u200e": "LRM",
    "\u200f": "RLM",
    "\u202a": "LRE",
    "\u202b": "RLE",
    "\u202c": "PDF",
    "\u202d": "LRO",
    "\u202e": "RLO",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
}
# They join letters and emojis as they should, and can do no harm.
_JOINERS = "\u200c\u200d"
_LINE_ENDS = "\n\u2028\u2029"

_MASKED_CATEGORIES = {"insult", "profanity", "identity_attack", "threat", "blocked"}
_MASKED_SEVERITY = 2

Spans = Sequence[tuple[int, int]]


def visible(text: str | None) -> str:
    """A name or a title in one line, without anything invisible."""
    kept = []
    marks = 0
    for char in text or "":
        if _is_control(char):
            kept.append(" " if char.isspace() else "")
            continue
        marks = marks + 1 if unicodedata.category(char).startswith("M") else 0
        if marks <= _MAX_MARKS:
            kept.append(char)
    return "".join(kept)


def shown_text(text: str, marked: Spans = (), slurs: Spans = ()) -> Markup:
    """A comment as HTML.

    Args:
        marked: words that carry the score, in code points; ``<mark>`` around them.
        slurs: words that a moderator may prefer to see on demand only.
    """
    cuts = {0, len(text), *(min(end, len(text)) for span in (*marked, *slurs) for end in span)}
    places = sorted(cuts)
    parts: list[str] = []
    for start, end in pairwise(places):
        piece = _piece(text[start:end])
        if _covers(slurs, start, end):
            piece = f'<span class="slur" tabindex="0">{piece}</span>'
        if _covers(marked, start, end):
            piece = f"<mark>{piece}</mark>"
        parts.append(piece)
    return Markup("".join(parts))  # noqa: S704 - every piece is escaped


def slurs_of(facts: Facts | None) -> tuple[tuple[int, int], ...]:
    """Words that are masked until somebody asks to see them."""
    words = facts.words if facts else ()
    return tuple(
        (hit.start, hit.end)
        for hit in words
        if hit.category in _MASKED_CATEGORIES and hit.severity >= _MASKED_SEVERITY
    )


def _covers(spans: Iterable[tuple[int, int]], start: int, end: int) -> bool:
    return any(first <= start and end <= last for first, last in spans)


def _piece(text: str) -> str:
    parts: list[str] = []
    marks = 0
    for char in text.replace("\r\n", "\n"):
        if char in _LINE_ENDS:
            parts.append("\n")
        elif char in _CONTROL_NAMES:
            parts.append(f'<span class="control">{_CONTROL_NAMES[char]}</span>')
        elif _is_control(char) and char != "\t":
            parts.append(f'<span class="control">U+{ord(char):04X}</span>')
        else:
            marks = marks + 1 if unicodedata.category(char).startswith("M") else 0
            if marks <= _MAX_MARKS:
                parts.append(str(escape(char)))
    return "".join(parts)


def _is_control(char: str) -> bool:
    if char in _JOINERS:
        return False
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")
