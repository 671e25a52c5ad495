"""Hours, days and months, where clocks change too."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from moderation.store.periods import day_starts, fitting_step, place_in, starts

CAIRO = ZoneInfo("Africa/Cairo")


@pytest.mark.parametrize(
    ("span", "step"),
    [
        (timedelta(0), "hour"),
        (timedelta(hours=48), "hour"),
        (timedelta(hours=49), "day"),
        (timedelta(days=92), "day"),
        (timedelta(days=93), "month"),
    ],
)
def test_the_step_fits_the_span(span: timedelta, step: str) -> None:
    assert fitting_step(span) == step


def test_today_is_the_last_day() -> None:
    late = datetime(2026, 3, 9, 22, 30, tzinfo=UTC)  # half past midnight in Cairo
    begins = day_starts(late, 2, CAIRO)
    assert [each.date().isoformat() for each in begins] == ["2026-03-09", "2026-03-10"]
    assert begins[-1].astimezone(UTC) == datetime(2026, 3, 9, 22, tzinfo=UTC)


def test_days_where_midnight_is_missing() -> None:
    """In Cairo clocks went from midnight to one o'clock on 24 April 2026."""
    first = datetime(2026, 4, 23, 12, tzinfo=CAIRO)
    begins = starts(first, first + timedelta(days=2), "day", CAIRO)
    assert [each.astimezone(UTC).isoformat() for each in begins] == [
        "2026-04-22T22:00:00+00:00",
        "2026-04-23T22:00:00+00:00",
        "2026-04-24T21:00:00+00:00",
    ]


def test_an_hour_that_comes_twice_counts_twice() -> None:
    """In Cairo clocks went from midnight back to eleven on 29 October 2026."""
    first = datetime(2026, 10, 29, 19, 10, tzinfo=UTC)
    last = first + timedelta(hours=3)
    begins = starts(first, last, "hour", CAIRO)
    assert [each.hour for each in begins] == [22, 23, 23, 0]
    assert [each.astimezone(UTC).hour for each in begins] == [19, 20, 21, 22]
    assert [place_in(begins, first + timedelta(hours=n)) for n in range(4)] == [0, 1, 2, 3]


def test_months_begin_on_the_first() -> None:
    first = datetime(2025, 12, 31, 12, tzinfo=UTC)
    begins = starts(first, datetime(2026, 3, 1, tzinfo=UTC), "month", UTC)
    assert [each.date().isoformat() for each in begins] == [
        "2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01",
    ]  # fmt: skip


def test_a_moment_belongs_to_the_step_that_began_last() -> None:
    begins = [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2, 3)]
    assert place_in(begins, begins[1]) == 1
    assert place_in(begins, begins[1] - timedelta(microseconds=1)) == 0
    assert place_in(begins, begins[2] + timedelta(days=9)) == 2
