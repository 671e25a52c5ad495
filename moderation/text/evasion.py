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
_SYMBOLS = r"*@$%^☆★✩•°§¤†"
_HIDDEN_SURE = "\u00ad\u200b\u200d\u2060\u2061\u2062\u2063\ufeff\u202a-\u202e\u2066-\u2069"
# These also end sentences, join words and close smileys: between two letters of one word only
# when a word of the list comes out.
_JOINTS = r"._\-:'’/()\[\]\u2600-\u27bf\U0001f300-\U0001faff"
_HIDDEN = f"{_HIDDEN_SURE}\u200c"
# Digits that stand for letters of like shape, in chats and in Arabizi.
_DIGIT_LETTERS = {
    "1": "ا", "2": "ا", "3": "ع", "5": "خ", "6": "ط", "7": "ح", "8": "غ", "9": "ق", "0": "و",
}  # fmt: skip
_DIGIT_LETTERS |= {
    chr(ord(d) - ord("0") + 0x660): letter for d, letter in _DIGIT_LETTERS.items()
}
_LATIN_LETTERS = {
    "a": "ا", "b": "ب", "c": "ك", "d": "د", "e": "ي", "f": "ف", "g": "ج", "h": "ه", "i": "ي",
    "j": "ج", "k": "ك", "l": "ل", "m": "م", "n": "ن", "o": "و", "q": "ق", "r": "ر", "s": "س",
    "t": "ت", "u": "و", "v": "ف", "w": "و", "x": "كس", "y": "ي", "z": "ز",
}  # fmt: skip
_SURE, _CONFIRMED = 0.5, 0.6


@dataclass(frozen=True, slots=True)
class Sign:
    """One place where letters were disguised.

    Attributes:
        kind: ``symbols``, ``hidden``, ``stacked``, ``apart``, ``digits``, ``latin``, ``inner``.
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


def _split_small(found: str) -> bool:
    """«كل$ب» is one word; «ألف*مبروك» may be two."""
    return min(map(len, re.findall(f"[{_A}]+", found))) < 3


def _spelled_out(found: str) -> bool:
    """«ح م ا ر ة»; fewer letters may be a plate, an agency or a degree («أ.م.د.»)."""
    letters = _letters_only(found)
    return len(letters) >= 5 and len(set(letters)) > 2


def _not_a_dialects_letter(found: str) -> bool:
    """Moroccans write g, others p and v, for sounds that Arabic has no letter for."""
    return not set(re.findall("[a-z]", found.lower())) <= set("gpv")


def _not_zwnj(found: str) -> bool:
    """Persian and Kurdish keyboards put a zero-width non-joiner into ordinary words."""
    return re.search(f"[{_HIDDEN_SURE}]", found) is not None


_START = rf"(?<![{_A}])"
_WORD_END = rf"(?![{_A}\d])"
_DISGUISES = (
    _Disguise(
        "hidden",
        re.compile(rf"{_START}(?:[{_A}]++[{_HIDDEN}]{{1,9}}){{1,40}}[{_A}]++"),
        _without(_HIDDEN),
        _not_zwnj,
    ),
    # More marks on one letter than any spelling has: «كُُّّلب».
    _Disguise(
        "stacked",
        re.compile(rf"(?<![{_A}{_MARKS}])(?=[{_A}{_MARKS}]*[{_MARKS}]{{4}})[{_A}{_MARKS}]++"),
        _without(_MARKS),
    ),
    _Disguise(
        "symbols",
        re.compile(rf"{_START}(?:[{_A}]++ـ?[{_SYMBOLS}]{{1,3}}ـ?){{1,40}}[{_A}]++"),
        _without(_SYMBOLS + "ـ"),
        _split_small,
    ),
    # «ك.ل.ب», «ح م ا ر», «ك-ل-ب»: three lone letters and more, one kind of gap.
    _Disguise(
        "apart",
        re.compile(
            rf"{_START}[{_A}](?P<gap>[ ._\-،,+/\\])(?:[{_A}](?P=gap)){{1,40}}[{_A}](?![{_A}])"
        ),
        _letters_only,
        _spelled_out,
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
        _not_a_dialects_letter,
    ),
    _Disguise(
        "inner",
        re.compile(rf"{_START}[{_A}]++(?:[{_JOINTS}]\ufe0f?[{_A}]++){{1,8}}{_WORD_END}"),
        _letters_only,
        _never,
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
