"""What Arabic writes together with a word: «وبالكلاب», «يالكلب», «كلبتهم».

As seen after folding, where a letter stands once for a run of it: «للكلب» begins with «ل».
"""

import re
from itertools import product

_AND = ("", "و", "ف")
_TO = ("", "ب", "ك", "ل", "ع", "يا", "ها", "ه", "عا")
_THE = ("", "ال")
PREFIXES = frozenset(
    # Folded like all else: «يا» and «ال» together are «يال».
    re.sub(r"(.)\1+", r"\1", "".join(parts))
    for parts in product(_AND, _TO, _THE)
) | {"وهال", "هال", "عل", "وعل", "شال", "مال", "حال"}
LONGEST_PREFIX = max(map(len, PREFIXES))

_PRONOUNS = ("ك", "كم", "كن", "كو", "كوا", "كي", "ه", "ها", "هم", "هن", "هما", "نا", "ي", "ني")
_ENDINGS = ("", "ا", "ين", "ات", "ان", "ون", "و", "وا", "يه", "يات")
SUFFIXES = (
    frozenset(_ENDINGS)
    | frozenset(_PRONOUNS)
    | frozenset(f"ت{pronoun}" for pronoun in _PRONOUNS)
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
_BEFORE_PHRASE = frozenset(
    "".join(parts)
    for parts in product(_AND, ("", "ب", "ك", "ل", "يا", "ها", "ه", "هال", "يال"))
)
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
    return _starts(stem, prefix, PREFIXES) and suffix in SUFFIXES


def begins(stem: str, prefix: str) -> bool:
    """Whether the first word of a phrase may be ``prefix`` + ``stem``.

    Without the article: «ابن كلب» is a phrase, «الابن كلب» a sentence.
    """
    return not prefix or _starts(stem, prefix, _BEFORE_PHRASE)


def is_definite(stem: str, prefix: str) -> bool:
    """Whether the first word of a phrase has the article: then all its words must have it.

    Example: «الكلاب المسعورة».
    """
    return prefix.endswith("ال") and _starts(stem, prefix, PREFIXES)


def goes_on(stem: str, prefix: str, suffix: str, *, definite: bool, last: bool) -> bool:
    """Whether a later word of a phrase may be ``prefix`` + ``stem`` + ``suffix``."""
    starts = _starts(stem, prefix, _DEFINITE if definite else _INNER)
    return starts and (suffix in _AFTER_PHRASE if last else not suffix)


def _starts(stem: str, prefix: str, allowed: frozenset[str]) -> bool:
    # «ال» before a word with ل folds to one ل: «اللص» is seen as «الص».
    return prefix in allowed or (stem[0] == "ل" and f"{prefix}ل" in allowed)
