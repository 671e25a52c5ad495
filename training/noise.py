"""How readers misspell and disguise: typing slips, and thirteen ways to slip past a filter.

Training draws from these so that the model has seen them; evaluation applies each to
every test comment (``python -m training evaluate``, "evasion"). An attack changes about
half of the words and never the meaning, so the labels stay.
"""

import random
from collections.abc import Callable

Attack = Callable[[str, random.Random], str]

_HIT = 0.5
_ARABIC = range(0x0621, 0x064B)
_MARKS = "ًٌٍَُِّْ"
_INVISIBLE = "\u200b\u200c\u200d\u2060"
_LOOK_ALIKES = {"ك": "ک", "ي": "ی", "ه": "ہ", "ا": "ٱ", "و": "ۆ", "ر": "ڕ", "ل": "ڵ"}
_DIGITS = {"ح": "7", "ع": "3", "ق": "9", "خ": "5", "ط": "6", "ا": "1", "ه": "0"}
# Latin spellings of each letter as they are typed in chats, the commonest first.
_LATIN = {
    **{"ا": "a", "أ": "a", "إ": "e", "آ": "a", "ى": "a", "ة": "a", "ء": "2", "ؤ": "2"},
    **{"ئ": "2", "ب": "b", "ت": "t", "د": "d", "ر": "r", "ز": "z", "س": "s", "ف": "f"},
    **{"ك": "k", "ل": "l", "م": "m", "ن": "n", "ه": "h"},
    **{"ث": "t th s", "ج": "g j", "ح": "7 h", "خ": "5 kh 7'", "ذ": "z d th", "ش": "sh ch 4"},
    **{"ص": "s 9", "ض": "d 9'", "ط": "t 6", "ظ": "z 6'", "ع": "3 a", "غ": "gh 3' 8"},
    **{"ق": "2 9 q k g", "و": "w o ou", "ي": "y i"},
}
_VOWELS = "aeiaou"


def _is_letter(char: str) -> bool:
    return ord(char) in _ARABIC


def _words(text: str, rng: random.Random, change: Callable[[str], str], least: int = 3) -> str:
    """``text`` with ``change`` applied to half of the Arabic words of ``least`` letters."""
    return " ".join(
        change(word) if sum(map(_is_letter, word)) >= least and rng.random() < _HIT else word
        for word in text.split(" ")
    )


def _between(word: str, separator: str) -> str:
    return "".join(
        char + (separator if _is_letter(char) and _is_letter(after) else "")
        for char, after in zip(word, f"{word[1:]} ", strict=True)
    )


def _inside(word: str, rng: random.Random) -> int:
    return rng.randrange(1, max(2, len(word) - 1))


def tatweel(text: str, rng: random.Random) -> str:
    """«كلب» → «كـلـب»."""
    return _words(text, rng, lambda word: _between(word, "ـ"))


def diacritics(text: str, rng: random.Random) -> str:
    """A mark after every second letter."""
    return "".join(
        char + (rng.choice(_MARKS) if _is_letter(char) and rng.random() < _HIT else "")
        for char in text
    )


def zero_width(text: str, rng: random.Random) -> str:
    """Invisible characters between letters."""
    return _words(text, rng, lambda word: _between(word, rng.choice(_INVISIBLE)))


def look_alikes(text: str, rng: random.Random) -> str:
    """Letters of Persian, Urdu and Kurdish that look the same."""
    return _words(
        text, rng, lambda word: "".join(_LOOK_ALIKES.get(char, char) for char in word)
    )


def dots(text: str, rng: random.Random) -> str:
    """«كلب» → «ك.ل.ب»."""
    return _words(text, rng, lambda word: _between(word, rng.choice(".-_*")))


def digits(text: str, rng: random.Random) -> str:
    """«حمار» → «7م1ر»."""
    return _words(text, rng, lambda word: "".join(_DIGITS.get(char, char) for char in word), 2)


def spelled_out(text: str, rng: random.Random) -> str:
    """«كلب» → «ك ل ب»."""
    return _words(text, rng, lambda word: _between(word, " "))


def repeated_letters(text: str, rng: random.Random) -> str:
    """«حمار» → «حمااااار»."""

    def change(word: str) -> str:
        at = _inside(word, rng)
        return word[:at] + word[at] * rng.randint(2, 5) + word[at:]

    return _words(text, rng, change)


def split_words(text: str, rng: random.Random) -> str:
    """One space inside a word."""

    def change(word: str) -> str:
        at = _inside(word, rng)
        return f"{word[:at]} {word[at:]}"

    return _words(text, rng, change)


def joined_words(text: str, rng: random.Random) -> str:
    """Half of the spaces left out."""
    return "".join("" if char == " " and rng.random() < _HIT else char for char in text)


def dropped_letters(text: str, rng: random.Random) -> str:
    """A letter missing."""

    def change(word: str) -> str:
        at = _inside(word, rng)
        return word[:at] + word[at + 1 :]

    return _words(text, rng, change, 4)


def swapped_letters(text: str, rng: random.Random) -> str:
    """Two neighbours in the wrong order."""

    def change(word: str) -> str:
        at = _inside(word, rng)
        return word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]

    return _words(text, rng, change, 4)


def arabizi(text: str, rng: random.Random) -> str:
    """The whole comment in Latin letters and digits, vowels guessed: «يا كلب» → "ya kalb"."""
    style = {char: rng.choice(latin.split()) for char, latin in _LATIN.items()}
    out: list[str] = []
    for word in text.split(" "):
        bare = [char for char in word if char not in _MARKS and char != "ـ"]
        for char, after in zip(bare, [*bare, " "][1:], strict=True):
            out.append(style.get(char, char))
            consonants = char in style and after in style
            if consonants and not {char, after} & set("اأإآىةوي") and rng.random() < 0.6:
                out.append(rng.choice(_VOWELS))
        out.append(" ")
    return "".join(out).strip()


ATTACKS: dict[str, Attack] = {
    attack.__name__: attack
    for attack in (
        tatweel,
        diacritics,
        zero_width,
        look_alikes,
        dots,
        digits,
        spelled_out,
        repeated_letters,
        split_words,
        joined_words,
        dropped_letters,
        swapped_letters,
        arabizi,
    )
}
# What the normalizer undoes is not worth a training row.
_SEEN_BY_THE_MODEL = tuple(
    attack
    for name, attack in ATTACKS.items()
    if name not in ("tatweel", "diacritics", "zero_width", "look_alikes", "arabizi")
)


def slips(text: str, rng: random.Random) -> str:
    """One to three typing slips: a letter dropped, swapped, doubled, words joined or split."""
    letters = list(text)
    for _ in range(rng.randint(1, 3)):
        if len(letters) < 4:
            break
        at = rng.randrange(1, len(letters) - 1)
        match rng.randrange(5):
            case 0:
                del letters[at]
            case 1:
                letters[at], letters[at - 1] = letters[at - 1], letters[at]
            case 2:
                letters.insert(at, letters[at])
            case 3 if " " in letters:
                letters.remove(" ")
            case _:
                letters.insert(at, " ")
    return "".join(letters)


def training_noise(text: str, rng: random.Random) -> str:
    """Half the time slips, else a disguise, sometimes Latin letters."""
    roll = rng.random()
    if roll < 0.5:
        return slips(text, rng)
    if roll < 0.85:
        return rng.choice(_SEEN_BY_THE_MODEL)(text, rng)
    return arabizi(text, rng)
