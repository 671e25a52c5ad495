"""Personal data in a comment: phone numbers, e-mail addresses, IBANs, national ids.

A number counts as an account or an id only if its check digits are right: ISO 13616 for
IBANs, Luhn's for Saudi ids, the date of birth within Egyptian and Kuwaiti ones.
"""

import re
from collections.abc import Callable
from datetime import date

from moderation.domain import PersonalData

_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_HIDDEN = "*"
_EMAIL = re.compile(r"[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,9}")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ \-]?[A-Za-z0-9]{2,4}){3,9}")
_EMIRATI = re.compile(r"(?<!\d)784-?(?:19|20)\d{2}-?\d{7}-?\d(?!\d)")
_NUMBER = re.compile(r"(?<![\d.,])\d{10,14}(?!\d)")
_GAP = r"[ \-._/()\u200b-\u200f]{0,3}"
_AMOUNT = r"(?! ?(?:دولار|ريال|جنيه|دينار|درهم|ليرة|يورو|مليون|مليار|نسمة|شخص|صوت|مشاهدة))"
# International, with a trunk 0, or nine digits and more in one piece; dates, amounts and
# book numbers are none.
_PHONE = re.compile(
    rf"(?<![\d.,/\-])(?!\d{{1,2}}[\-./]\d{{1,2}}[\-./]\d{{4}})(?:"
    rf"\(?(?:\+|00)\d(?:{_GAP}\d){{7,13}}|\(?0\d(?:{_GAP}\d){{7,11}}"
    rf"|(?<!isbn )(?<!ISBN )\d{{9,13}}{_AMOUNT})(?![\d])"
)


def personal_data(text: str) -> tuple[PersonalData, ...]:
    """What is found, in the order of the text; nothing is counted twice."""
    # One letter for one letter, so that offsets stay those of the text as typed.
    plain = text.translate(_DIGITS)
    found: list[PersonalData] = []
    taken = [False] * len(plain)

    def take(kind: str, start: int, end: int) -> None:
        if not any(taken[start:end]):
            found.append(PersonalData(kind, start, end))
            taken[start:end] = [True] * (end - start)

    def look(kind: str, pattern: re.Pattern[str], holds: Callable[[str], bool]) -> None:
        for match in pattern.finditer(plain):
            if holds(match[0]):
                take(kind, *match.span())

    look("email", _EMAIL, lambda _: True)
    for match in _IBAN.finditer(plain):
        length = _iban_length(match[0])
        if length:
            take("iban", match.start(), match.start() + length)
    look("national_id", _EMIRATI, lambda found: _luhn(found.replace("-", "")))
    look("national_id", _NUMBER, _is_national_id)
    look("phone", _PHONE, lambda _: True)
    return tuple(sorted(found, key=lambda data: data.start))


def masked(text: str) -> str:
    """The text with personal data starred out; as long as before."""
    letters = list(text)
    for data in personal_data(text):
        letters[data.start : data.end] = _HIDDEN * (data.end - data.start)
    return "".join(letters)


def _iban_length(found: str) -> int:
    """How much of it is an IBAN, the longest first; 0 if none is: words may follow it."""
    ends = [len(found), *(m.start() for m in re.finditer("[ -]", found))]
    return next((end for end in sorted(ends, reverse=True) if _is_iban(found[:end])), 0)


def _is_iban(found: str) -> bool:
    compact = re.sub("[ -]", "", found).upper()
    if not 15 <= len(compact) <= 34:
        return False
    moved = compact[4:] + compact[:4]
    return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1


def _is_national_id(digits: str) -> bool:
    if len(digits) == 14 and digits[0] in "23":
        return _is_date(("19", "20")[int(digits[0]) - 2], digits[1:7])
    if len(digits) == 12 and digits[0] in "23":
        return _is_date(("19", "20")[int(digits[0]) - 2], digits[1:7]) and _kuwaiti(digits)
    return len(digits) == 10 and digits[0] in "12" and _luhn(digits)


def _is_date(century: str, six: str) -> bool:
    try:
        date(int(century + six[:2]), int(six[2:4]), int(six[4:]))
    except ValueError:
        return False
    return True


def _kuwaiti(digits: str) -> bool:
    weights = (2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(w * int(d) for w, d in zip(weights, digits, strict=False))
    return 11 - total % 11 == int(digits[-1])


def _luhn(digits: str) -> bool:
    total = 0
    for index, char in enumerate(reversed(digits)):
        value = int(char) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
