"""Which windows of the schedule are open when a comment is decided on."""

from datetime import date, datetime, timedelta

from moderation.domain import Facts
from moderation.policy.schema import PolicyFile, Window

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def active_windows(file: PolicyFile, facts: Facts) -> tuple[str, ...]:
    """Ids of the open windows, in the file's order."""
    if not file.schedule:
        return ()
    now = facts.at.astimezone(file.zone)
    return tuple(
        window.id
        for window in file.schedule
        if is_open(window, now) and (not window.sections or facts.section in window.sections)
    )


def is_open(window: Window, now: datetime) -> bool:
    """Whether a window is open; ``now`` is in the policy's time zone."""
    clock, today = now.time(), now.date()
    if window.start <= window.end:
        return _begins(window, today) and window.start <= clock <= window.end
    # Over midnight: the evening of its first day, or the morning after.
    evening = _begins(window, today) and clock >= window.start
    return evening or (_begins(window, today - timedelta(days=1)) and clock <= window.end)


def _begins(window: Window, day: date) -> bool:
    if window.dates:
        return day in window.dates
    return not window.days or _DAYS[day.weekday()] in window.days
