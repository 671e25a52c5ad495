"""What a policy file may say. The published JSON Schema is made from these classes."""

import re
from collections.abc import Iterator
from datetime import date, time
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from moderation.policy.conditions import AnyCondition
from moderation.policy.questions import Bound, Condition

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
Code = Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=64)]
Line = Annotated[str, Field(min_length=1, max_length=300)]
RuleAction = Literal["approve", "review", "reject", "flag"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MAX_RULES = 500
_HOUR = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")
# What is told of comments that are held or rejected without a code of their own.
_RESERVED_CODES = ("held", "rejected")


def _clock(value: Any) -> Any:
    """``HH:MM`` or ``HH:MM:SS``; YAML reads an unquoted 20:00 as twenty times sixty."""
    if isinstance(value, int) and not isinstance(value, bool):
        minutes = range(60, 24 * 60)
        seconds = range(3600, 24 * 3600)
        if value in minutes:
            return time(*divmod(value, 60))
        if value in seconds:
            return time(value // 3600, value // 60 % 60, value % 60)
    if isinstance(value, str) and _HOUR.fullmatch(value):
        return value if len(value) > 4 else f"0{value}"
    raise ValueError("is no time of day; write it as “20:00”, in quotes")


Clock = Annotated[time, BeforeValidator(_clock)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Texts(_Strict):
    """One line in both languages."""

    ar: Line
    en: Line


class Rule(_Strict):
    """``then`` when ``when`` is met.

    Attributes:
        id: immutable; renaming a rule breaks its history.
        title: what moderators read as the reason.
        then: ``flag`` only remarks; it may choose the queue of what is reviewed anyway.
        code: stable reason code for programs; every rule that holds or rejects has one.
        notice: what the author is told; without it, the text for the code.
        priority: 1 is looked at first.
        shadow: the rule is on trial: recorded, never acted on.
    """

    id: Id
    title: Texts
    when: AnyCondition
    then: RuleAction
    code: Code | None = None
    notice: Texts | None = None
    queue: Id | None = None
    priority: Annotated[int, Field(ge=1, le=9)] = 5
    shadow: bool = False

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.then in ("reject", "review") and self.code is None:
            raise ValueError(
                f"a rule that may {self.then} needs a code: the reason, in one word"
            )
        if self.code in _RESERVED_CODES:
            raise ValueError(f"the code {self.code} is taken by the service itself")
        return self

    def conditions(self) -> Iterator[Condition]:
        """All conditions of the rule, nested ones included."""
        when: Condition = self.when
        return when.parts()


class Group(_Strict):
    """Rules of one matter, the strictest first: the first that matches speaks for it."""

    id: Id
    rules: Annotated[tuple[Rule, ...], Field(min_length=1, max_length=MAX_RULES)]


class Override(_Strict):
    """What is different for one rule."""

    rule: Id
    enabled: bool = True
    at_least: Bound | None = None


class Section(_Strict):
    """A part of the site with thresholds of its own."""

    overrides: tuple[Override, ...] = ()
    groups: tuple[Group, ...] = ()


class Window(_Strict):
    """Rules that hold at certain times only, in the policy's time zone.

    Attributes:
        days: of the week on which the window begins; all if left out.
        dates: on which it begins, instead of days.
        start, end: an end before the start is on the next day.
        sections: where; everywhere if left out.
    """

    id: Id
    title: Texts
    start: Annotated[Clock, Field(alias="from")] = time(0)
    end: Annotated[Clock, Field(alias="to")] = time(23, 59, 59, 999999)
    days: tuple[Weekday, ...] = ()
    dates: tuple[date, ...] = ()
    sections: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()
    groups: tuple[Group, ...] = ()

    @model_validator(mode="after")
    def _days_or_dates(self) -> Self:
        if self.days and self.dates:
            raise ValueError("give days or dates, not both")
        if self.start == self.end:
            raise ValueError("begins when it ends")
        return self


class Breaker(_Strict):
    """Stops automatic rejection when it gets out of hand: then a human looks first.

    Attributes:
        share: of automatic decisions of the last hour that may be rejections.
        decisions: fewer than these in the last hour say nothing.
    """

    share: Annotated[float, Field(gt=0, le=1)] = 0.3
    decisions: Annotated[int, Field(ge=1)] = 100

    def is_open(self, decisions: int | None, rejects: int | None) -> bool:
        """Whether rejection is stopped after an hour like this; not where it is unknown."""
        if decisions is None or rejects is None or decisions < self.decisions:
            return False
        return rejects / decisions > self.share


class PolicyFile(_Strict):
    """A whole policy of one site.

    Attributes:
        version: raise it with every change; decisions name it.
        timezone: of the schedule, as in the IANA database.
    """

    id: Id
    version: Annotated[int, Field(ge=1, le=2_147_483_647)]
    timezone: str = "UTC"
    breaker: Breaker = Breaker()
    groups: Annotated[tuple[Group, ...], Field(min_length=1, max_length=MAX_RULES)]
    sections: Annotated[dict[str, Section], Field(max_length=200)] = {}
    schedule: Annotated[tuple[Window, ...], Field(max_length=100)] = ()

    @model_validator(mode="after")
    def _zone_exists(self) -> Self:
        if self.timezone not in available_timezones():
            raise ValueError(
                f"the time zone {self.timezone!r} is not known; write one such as "
                "Africa/Cairo, Asia/Riyadh or Africa/Casablanca"
            )
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The schedule's time zone."""
        return ZoneInfo(self.timezone)

    def all_groups(self) -> Iterator[tuple[Group, tuple[Any, ...]]]:
        """Every group of the file, with its place: sections and schedule included."""
        for index, group in enumerate(self.groups):
            yield group, ("groups", index)
        for name, section in self.sections.items():
            for index, group in enumerate(section.groups):
                yield group, ("sections", name, "groups", index)
        for number, window in enumerate(self.schedule):
            for index, group in enumerate(window.groups):
                yield group, ("schedule", number, "groups", index)

    def all_overrides(self) -> Iterator[tuple[Override, tuple[Any, ...]]]:
        """Every override of the file, with its place."""
        for name, section in self.sections.items():
            for index, override in enumerate(section.overrides):
                yield override, ("sections", name, "overrides", index)
        for number, window in enumerate(self.schedule):
            for index, override in enumerate(window.overrides):
                yield override, ("schedule", number, "overrides", index)
