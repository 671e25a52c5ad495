"""Arabic and English: texts with plurals, numbers, dates."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml
from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent

Language = Literal["ar", "en"]
LANGUAGES: tuple[Language, ...] = ("ar", "en")
_TEXTS = Path(__file__).with_name("texts")
# Egypt's conventions for Arabic: Arabic-Indic digits, «٪», «٫».
_LOCALES = {"ar": "ar_EG", "en": "en_GB"}
_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")

# A text, or one per plural form of the language.
Text = str | Mapping[str, str]


@cache
def texts() -> Mapping[str, Mapping[str, Text]]:
    """All texts: by ``area.name``, then by language. The area is the file's name."""
    found: dict[str, Mapping[str, Text]] = {}
    for path in sorted(_TEXTS.glob("*.yaml")):
        content: Mapping[str, Mapping[str, Text]] = yaml.safe_load(path.read_text("utf-8"))
        found.update({f"{path.stem}.{name}": text for name, text in content.items()})
    return found


@cache
def translator(language: Language, zone: str) -> "Translator":
    """The translator of a language and an IANA time zone."""
    return Translator(language, zone)


class Translator:
    """``t("queue.waiting", n=3)``: texts in one language, with its numbers and dates."""

    def __init__(self, language: Language, zone: str) -> None:
        self.language = language
        self.direction = "rtl" if language == "ar" else "ltr"
        self._locale = Locale.parse(_LOCALES[language])
        self._zone = ZoneInfo(zone)

    def __call__(self, key: str, n: int | None = None, **values: Any) -> str:
        """A text.

        Args:
            n: chooses the plural form, and stands for ``{n}``.
            values: stand for their names in braces; whole numbers in our digits.
        """
        text = texts()[key][self.language]
        if not isinstance(text, str):
            text = text[self._locale.plural_form(0 if n is None else n)]
        if n is not None:
            values["n"] = n
        shown = {k: self.number(v) if isinstance(v, int) else v for k, v in values.items()}
        return text.format(**shown) if shown else text

    def pick(self, by_language: Mapping[str, str]) -> str:
        """One of several languages: ours, or else any."""
        return by_language.get(self.language) or next(iter(by_language.values()), "")

    def number(self, value: float, digits: int = 0) -> str:
        """A number with so many decimals."""
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        # Babel brings the separators of a numbering system, and Latin digits all the same.
        return self._digits(
            format_decimal(value, pattern, self._locale, numbering_system=self._numbering)
        )

    def percent(self, share: float, digits: int = 0) -> str:
        """A share 0..1 as a percentage."""
        pattern = "#,##0" + ("." + "0" * digits if digits else "") + "%"
        text = format_percent(share, pattern, self._locale, numbering_system=self._numbering)
        # Babel leaves the pattern's own sign.
        return self._digits(text).replace("%", "٪" if self.language == "ar" else "%")

    def date(self, at: datetime) -> str:
        """A day, in the site's time zone."""
        local = at.astimezone(self._zone)
        return self._digits(format_date(local, "d MMM y", self._locale))

    def moment(self, at: datetime) -> str:
        """A day and a time of day, in the site's time zone."""
        local = at.astimezone(self._zone)
        pattern = "d MMM y، HH:mm" if self.language == "ar" else "d MMM y, HH:mm"
        return self._digits(format_datetime(local, pattern, locale=self._locale))

    def midnight(self, now: datetime) -> datetime:
        """When the day of the site began."""
        local = now.astimezone(self._zone)
        return local.replace(hour=0, minute=0, second=0, microsecond=0)

    def short(self, at: datetime, step: str) -> str:
        """The beginning of an ``hour``, ``day`` or ``month``, as short as an axis needs it."""
        pattern = {"hour": "H:mm", "day": "d MMM", "month": "MMM y"}[step]
        local = at.astimezone(self._zone)
        return self._digits(format_datetime(local, pattern, locale=self._locale))

    def duration(self, length: timedelta) -> str:
        """About how long: its largest unit."""
        return self._digits(format_timedelta(length, threshold=1.2, locale=self._locale))

    @property
    def _numbering(self) -> str:
        return "arab" if self.language == "ar" else "latn"

    def _digits(self, text: str) -> str:
        return text.translate(_DIGITS) if self.language == "ar" else text
