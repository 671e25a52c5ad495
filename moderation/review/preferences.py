"""How somebody likes their pages."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from moderation.review.languages import LANGUAGES, Language

Theme = Literal["auto", "light", "dark", "contrast"]
THEMES: tuple[Theme, ...] = ("auto", "light", "dark", "contrast")
# Minutes of work; 0 is never.
BREAKS = (0, 25, 50, 90)


@dataclass(frozen=True, slots=True)
class Preferences:
    """Choices of one account; the defaults spare people what they need not see.

    Attributes:
        mask_slurs: show a slur only when it is asked for.
        collapse_severe: show a severely abusive comment only when it is asked for.
        break_minutes: after how much work to suggest a break; 0 is never.
    """

    language: Language = "ar"
    theme: Theme = "auto"
    mask_slurs: bool = True
    collapse_severe: bool = True
    break_minutes: int = 50

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> "Preferences":
        """From an account; what is missing or no longer known has its default."""
        allowed: dict[str, tuple[object, ...]] = {
            "language": LANGUAGES,
            "theme": THEMES,
            "mask_slurs": (True, False),
            "collapse_severe": (True, False),
            "break_minutes": BREAKS,
        }
        known = {
            field.name: stored[field.name]
            for field in fields(cls)
            if stored.get(field.name) in allowed[field.name]
        }
        return cls(**known)

    def stored(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self)
