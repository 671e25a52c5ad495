"""Hours, days and months as readers' clocks show them."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Literal

Step = Literal["hour", "day", "month"]

_HOURS_UP_TO = timedelta(hours=48)
_DAYS_UP_TO = timedelta(days=92)


def fitting_step(span: timedelta) -> Step:
    """What a span is cut into so that a chart of it can be read."""
    if span <= _HOURS_UP_TO:
        return "hour"
    return "day" if span <= _DAYS_UP_TO else "month"


def starts(first: datetime, last: datetime, step: Step, zone: tzinfo) -> list[datetime]:
    """When each hour, day or month begins that holds a moment from ``first`` to ``last``.

    Args:
        zone: whose midnight counts; a day on which clocks change is longer or shorter.
    """
    found = [_beginning(first, step, zone)]
    while (following := _next(found[-1], step, zone)) <= last:
        found.append(following)
    return found


def day_starts(now: datetime, days: int, zone: tzinfo) -> list[datetime]:
    """When each of the last days began; the last one is today."""
    today = now.astimezone(zone).date()
    return [
        datetime.combine(today - timedelta(days=back), time(), zone)
        for back in range(days - 1, -1, -1)
    ]


def place_in(begins: Sequence[datetime], at: datetime) -> int:
    """The index of the hour, day or month that holds a moment."""
    return bisect_right(begins, at) - 1


def _beginning(at: datetime, step: Step, zone: tzinfo) -> datetime:
    local = at.astimezone(zone)
    if step == "hour":
        return local.replace(minute=0, second=0, microsecond=0)
    day = local.date() if step == "day" else local.date().replace(day=1)
    return datetime.combine(day, time(), zone)


def _next(begun: datetime, step: Step, zone: tzinfo) -> datetime:
    if step == "hour":
        # In UTC: local hours repeat or are missing where clocks change.
        return (begun.astimezone(UTC) + timedelta(hours=1)).astimezone(zone)
    ahead = timedelta(days=1 if step == "day" else 32)
    return _beginning(datetime.combine(begun.date() + ahead, time(12), zone), step, zone)
