"""What Arabic writes together with a word: «وبالكلاب», «يالكلب», «كلبتهم».

As seen after folding, where a letter stands once for a run of it: «للكلب» begins with «ل».
"""

import re
from itertools import product

_TO = ("", "ب", "ك", "ل", "يا")
_THE = ("", "ال")
# Without the article these make other words: «عينيك», «عكسك».
_WITH_ARTICLE_ONLY = ("عال", "عل", "هال", "حال", "شال", "مال")
PREFIXES = frozenset(
    # Folded like all else: «يا» and «ال» together are «يال».
    re.sub(r"(.)\1+", r"\1", "".join(parts))
    for parts in (
        *product(("", "و"), (*("".join(p) for p in product(_TO, _THE)), *_WITH_ARTICLE_ONLY)),
        *product(("ف",), ("", "ال", "ب", "بال", "هال", "يا", "يال")),
    )
)
LONGEST_PREFIX = max(map(len, PREFIXES))

_PRONOUNS = ("ك", "كم", "كن", "كو", "كوا", "كي", "ه", "ها", "هم", "هن", "هما", "نا", "ي", "ني")
_ENDINGS = ("", "ا", "ين", "ات", "ان", "ون", "يه", "يات")
SUFFIXES = (
    frozenset(_ENDINGS)
    | frozenset(_PRONOUNS)
    | frozenset(f"ات{pronoun}" for pronoun in _PRONOUNS)
    | frozenset(f"ين{pronoun}" for pronoun in ("ك", "كم", "هم", "نا"))
)
LONGEST_SUFFIX = max(map(len, SUFFIXES))

LATIN_PREFIXES = frozenset(
    ("", "ya", "el", "al", "il", "l", "w", "wel", "wl", "b", "bel", "yal", "hal", "a", "li")
)
LATIN_SUFFIXES = frozenset(
    ("", "s", "k", "ek", "ak", "ik", "o", "a", "i", "ha", "hom", "een", "in", "at")
)

_DEFINITE = frozenset(("ال",))
# «ل» is the article of the Maghreb: «ولاد لكلاب».
_INNER = frozenset(("", "ال", "ل"))
_INNER_SHORT = frozenset(("", "ال"))
_BEFORE_PHRASE = frozenset(
    "".join(parts) for parts in product(("", "و", "ف"), ("", "ب", "ك", "ل", "يا", "هال", "يال"))
)
# «كانت» is no «انت»: before these only «and» is written.
_ALONE = frozenset(("انت", "انتي", "انتم", "انتو", "انتوا", "نت", "نتا", "يا", "كل", "كلكم"))
_AFTER_PHRASE = frozenset(("", "ا", *_PRONOUNS))

# Shorter words are too easily a piece of another one to take anything on.
_FEWEST_LETTERS = 3
_FEWEST_LATIN_LETTERS = 4


def takes(stem: str, prefix: str, suffix: str) -> bool:
    """Whether a word may be ``prefix`` + ``stem`` + ``suffix``.

    Example: ``takes("كلب", "وال", "")`` is true, ``takes("كلب", "م", "")`` is not.
    """
    if not prefix and not suffix:
        return True
    if stem[0].isascii():
        fits = prefix in LATIN_PREFIXES and suffix in LATIN_SUFFIXES
        return fits and len(stem) >= _FEWEST_LATIN_LETTERS
    if len(stem) < _FEWEST_LETTERS:
        # The article and «يا» make no other word of them.
        return not suffix and prefix in ("ال", "يا", "وال", "يال")
    starts = prefix in PREFIXES or merges(stem, prefix) or _called(stem, prefix)
    return starts and suffix in SUFFIXES


def begins(stem: str, prefix: str) -> bool:
    """Whether the first word of a phrase may be ``prefix`` + ``stem``.

    Without the article: «ابن كلب» is a phrase, «الابن كلب» a sentence.
    """
    if stem in _ALONE:
        return prefix in ("", "و", "ف")
    return prefix in _BEFORE_PHRASE or _called(stem, prefix)


def is_definite(stem: str, prefix: str) -> bool:
    """Whether the first word of a phrase has the article: then all its words must have it.

    Example: «الكلاب المسعورة».
    """
    return prefix.endswith("ال") and prefix in PREFIXES and stem not in _ALONE


def goes_on(stem: str, prefix: str, suffix: str, *, definite: bool, last: bool) -> bool:
    """Whether a later word of a phrase may be ``prefix`` + ``stem`` + ``suffix``."""
    long = len(stem) > _FEWEST_LETTERS
    allowed = _DEFINITE if definite else _INNER if long else _INNER_SHORT
    if prefix not in allowed:
        return False
    return not suffix or (last and long and suffix in _AFTER_PHRASE)


def merges(stem: str, prefix: str) -> bool:
    """Whether the article's «ل» would be one with the stem's: «اللص» is seen as «الص»."""
    return stem[0] == "ل" and prefix not in PREFIXES and f"{prefix}ل" in PREFIXES


def _called(stem: str, prefix: str) -> bool:
    """«يااحمق» folds to «ياحمق»."""
    return stem[0] == "ا" and prefix in ("ي", "وي")
