"""Finds the entries of a word list in a comment, whatever is written onto their words.

One pass of an Aho–Corasick automaton (Aho & Corasick 1975, "Efficient string matching")
finds all stems; each find is then held against its word's edges, so the time grows with the
length of the comment and the number of finds, whatever the comment looks like.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import ahocorasick_rs

from moderation.errors import LexiconError
from moderation.lexicon.clitics import LONGEST_PREFIX, LONGEST_SUFFIX, merges, takes
from moderation.lexicon.entries import Entry
from moderation.lexicon.phrases import GAP, Phrase, phrase_of
from moderation.text.normalize import normalize

_RUN = re.compile(r"(.)\1+")
_WORD = re.compile(r"[^\W_]+")
# Said right before a word, these make it a name for somebody.
_CALLS = frozenset({
    "يا", "ي", "ايها", "انتما", "يابن", "يبن", "انت", "انتي", "انته", "انتا", "انتم", "انتو",
    "انتوا",
    "نتا", "نتي", "نتوما", "كلك", "كلكم", "كلكو", "كلهم", "انك", "انكم", "انكو", "راك",
    "راكي", "راكم", "ya", "ybn", "enta", "enti", "nta", "nti",
})  # fmt: skip
_KIN = frozenset({
    "ابن", "بنت", "ولد", "ولاد", "اولاد", "ابناء", "بنات", "ibn", "ebn", "wld",
    "bnt", "weld", "wlad", "bent",
})  # fmt: skip
_SONS = frozenset({"ابن", "ولاد", "اولاد", "يابن", "يبن", "ibn", "ebn", "weld", "wlad"})
# Said beside a name, these change nothing; laughter folds to «ه», a mention to its name.
_NOISE = frozenset({"ه", "والله", "مستخدم", "رابط"})
_MOST_WORDS_IN_ALL = 5
# How far from its most telling word a phrase may begin or end, in letters.
_REACH = 150
# Sentences end here; a word on the other side is about something else.
_BREAK = re.compile(r"[.!?؟،,؛;:\n]")
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
        "اصلا",
        "شكلك",
        "طلعت",
    ]
)
_JOINED = re.compile("^(?:و|ف)?(?:يا|هال|يال)")


# Stands for all entries in the exceptions of a newsroom.
_EVERY_ENTRY = Entry(
    id="newsroom-allowed",
    forms=("كلمة",),
    category="suspect",
    severity=1,
    match=("كلمة",),
    passes=("سلام",),
)


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
    """What must stand around a stem for an entry, or for an exception of it, to be there."""

    entry: Entry
    phrase: Phrase | None = None
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
        allowed: words and phrases in which nothing is ever found.

    Raises:
        LexiconError: a form that does not consist of words.
    """

    def __init__(self, entries: Iterable[Entry], allowed: Iterable[str] = ()) -> None:
        self.entries = tuple(entries)
        # Single words without clitics, normalized: what Arabizi may be spelled as.
        self.words = frozenset(
            _normalized(form) for e in self.entries for form in e.forms if " " not in form
        )
        rules: dict[str, list[_Rule]] = defaultdict(list)
        for entry in self.entries:
            for form in (*entry.forms, *entry.latin):
                _add(rules, entry, form, exception=False)
            for form in entry.excepted:
                _add(rules, entry, form, exception=True)
        for form in allowed:
            _add(rules, _EVERY_ENTRY, form, exception=True)
        self._stems = list(rules)
        self._words = [[r for r in found if r.phrase is None] for found in rules.values()]
        # Phrases with the longest of their other words: mostly it is nowhere in a text.
        self._phrases = [
            [(r.phrase.others[0], r, r.phrase) for r in found if r.phrase is not None]
            for found in rules.values()
        ]
        self._automaton = ahocorasick_rs.AhoCorasick(self._stems) if rules else None

    def find(self, normalized: str) -> list[Hit]:
        """Hits in the order of the text, those inside a longer one of their entry left out.

        Args:
            normalized: what ``normalize`` returned.
        """
        if self._automaton is None:
            return []
        folded = _RUN.sub(r"\1", normalized)
        raw = self._automaton.find_matches_as_indexes(folded, overlapping=True)
        if not raw:
            return []
        words = [match.span() for match in _WORD.finditer(folded)]
        spelled = [folded[first:last] for first, last in words]
        if not words:
            return []
        text = _Text(normalized, folded, words, [first for first, _ in words], spelled)
        found = [
            find for stem, start, end in raw for find in self._held(text, stem, start, end)
        ]
        return _hits(found, text) if found else []

    def _held(self, text: "_Text", stem: int, start: int, end: int) -> Iterable[_Find]:
        words = text.words
        index = bisect_right(text.starts, start) - 1
        first, last = words[index]
        if start - first > LONGEST_PREFIX or last - end > LONGEST_SUFFIX or end > last:
            return
        folded = text.folded
        near = folded[max(0, start - _REACH) : end + _REACH]
        for other, rule, phrase in self._phrases[stem]:
            if other in near and (around := phrase.at(text.spelled, index)) is not None:
                begin, stop = words[around[0]], words[around[1]]
                # A phrase ends where its sentence does.
                if not _BREAK.search(folded, begin[1], stop[0]):
                    yield _Find(rule, begin[0], stop[1], "")
        if not self._words[stem]:
            return
        name, prefix, suffix = self._stems[stem], folded[first:start], folded[end:last]
        if not takes(name, prefix, suffix):
            return
        if merges(name, prefix) and not text.is_doubled(start):
            return
        for rule in self._words[stem]:
            if suffix or not rule.bound:
                yield _Find(rule, first, last, prefix)


