"""Windows of the schedule, in the policy's own time zone and over midnight."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from moderation.domain import Action
from moderation.policy import decide

from .samples import at, facts, ready, rule

CAIRO = ZoneInfo("Africa/Cairo")
STRICT = {"id": "s", "rules": [rule("night", {"score": "insult", "at_least": 0.1})]}
TITLE = {"ar": "بعد الثامنة", "en": "after eight"}


def held(window: Mapping[str, object], moment: datetime, section: str | None = None) -> bool:
    """Whether a mild score is held at that moment."""
    policy = ready(
        [rule("day", {"score": "insult", "at_least": 0.9})],
        timezone="Africa/Cairo",
        schedule=[{"id": "w", "title": TITLE, "groups": [STRICT], **window}],
    )
    decision = decide(at(insult=0.2), facts(at=moment, section=section), policy)
    return decision.action is Action.REVIEW


@pytest.mark.parametrize(
    ("day", "hour", "minute", "expected"),
    [
        (26, 19, 59, False),
        (26, 20, 0, True),  # Thursday evening
        (27, 5, 59, True),  # the morning after
        (27, 6, 1, False),
        (27, 21, 0, False),  # Friday is not named
        (26, 5, 0, False),  # Thursday morning belongs to Wednesday's night
    ],
)
def test_over_midnight(day: int, hour: int, minute: int, expected: bool) -> None:
    window = {"from": "20:00", "to": "06:00", "days": ["thu"]}
    assert held(window, datetime(2026, 11, day, hour, minute, tzinfo=CAIRO)) is expected


def test_the_zone_is_the_policys() -> None:
    window = {"from": "20:00", "to": "23:00"}
    assert held(window, datetime(2026, 11, 26, 18, 30, tzinfo=ZoneInfo("UTC")))
    assert not held(window, datetime(2026, 11, 26, 20, 30, tzinfo=ZoneInfo("America/New_York")))


def test_a_date_is_a_whole_day() -> None:
    window = {"dates": ["2026-12-07"]}
    assert held(window, datetime(2026, 12, 7, 0, 0, tzinfo=CAIRO))
    assert held(window, datetime(2026, 12, 7, 23, 59, 59, tzinfo=CAIRO))
    assert not held(window, datetime(2026, 12, 8, 0, 0, tzinfo=CAIRO))


def test_only_in_its_sections() -> None:
    window = {"sections": ["politics"]}
    moment = datetime(2026, 11, 26, 12, 0, tzinfo=CAIRO)
    assert held(window, moment, "politics")
    assert not held(window, moment, "sport")
    assert not held(window, moment)


def test_an_unquoted_hour_is_an_hour() -> None:
    # YAML 1.1 reads 20:00 as sixty times twenty.
    moment = datetime(2026, 11, 26, 20, 30, tzinfo=CAIRO)
    assert held({"from": 1200, "to": "21:00"}, moment)
    assert held({"from": 20 * 3600, "to": 21 * 3600 + 59}, moment)


def test_what_a_window_overrides() -> None:
    policy = ready(
        [rule("a", {"score": "insult", "at_least": 0.9})],
        schedule=[
            {"id": "w", "title": TITLE, "overrides": [{"rule": "a", "at_least": 0.1}]},
        ],
    )
    assert decide(at(insult=0.2), facts(), policy).action is Action.REVIEW
