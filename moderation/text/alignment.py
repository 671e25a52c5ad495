"""Where the letters of a changed text stand in the text as it was typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from tokenizers import Regex, Tokenizer, models, pre_tokenizers

from moderation.text.normalize import build_normalizer, without_surrogates


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a comment as typed: offsets in code points, the end left out."""

    start: int
    end: int

    def utf16(self, text: str) -> tuple[int, int]:
        """The same in UTF-16 code units, as JavaScript and Perspective count."""
        start = self.start + sum(char > "\uffff" for char in text[: self.start])
        return start, start + utf16_length(text[self.start : self.end])


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) + sum(char > "\uffff" for char in text)


@lru_cache(maxsize=1)
def _letters() -> Tokenizer:
    # The library tells where a token stands in the original: one token per letter.
    tokenizer = Tokenizer(models.WordLevel({"": 0}, unk_token=""))
    tokenizer.normalizer = build_normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    return tokenizer


def normalized_places(text: str) -> list[tuple[int, int]]:
    """For each letter of ``normalize(text)``, the stretch of ``text`` that it stands for."""
    offsets: list[tuple[int, int]] = _letters().encode(without_surrogates(text)).offsets
    return offsets


def merged(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Spans in order, those that touch or overlap as one."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return tuple(found)
