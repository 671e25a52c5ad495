"""Finds the entries of a word list in a comment, whatever is written onto their words.

One pass of an Aho–Corasick automaton (Aho & Corasick 1975, "Efficient string matching")
finds all stems; each find is then held against its word's edges, so the time grows with the
length of the comment and the number of finds, whatever the comment looks like.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import ahocorasick_rs

from moderation.errors import LexiconError
from moderation.lexicon.clitics import (
    LONGEST_PREFIX,
    LONGEST_SUFFIX,
    begins,
    goes_on,
    is_definite,
    takes,
)
from moderation.lexicon.entries import Entry
from moderation.text.normalize import normalize

_RUN = re.compile(r"(.)\1+")
_WORD = re.compile(r"[^\W_]+")
_GAP = "*"
_LONGEST_GAP = 2
# Said right before a word, these make it a name for somebody.
_ADDRESSES = frozenset(
    [
        "يا",
        "ايها",
        "ابن",
        "بن",
        "يابن",
        "يبن",
        "بنت",
        "ولد",
        "ولاد",
        "اولاد",
        "ابناء",
        "بنات",
        "انت",
        "انتي",
        "انته",
        "انتا",
        "انتم",
        "انتو",
        "انتوا",
        "نتا",
        "نتي",
        "نتوما",
        "كلك",
        "كلكم",
        "كلكو",
        "كلهم",
        "انك",
        "انكم",
        "انكو",
        "راك",
        "راكي",
        "راكم",
        "ya",
        "ybn",
        "ibn",
        "ebn",
        "wld",
        "bnt",
        "weld",
        "wlad",
        "bent",
        "enta",
        "enti",
        "nta",
        "nti",
    ]
)
# These may stand between: «انت واحد حمار».
_FILLERS = frozenset(
    [
        "واحد",
        "واحده",
        "مجرد",
        "اكبر",
        "احقر",
        "اوسخ",
        "اغبي",
        "حته",
        "فعلا",
        "والله",
        "بس",
        "وحده",
        "شويه",
    ]
)
_JOINED = re.compile("^(?:و|ف)?(?:يا|هال|يال)")


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry found in a normalized text.

    Attributes:
        start, end: offsets into the normalized text.
        sure: it cannot well be meant innocently here.
    """

    entry: Entry
    start: int
    end: int
    sure: bool


@dataclass(frozen=True, slots=True)
class _Rule:
    """What must follow a stem for an entry, or for an exception of it, to be there."""

    entry: Entry
    rest: tuple[str, ...] = ()
    exception: bool = False
    # «قحبة» before a pronoun is «قحبت…» and nothing by itself.
    bound: bool = False


@dataclass(frozen=True, slots=True)
class _Find:
    """A rule that holds in the folded text, before exceptions."""

    rule: _Rule
    start: int
    end: int
    prefix: str


class Lexicon:
    """Many entries, found at once.

    Example: ``Lexicon(load_entries()).find(normalize("وَالكِلاب!"))``.

    Args:
        entries: the word list.

    Raises:
        LexiconError: a form without a letter or digit.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        rules: dict[str, list[_Rule]] = defaultdict(list)
        for entry in self.entries:
            for form in (*entry.forms, *entry.latin):
                _add(rules, entry, form, exception=False)
            for form in entry.excepted:
                _add(rules, entry, form, exception=True)
        self._stems = list(rules)
        self._rules = list(rules.values())
        self._automaton = ahocorasick_rs.AhoCorasick(self._stems) if rules else None

    def find(self, normalized: str) -> list[Hit]:
        """Hits in the order of the text, those inside a longer one left out.

        Args:
            normalized: what ``normalize`` returned.
        """
        folded = _RUN.sub(r"\1", normalized)
        if self._automaton is None:
            return []
        raw = self._automaton.find_matches_as_indexes(folded, overlapping=True)
        found = [
            match
            for index, start, end in raw
            if (word := _edges(folded, start, end)) is not None
            for match in self._held(folded, index, word)
        ]
        if not found:
            return []
        return _hits(found, normalized, folded)

    def _held(
        self, folded: str, index: int, word: tuple[int, int, str, str]
    ) -> Iterable[_Find]:
        first, last, prefix, suffix = word
        stem = self._stems[index]
        alone = takes(stem, prefix, suffix)
        opens = not suffix and begins(stem, prefix)
        for rule in self._rules[index]:
            definite = bool(rule.rest) and not opens
            if definite and (suffix or not is_definite(stem, prefix)):
                continue
            if not rule.rest and (not alone or (rule.bound and not suffix)):
                continue
            end = _follow(folded, last, rule.rest, definite=definite)
            if end is not None:
                yield _Find(rule, first, end, prefix)


def check_examples(entries: Sequence[Entry]) -> list[str]:
    """What is wrong with an entry's own examples, one line each; empty if nothing is."""
    wrong = []
    for entry in entries:
        lexicon = Lexicon([entry])
        for text in entry.match:
            if not any(hit.sure for hit in lexicon.find(normalize(text))):
                wrong.append(f"{entry.id}: is not found in its example «{text}»")
        for text in entry.passes:
            if any(hit.sure for hit in lexicon.find(normalize(text))):
                wrong.append(f"{entry.id}: is found in «{text}», where it must not be")
    return wrong


