"""Whom or what an article is about, from its words alone."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from itertools import zip_longest

from moderation.text.normalize import normalize

MAX_WORDS = 3
_MIN_RECURRENCE = 2
# Long articles say nothing new about their subject; this keeps it quick.
_MAX_BODY_CHARS = 100_000
_MAX_TITLE_WORDS = 60

_WORD = re.compile(r"[^\W_][\w\u064b-\u0652\u0670]*")
_NISBA_ENDINGS = ("", "ه", "ون", "ين", "ات", "ا")
_CLITICS = ("و", "ف", "ب", "ل", "ك")


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of the title: as spelled, as compared, and whether a break follows."""

    spelled: str
    key: str
    ends_phrase: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    start: int
    end: int
    recurs: int


def find_subjects(title: str, body: str, limit: int = 1) -> tuple[str, ...]:
    """The people or institutions that an article is about, as the title spells them.

    They are the words of the title that recur most in the body, widened to the
    longest stretch of up to three words that stands there as a whole: under
    «وفد صيني يلبي دعوة شاكر البحري» it is «شاكر البحري», though the body mostly
    says «البحري». Countries, cities and nationalities count only when nothing else
    recurs. Nothing recurs: an empty tuple.

    Args:
        limit: how many at most; they never share a word of the title.
    """
    vocabulary, tokens = _read(title, body)
    words = _title_words(title, vocabulary)
    counts = _stretch_counts([_bare(token, vocabulary) for token in tokens])
    for allow_places in (False, True):
        subjects = _choose(words, counts, limit, allow_places)
        if subjects:
            return subjects
    return ()


def _read(title: str, body: str) -> tuple[frozenset[str], list[str]]:
    """All forms that occur, and the words of the body, in folded spelling."""
    tokens = _WORD.findall(normalize(body[:_MAX_BODY_CHARS]))
    return frozenset(tokens) | frozenset(_WORD.findall(normalize(title))), tokens


def _bare(token: str, vocabulary: frozenset[str]) -> str:
    """``token`` without a clitic, if it occurs without it as well («للبحري»)."""
    for shorter in _without_clitic(token):
        if shorter in vocabulary and not _is_plain(shorter):
            return _bare(shorter, vocabulary)
    return token


def _without_clitic(token: str) -> Iterator[str]:
    if token.startswith("لل") and len(token) > 4:
        yield f"ال{token[2:]}"
    if token[:1] in _CLITICS and len(token) > 3:
        yield token[1:]


def _title_words(title: str, vocabulary: frozenset[str]) -> list[_Word]:
    words: list[_Word] = []
    matches = list(_WORD.finditer(title))[:_MAX_TITLE_WORDS]
    for match, after in zip_longest(matches, matches[1:]):
        folded = normalize(match[0])
        key = _bare(folded, vocabulary)
        gap = title[match.end() : after.start()] if after else "."
        if words and key != folded:
            # «الهلال والاتفاق» are two names, «دعوة للبحري» is none.
            words[-1] = replace(words[-1], ends_phrase=True)
        words.append(_Word(_spelled(match[0], folded, key), key, not gap.isspace()))
    return words


def _spelled(word: str, folded: str, key: str) -> str:
    """The word as the title writes it, without the clitics that ``key`` lost."""
    if len(folded) == len(key):
        return f"ال{word[2:]}" if folded != key else word
    return word[len(folded) - len(key) :]


def _stretch_counts(keys: list[str]) -> Counter[tuple[str, ...]]:
    counts: Counter[tuple[str, ...]] = Counter()
    for size in range(1, MAX_WORDS + 1):
        counts.update(tuple(keys[at : at + size]) for at in range(len(keys) - size + 1))
    return counts


def _choose(
    words: list[_Word], counts: Counter[tuple[str, ...]], limit: int, allow_places: bool
) -> tuple[str, ...]:
    anchors = [
        _Candidate(at, at + 1, counts[(word.key,)])
        for at, word in enumerate(words)
        if _may_be_named(word.key, allow_places) and counts[(word.key,)] >= _MIN_RECURRENCE
    ]
    anchors.sort(key=lambda anchor: (-anchor.recurs, anchor.start))
    taken: set[int] = set()
    keys: set[tuple[str, ...]] = set()
    subjects: list[str] = []
    for anchor in anchors:
        whole = _widened(anchor, words, counts)
        span = set(range(whole.start, whole.end))
        key = tuple(word.key for word in words[whole.start : whole.end])
        if len(subjects) < limit and not span & taken and key not in keys:
            subjects.append(" ".join(word.spelled for word in words[whole.start : whole.end]))
            keys.add(key)
        taken |= span
    return tuple(subjects)


def _widened(
    anchor: _Candidate, words: list[_Word], counts: Counter[tuple[str, ...]]
) -> _Candidate:
    """The longest name around the anchor that the body also has as a whole."""
    best = anchor
    for size in range(2, MAX_WORDS + 1):
        first, last = max(0, anchor.end - size), min(anchor.start, len(words) - size)
        for start in range(first, last + 1):
            stretch = words[start : start + size]
            recurs = counts[tuple(word.key for word in stretch)]
            # Papers give the full name once and the surname afterwards.
            needed = 1 if start + size == anchor.end else _MIN_RECURRENCE
            longer = size > best.end - best.start
            if recurs >= needed and _is_name(stretch) and (longer or recurs > best.recurs):
                best = _Candidate(start, start + size, recurs)
    return best


def _is_name(stretch: list[_Word]) -> bool:
    if any(word.ends_phrase for word in stretch[:-1]):
        return False
    return _may_be_named(stretch[0].key, True) and not any(_is_plain(w.key) for w in stretch)


def _may_be_named(key: str, allow_places: bool) -> bool:
    if len(key) < 2 or any(letter.isdigit() for letter in key):
        return False
    lists = _word_lists()
    if _is_plain(key) or key in lists["title"]:
        return False
    return allow_places or not (key in lists["place"] or key in lists["adjective"])


def _is_plain(key: str) -> bool:
    """Whether a word names nothing: particles, verbs, events, the calendar."""
    lists = _word_lists()
    if key.startswith("و") and key[1:] in lists["reporting"]:
        return True
    bare = key.removeprefix("ال")
    if any(key in lists[kind] for kind in ("function", "reporting", "event", "calendar")):
        return True
    if bare in lists["event"] or bare in lists["calendar"]:
        return True
    # «يصل», «يلتقي»: present tense, except for the names that look like it.
    return key.startswith("ي") and key not in lists["name beginning like a verb"]


@lru_cache(maxsize=1)
def _word_lists() -> dict[str, frozenset[str]]:
    text = files("moderation.pages").joinpath("subject_words.txt").read_text("utf-8")
    found: dict[str, set[str]] = {}
    kind = ""
    for line in text.splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
            found[kind] = set()
        elif line and not line.startswith("#"):
            found[kind].update(normalize(word) for word in line.split())
    bare = {word.removeprefix("ال") for word in found["adjective"]}
    inflected = {word + ending for word in bare for ending in _NISBA_ENDINGS}
    found["adjective"] = inflected | {f"ال{word}" for word in inflected}
    return {kind: frozenset(words) for kind, words in found.items()}