@dataclass(frozen=True, slots=True)
class _Text:
    """A text and its words, as the matcher sees them."""

    normalized: str
    folded: str
    words: list[tuple[int, int]]
    starts: list[int]
    spelled: list[str]

    def places(self) -> list[int]:
        """Where each letter of the folded text, and its end, lies in the normalized one."""
        text = self.normalized
        places = [i for i, char in enumerate(text) if i == 0 or char != text[i - 1]]
        return [*places, len(text)]

    def is_doubled(self, index: int) -> bool:
        """Whether a letter of the folded text may stand for a run of it."""
        return self.folded[index] * 2 in self.normalized


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


@lru_cache(maxsize=50_000)
def _normalized(word: str) -> str:
    """Word lists say the same words again and again."""
    return normalize(word)


def _fold(word: str) -> str:
    return _RUN.sub(r"\1", _normalized(word))


def _add(rules: dict[str, list[_Rule]], entry: Entry, form: str, *, exception: bool) -> None:
    words = [word if word == GAP else _fold(word) for word in form.split()]
    raw = form.split()
    wrong = any(
        given != GAP and not _WORD.fullmatch(w) for given, w in zip(raw, words, strict=True)
    )
    if not words or wrong:
        raise LexiconError(f"entry {entry.id}: the form «{form}» must consist of words.")
    if GAP in (words[0], words[-1]):
        raise LexiconError(f"entry {entry.id}: «{form}»: a gap needs a word on either side.")
    if len(words) > 1:
        phrase = phrase_of(words)
        rules[phrase.stems[phrase.anchor]].append(_Rule(entry, phrase, exception))
        return
    stem = words[0]
    rules[stem].append(_Rule(entry, exception=exception))
    if len(stem) > 3 and stem.endswith("ه"):
        rules[f"{stem[:-1]}ت"].append(_Rule(entry, exception=exception, bound=True))


def _hits(found: list[_Find], text: _Text) -> list[Hit]:
    places = text.places()
    # What one entry excuses, the others that share its words must leave alone too.
    excused = 0
    covered: dict[str, int] = {}
    hits: list[Hit] = []
    for find in sorted(found, key=lambda f: (f.start, not f.rule.exception, -f.end)):
        entry = find.rule.entry
        if find.rule.exception:
            excused = max(find.end, excused)
        elif find.end > max(excused, covered.get(entry.id, 0)):
            covered[entry.id] = find.end
            sure = not entry.plain_sense or _addresses(text, find)
            hits.append(Hit(entry, places[find.start], places[find.end], sure))
    return hits


def _addresses(text: _Text, find: _Find) -> bool:
    """Whether a word with an innocent sense is said to somebody, or is all that is said."""
    folded, words = text.folded, text.words
    at = bisect_left(text.starts, find.start)
    first = folded[find.start : find.end].split(" ", 1)[0]
    if _JOINED.match(find.prefix) or first in _CALLS or _is_all(text, find):
        return True
    # «يا وحوش» is no «يا» and «حوش»: nothing is joined by «and» to a call.
    if at == 0 or find.prefix[:1] in ("و", "ف"):
        return False
    near = at - 1
    if text.spelled[near] in _FILLERS and near > 0:
        near -= 1
    if _BREAK.search(folded, words[near][1], find.start):
        return False
    word = text.spelled[near]
    identity = find.rule.entry.category == "identity_attack"
    if word in _CALLS:
        return not (identity and word == "كلهم")
    if word not in _KIN:
        return False
    # «ابن» is also just a son: «لدي ابن مشلول».
    called = near > 0 and text.spelled[near - 1] in _CALLS
    sons = word in _SONS and not identity
    return called or find.prefix.endswith("ال") or sons


def _is_all(text: _Text, find: _Find) -> bool:
    """Whether nothing is said beside a find, laughter and names aside."""
    words = text.words
    if words[-1][1] <= find.end and words[0][0] >= find.start:
        return True
    if len(words) > _MOST_WORDS_IN_ALL:
        return False
    return all(
        text.spelled[i] in _NOISE
        for i, (start, end) in enumerate(words)
        if end <= find.start or start >= find.end
    )
