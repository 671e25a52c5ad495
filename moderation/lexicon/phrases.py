"""Fixed phrases of several words, found from their most telling word outwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from moderation.lexicon.clitics import begins, goes_on, is_definite

GAP = "*"
_LONGEST_GAP = 2


@dataclass(frozen=True, slots=True)
class Phrase:
    """Stems in order; before each may stand up to ``gaps`` other words.

    Attributes:
        anchor: index of the longest stem, which is looked for first: «يا» is everywhere.
        others: the other stems, the longest first.
    """

    stems: tuple[str, ...]
    gaps: tuple[int, ...]
    anchor: int
    others: tuple[str, ...]

    def at(self, words: Sequence[str], index: int) -> tuple[int, int] | None:
        """First and last word of the phrase in a comment whose word ``index`` is the anchor."""
        for definite in (False, True):
            first = self._backward(words, index, definite=definite)
            if first is not None:
                last = self._forward(words, index, definite=definite)
                if last is not None:
                    return first, last
        return None

    def _backward(self, words: Sequence[str], index: int, *, definite: bool) -> int | None:
        if not self._fits(words[index], self.anchor, definite=definite):
            return None
        found: int | None = index
        for place in range(self.anchor - 1, -1, -1):
            if found is None:
                break
            lowest = max(0, found - 1 - self.gaps[place + 1])
            near = range(found - 1, lowest - 1, -1)
            found = self._first(words, near, place, definite=definite)
        return found

    def _forward(self, words: Sequence[str], index: int, *, definite: bool) -> int | None:
        found: int | None = index
        for place in range(self.anchor + 1, len(self.stems)):
            if found is None:
                break
            near = range(found + 1, min(len(words), found + 2 + self.gaps[place]))
            found = self._first(words, near, place, definite=definite)
        return found

    def _first(
        self, words: Sequence[str], near: range, place: int, *, definite: bool
    ) -> int | None:
        """The first of these words that is the stem at ``place``."""
        fitting = (i for i in near if self._fits(words[i], place, definite=definite))
        return next(fitting, None)

    def _fits(self, word: str, place: int, *, definite: bool) -> bool:
        """Whether a word is the stem at ``place`` with what may be written onto it there."""
        stem = self.stems[place]
        last = place == len(self.stems) - 1
        at = word.find(stem)
        while at >= 0:
            prefix, suffix = word[:at], word[at + len(stem) :]
            if place > 0:
                fits = goes_on(stem, prefix, suffix, definite=definite, last=last)
            elif suffix:
                fits = False
            else:
                fits = is_definite(stem, prefix) if definite else begins(stem, prefix)
            if fits:
                return True
            at = word.find(stem, at + 1)
        return False


def phrase_of(words: Sequence[str]) -> Phrase:
    """A phrase from folded words, with ``GAP`` where others may stand between."""
    stems = [word for word in words if word != GAP]
    gaps = [0]
    for before, word in pairwise(words):
        if word != GAP:
            gaps.append(_LONGEST_GAP if before == GAP else 0)
    anchor = max(range(len(stems)), key=lambda i: len(stems[i]))
    others = sorted((*stems[:anchor], *stems[anchor + 1 :]), key=len, reverse=True)
    return Phrase(tuple(stems), tuple(gaps), anchor, tuple(others))
