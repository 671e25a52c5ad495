"""How hard a comment was disguised, and what it says without the disguise.

``normalize`` already sees through what needs no judgement (tatweel, diacritics, invisible
characters, «ك.ل.ب»). Here is the rest: symbols, digits and Latin letters inside Arabic words,
letters set apart. A *sign* is counted when it has no innocent reading; signs that may be
innocent («7مار», «3أيام») only tell how the text could be meant, and count when that form
turns out to hold abuse (``score`` with ``confirmed``).

The score is a noisy or (Pearl 1988, "Probabilistic reasoning in intelligent systems") over
the signs: 1 - Π(1 - w).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from moderation.text.rewriting import Rewritten, rewrite, untouched

_A = "ء-غف-ي"
_MARKS = "\u064b-\u0652\u0670"
# Never typed between two letters of one word by accident. Not among them: what ends a
# sentence, brackets, slashes, underscores of hashtags, emojis.
_SYMBOLS = r"*@$%^&~|☆★✩•°§¤†#"
_HIDDEN = "\u00ad\u200b\u200c\u200d\u2060\u2061\u2062\u2063\ufeff\u202a-\u202e\u2066-\u2069"
# Digits that stand for letters of like shape, in chats and in Arabizi.
_DIGIT_LETTERS = {
    "1": "ا", "2": "ا", "3": "ع", "5": "خ", "6": "ط", "7": "ح", "8": "غ", "9": "ق", "0": "ه",
}  # fmt: skip
_LATIN_LETTERS = {
    "a": "ا", "b": "ب", "c": "ك", "d": "د", "e": "ي", "f": "ف", "g": "ج", "h": "ه", "i": "ي",
    "j": "ج", "k": "ك", "l": "ل", "m": "م", "n": "ن", "o": "و", "q": "ق", "r": "ر", "s": "س",
    "t": "ت", "u": "و", "v": "ف", "w": "و", "x": "كس", "y": "ي", "z": "ز",
}  # fmt: skip
# Agencies and titles that are written with dots.
_ABBREVIATIONS = frozenset({"افب", "دبا", "اشا", "وام", "قنا", "كونا", "سانا", "بترا", "جمع"})
_SURE, _CONFIRMED = 0.5, 0.6


@dataclass(frozen=True, slots=True)
class Sign:
    """One place where letters were disguised.

    Attributes:
        kind: ``symbols``, ``hidden``, ``apart``, ``digits``, ``latin`` or ``stacked``.
        start, end: offsets into the text as typed.
        sure: it has no innocent reading.
    """

    kind: str
    start: int
    end: int
    sure: bool


@dataclass(frozen=True, slots=True)
class Revealed:
    """A comment without its disguise.

    Attributes:
        plain: what it says; the comment itself if nothing was disguised.
        signs: in the order of the text.
    """

    plain: Rewritten
    signs: tuple[Sign, ...]

    def score(self, confirmed: tuple[Sign, ...] = ()) -> float:
        """0 for a text typed plainly, towards 1 the harder it was disguised.

        Args:
            confirmed: signs behind which abuse was found.
        """
        left = 1.0
        for sign in self.signs:
            if sign in confirmed:
                left *= 1 - _CONFIRMED
            elif sign.sure:
                left *= 1 - _SURE
        return 1 - left


@dataclass(frozen=True, slots=True)
class _Disguise:
    kind: str
    pattern: re.Pattern[str]
    plain: Callable[[str], str]
    sure: Callable[[str], bool] = lambda _: True


def _without(chars: str) -> Callable[[str], str]:
    pattern = re.compile(f"[{chars}]+")
    return lambda found: pattern.sub("", found)


def _letters_only(found: str) -> str:
    return "".join(char for char in found if char.isalpha())


def _mapped(table: dict[str, str]) -> Callable[[str], str]:
    return lambda found: "".join(table.get(char, char) for char in found.lower())


def _never(_: str) -> bool:
    """«7مار» may be seven of something, and «شركة5نجوم» lacks two spaces."""
    return False


def _no_abbreviation(found: str) -> bool:
    letters = _letters_only(found).translate(str.maketrans("أإآ", "ااا"))
    return len(letters) > 3 or letters not in _ABBREVIATIONS


_START = rf"(?<![{_A}])"
_WORD_END = rf"(?![{_A}\d])"
_DISGUISES = (
    _Disguise(
        "hidden",
        re.compile(rf"{_START}(?:[{_A}]++[{_HIDDEN}]{{1,9}}){{1,40}}[{_A}]++"),
        _without(_HIDDEN),
    ),
    # More marks on one letter than any spelling has: «كُُّّلب».
    _Disguise(
        "stacked",
        re.compile(rf"(?<![{_A}{_MARKS}])(?=[{_A}{_MARKS}]*[{_MARKS}]{{3}})[{_A}{_MARKS}]++"),
        _without(_MARKS),
    ),
    _Disguise(
        "symbols",
        re.compile(rf"{_START}(?:[{_A}]++ـ?[{_SYMBOLS}]{{1,3}}ـ?){{1,40}}[{_A}]++"),
        _without(_SYMBOLS + "ـ"),
    ),
    # «ك.ل.ب», «ح م ا ر», «ك-ل-ب»: three lone letters and more, one kind of gap.
    _Disguise(
        "apart",
        re.compile(
            rf"{_START}[{_A}](?P<gap>[ ._\-،,+/\\])(?:[{_A}](?P=gap)){{1,40}}[{_A}](?![{_A}])"
        ),
        _letters_only,
        _no_abbreviation,
    ),
    _Disguise(
        "digits",
        re.compile(
            rf"(?<![\d{_A}a-zA-Z.,])(?=[\d{_A}]*[{_A}]{{2}})\d?(?:[{_A}]++\d)*+[{_A}]*+{_WORD_END}"
        ),
        _mapped(_DIGIT_LETTERS),
        _never,
    ),
    _Disguise(
        "latin",
        re.compile(rf"(?<![{_A}a-zA-Z])[{_A}]++(?:[a-zA-Z]{{1,2}}[{_A}]++){{1,40}}{_WORD_END}"),
        _mapped(_LATIN_LETTERS),
    ),
)


def reveal(text: str) -> Revealed:
    """``text`` as it was probably meant, in time linear in its length.

    Example: ``reveal("يا ح*م*ا*ر").plain.text`` is ``"يا حمار"``.
    """
    plain, signs = untouched(text), list[Sign]()
    for disguise in _DISGUISES:
        before = plain
        plain, found = rewrite(before, disguise.pattern, disguise.plain)
        signs += [
            Sign(disguise.kind, *before.original(*match.span()), disguise.sure(match[0]))
            for match in found
        ]
    return Revealed(plain, tuple(sorted(signs, key=lambda s: (s.start, s.end))))