def _fold(form: str) -> str:
    return _RUN.sub(r"\1", normalize(form))


def _add(rules: dict[str, list[_Rule]], entry: Entry, form: str, *, exception: bool) -> None:
    words = [word if word == _GAP else _fold(word) for word in form.split()]
    first, rest = words[0], tuple(words[1:])
    if not all(word == _GAP or _WORD.fullmatch(word) for word in words) or first == _GAP:
        raise LexiconError(f"entry {entry.id}: the form «{form}» must consist of words.")
    rules[first].append(_Rule(entry, rest, exception))
    if not rest and len(first) > 3 and first.endswith("ه"):
        rules[f"{first[:-1]}ت"].append(_Rule(entry, rest, exception, bound=True))


def _edges(text: str, start: int, end: int) -> tuple[int, int, str, str] | None:
    """First and last offset of the word around a stem, and what is written onto it."""
    first = start
    while first > 0 and text[first - 1].isalnum():
        first -= 1
        if start - first > LONGEST_PREFIX:
            return None
    last, limit = end, len(text)
    while last < limit and text[last].isalnum():
        last += 1
        if last - end > LONGEST_SUFFIX:
            return None
    return first, last, text[first:start], text[end:last]


def _follow(text: str, position: int, rest: tuple[str, ...], *, definite: bool) -> int | None:
    """Where the rest of a phrase ends that goes on at ``position``; ``None`` if it does not."""
    gap = 0
    for index, wanted in enumerate(rest, 1):
        if wanted == _GAP:
            gap = _LONGEST_GAP
            continue
        while True:
            word = _WORD.search(text, position, position + 60)
            if word is None:
                return None
            position = word.end()
            if _is_form(word[0], wanted, definite=definite, last=index == len(rest)):
                gap = 0
                break
            if not gap:
                return None
            gap -= 1
    return position


def _is_form(word: str, stem: str, *, definite: bool, last: bool) -> bool:
    at = word.find(stem)
    while at >= 0:
        if goes_on(stem, word[:at], word[at + len(stem) :], definite=definite, last=last):
            return True
        at = word.find(stem, at + 1)
    return False


def _hits(found: list[_Find], normalized: str, folded: str) -> list[Hit]:
    innocent = {(f.rule.entry.id, f.start, f.end) for f in found if f.rule.exception}
    words = [match.span() for match in _WORD.finditer(folded)]
    places = _unfolded(normalized)
    hits: list[Hit] = []
    for find in sorted(found, key=lambda f: (f.start, -f.end)):
        entry = find.rule.entry
        excused = any(
            entry.id == name and first <= find.start and find.end <= last
            for name, first, last in innocent
        )
        start, end = places[find.start], places[find.end]
        inside = any(h.entry is entry and h.start <= start and end <= h.end for h in hits)
        if not (find.rule.exception or excused or inside):
            sure = not entry.plain_sense or _addresses(folded, words, find)
            hits.append(Hit(entry, start, end, sure))
    return hits


def _addresses(text: str, words: list[tuple[int, int]], find: _Find) -> bool:
    """Whether a word with an innocent sense is said to somebody, or is all that is said."""
    whole = find.start <= words[0][0] and words[-1][1] <= find.end
    first = text[find.start : find.end].split(" ", 1)[0]
    if whole or _JOINED.match(find.prefix) or first in _ADDRESSES:
        return True
    at = bisect_left(words, (find.start, 0))
    before = [text[slice(*word)] for word in words[max(0, at - 2) : at]]
    if before and before[-1] in _FILLERS:
        before.pop()
    # «يا وحوش» is no «يا» and «حوش»: nothing is joined by «and» to a call.
    if before and before[-1] in _ADDRESSES and find.prefix[:1] not in ("و", "ف"):
        return True
    after = text[slice(*words[at + 1])] if at + 1 < len(words) else ""
    return after in ("ابن", "بن")


def _unfolded(normalized: str) -> list[int]:
    """Where each letter of the folded text, and its end, lies in the normalized one."""
    places = [i for i, char in enumerate(normalized) if i == 0 or char != normalized[i - 1]]
    return [*places, len(normalized)]
