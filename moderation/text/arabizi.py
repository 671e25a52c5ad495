"""Arabizi, «ya 7mar», in Arabic letters.

One Latin spelling may stand for several Arabic ones: short vowels are written or not, «t» is
ت or ط. ``to_arabic`` writes the likeliest; ``spellings`` gives those that a word list is
held against.
"""

import re
from collections.abc import Container, Iterator
from itertools import islice, product

from moderation.text.rewriting import Rewritten, rewrite, untouched

# A letter group, and the Arabic letters it may stand for, the likeliest first. Longest first.
_GROUPS: tuple[tuple[str, str], ...] = (
    ("3'", "غ"), ("7'", "خ"), ("9'", "ض"), ("6'", "ظ"),
    ("sh", "ش"), ("ch", "ش"), ("kh", "خ"), ("gh", "غ"), ("th", "ث"), ("dh", "ذ"),
    ("ou", "و"), ("oo", "و"), ("ee", "ي"), ("aa", "ا"), ("ii", "ي"), ("uu", "و"), ("ei", "ي"),
    ("2", "ا"), ("3", "ع"), ("5", "خ"), ("6", "ط"), ("7", "ح"), ("8", "غق"), ("9", "قص"),
    ("b", "ب"), ("c", "ك"), ("d", "دض"), ("f", "ف"), ("g", "جق"), ("h", "هح"), ("j", "ج"),
    ("k", "كق"), ("l", "ل"), ("m", "م"), ("n", "ن"), ("p", "ب"), ("q", "ق"), ("r", "ر"),
    ("s", "سص"), ("t", "تط"), ("v", "ف"), ("w", "و"), ("x", "كس"), ("y", "ي"), ("z", "ز"),
)  # fmt: skip
_VOWELS = {"a": "ا", "e": "ي", "i": "ي", "o": "و", "u": "و"}
_TOKEN = re.compile("|".join(re.escape(group) for group, _ in _GROUPS) + "|[aeiou]")
_LETTERS = dict(_GROUPS)
_WORD = re.compile(r"(?<![^\W_])(?:[2356789]'?)?[a-z][a-z0-9'’]*", re.IGNORECASE)
_ARTICLE = re.compile(r"^(?:el|al|il)(?=[a-z0-9]{3})|^l(?=[bcdfgjkmnpqrstvwxz7395])")
MAX_SPELLINGS = 24
_MOST_TRIES = 64
_LONGEST_WORD = 20


_KNOWN = {
    "ya": "يا", "wallah": "والله", "wlh": "والله", "walla": "والله", "enta": "انت",
    "inta": "انت", "enti": "انتي", "inti": "انتي", "nta": "انت", "nti": "انتي",
    "ento": "انتم", "ana": "انا", "howa": "هو", "hiya": "هي", "hada": "هذا", "had": "هذا",
    "hadi": "هذه", "da": "ده", "di": "دي", "mesh": "مش", "mish": "مش", "msh": "مش",
    "mouch": "مش", "machi": "ماشي", "ma": "ما", "la": "لا", "wa": "و", "w": "و",
    "fi": "في", "fel": "في ال", "el": "ال", "al": "ال", "min": "من", "men": "من",
    "mn": "من", "3la": "علي", "3ala": "علي", "kol": "كل", "koll": "كل", "kolkom": "كلكم",
    "kollkom": "كلكم", "ibn": "ابن", "ebn": "ابن", "bent": "بنت", "wld": "ولد",
    "weld": "ولد", "allah": "الله", "yel3an": "يلعن", "yl3an": "يلعن", "mok": "امك",
    "omak": "امك", "abouk": "ابوك", "abok": "ابوك",
}  # fmt: skip


def to_arabic(text: str, known: Container[str] = frozenset()) -> Rewritten:
    """Every Latin word in Arabic letters, the rest as it is.

    Example: ``to_arabic("ya 7mar").text`` is ``"يا حمار"``.

    Args:
        known: Arabic words, normalized; a spelling that is one of them is preferred.
    """

    def spelled(word: str) -> str:
        word = word.lower().replace("’", "'")
        if word in _KNOWN:
            return _KNOWN[word]
        found = list(spellings(word))
        return next((s for s in found if s in known), found[0] if found else word)

    return rewrite(untouched(text), _WORD, spelled)[0]


def spellings(word: str) -> Iterator[str]:
    """At most ``MAX_SPELLINGS`` Arabic spellings of a Latin word, the likeliest first."""
    if len(word) > _LONGEST_WORD:
        return iter(())
    article = _ARTICLE.match(word)
    head = "ال" if article else ""
    tokens = _TOKEN.findall(word[article.end() if article else 0 :])
    choices = [
        _vowel(tokens, i) if token in _VOWELS else _consonant(token)
        for i, token in enumerate(tokens)
    ]
    found = (head + "".join(letters) for letters in product(*choices))
    return islice(dict.fromkeys(islice(found, _MOST_TRIES)), MAX_SPELLINGS)


def _consonant(token: str) -> tuple[str, ...]:
    # «x» is two letters, not one of two.
    return ("كس",) if token == "x" else tuple(_LETTERS[token])


def _vowel(tokens: list[str], place: int) -> tuple[str, ...]:
    """First and last vowels are written; one between consonants is long or short."""
    vowel = tokens[place]
    letter = _VOWELS[vowel]
    if place == 0:
        return ("ا",)
    if place == len(tokens) - 1:
        return ("ه", "ا") if vowel == "a" else (letter,)
    # Before a single last consonant «a» is mostly long («7mar»), and any vowel that is the
    # only one («din»); elsewhere mostly short («kalb»).
    closing = place == len(tokens) - 2
    only = not any(token in _VOWELS for token in tokens[:place])
    long = closing and (vowel == "a" or only) and vowel != "e"
    return (letter, "") if long else ("", letter)
