"""Which script and language a comment is in, as far as moderation needs to know."""

import re
from dataclasses import dataclass
from typing import Literal

from moderation.text.normalize import PLACEHOLDERS

Language = Literal["ar", "ar-Latn", "other", "und"]

_ARABIC = re.compile(r"[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff]")
_LATIN_WORD = re.compile(r"(?<![^\W_])[a-z][a-z0-9'’]*|(?<![^\W_])[2356789][a-z][a-z0-9'’]*")
# Digits that Arabizi writes for letters, next to a letter.
_DIGIT_LETTER = re.compile(r"[a-z][23579]|[23579][a-z]")
_ARABIZI = frozenset({
    "ya", "wallah", "walla", "wlh", "wallahi", "inta", "enta", "enti", "inti", "ana",
    "ento", "nta", "nti", "howa", "hiya", "ihna", "e7na", "mesh", "msh", "mish", "mch",
    "mouch", "machi", "moch", "mafi", "mafish", "fi", "fel", "fil", "3la", "3al", "3ala",
    "ala", "el", "il", "da", "di", "dah", "deh", "kda", "keda", "kaman", "ktir", "kteer",
    "kter", "awi", "aktar", "bas", "bass", "leh", "lesh", "lech", "3lach", "3lech", "wach",
    "wesh", "wech", "chno", "chnou", "shno", "shu", "chou", "kif", "kifak", "kifech",
    "kifach", "kol", "kolo", "koll", "kolna", "habibi", "7abibi", "akhi", "khoya", "khouya",
    "khti", "sahbi", "rabi", "rabbi", "allah", "inchallah", "insha", "inshallah",
    "nchallah", "hamdulillah", "hamdoulah", "mashallah", "bezzaf", "bzaf", "barcha",
    "yasser", "3ndi", "3andi", "andi", "dyal", "dial", "ta3", "mte3", "mta3", "bta3",
    "beta3", "hadi", "hada", "hed", "heda", "hadchi", "had", "hal", "ahna", "hna", "houma",
    "homa", "nas", "ness", "nass", "wled", "wlad", "bled", "blad", "tfou", "tfoo", "kalb",
    "hmar", "7mar", "zay", "zai", "mafih", "fiha", "fih", "3andou", "yak", "safi", "sahh",
    "sa7", "tab", "tayeb", "tayyeb", "ma3lesh", "3ayez", "3aiz", "3ayza", "dayman",
    "daymen", "elly", "elli", "illi", "lli", "li", "lazem", "lazim", "m3a", "ma3a", "mn",
    "men", "ely", "kan", "kanet", "ykoun", "rah", "raho", "rahom",
})  # fmt: skip
_OTHER = frozenset({
    "the", "and", "is", "are", "was", "you", "your", "this", "that", "with", "for", "not",
    "have", "they", "what", "when", "who", "people", "should", "of", "to", "in", "on", "it",
    "he", "she", "we", "le", "la", "les", "des", "est", "une", "un", "et", "pour", "pas",
    "que", "qui", "dans", "vous", "nous", "avec", "sur", "mais", "ce", "cette", "sont",
    "ont", "tout", "plus",
})  # fmt: skip
_FEWEST_LETTERS = 2


@dataclass(frozen=True, slots=True)
class Script:
    """What a comment is written in.

    Attributes:
        language: ``ar``, ``ar-Latn`` (Arabizi), ``other``, or ``und`` where there is too
            little to tell: emojis, numbers, an unknown script.
        mixed: Arabic and Latin words side by side.
    """

    language: Language
    mixed: bool = False


def detect(normalized: str) -> Script:
    """Script and language of a normalized comment; never an error."""
    plain = normalized
    for placeholder in PLACEHOLDERS:
        plain = plain.replace(placeholder, " ")
    arabic, words = len(_ARABIC.findall(plain)), _LATIN_WORD.findall(plain)
    latin = sum(map(len, words))
    mixed = arabic >= _FEWEST_LETTERS and latin >= _FEWEST_LETTERS
    if arabic >= _FEWEST_LETTERS and arabic >= latin:
        return Script("ar", mixed)
    if latin >= _FEWEST_LETTERS:
        return Script("ar-Latn" if _is_arabizi(words) else "other", mixed)
    return Script("und", mixed)


def _is_arabizi(words: list[str]) -> bool:
    """More signs of Arabic than of English and French; one sign at least."""
    arabic = sum(word in _ARABIZI or bool(_DIGIT_LETTER.search(word)) for word in words)
    return arabic > sum(word in _OTHER for word in words)
