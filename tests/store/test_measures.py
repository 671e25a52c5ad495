"""Measures of the room over a small history, worked out by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, update

from moderation.domain import Action, Comment, Context, Decision, Moderated, PolicyRef, Reason
from moderation.errors import ConflictError
from moderation.store import CommentStore, Sampling, measures, measures_quality
from moderation.store.accounts import Account, Role, create_account, list_accounts
from moderation.store.appeals import appeal
from moderation.store.bulk import decide_all, preview
from moderation.store.engine import writing
from moderation.store.human import Rules, Verdict
from moderation.store.items import Filters
from moderation.store.measures import Lengths, backlog, per_day, times
from moderation.store.measures_quality import SecondLook, agreement, overturned
from moderation.store.periods import day_starts
from moderation.store.queue import claim_one, escalate
from moderation.store.room_tables import queue_items
from moderation.store.verdicts import change, decide, undo
from tests.store.samples import APPROVE, REJECT, SITE

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OTHER = "other.example"
HELD = Decision(
    Action.REVIEW,
    (Reason("insult", "insult-maybe", {"ar": "قد تكون إهانة."}, score=0.6),),
    PolicyRef("default", 3, "b" * 64),
)
QUIET = Rules(timedelta(minutes=3), timedelta(0), Sampling(b"secret"))
# Every human decision gets a second opinion.
TWICE = replace(QUIET, sampling=Sampling(b"secret", second=1.0))


class Room:
    """Comments that come in and people who decide, at given times."""

    def __init__(self, engine: Engine, audit: float = 0.0) -> None:
        self.engine = engine
        self.store = CommentStore(engine, b"secret", sampling=Sampling(b"secret", audit=audit))
        self.numbers = 0

    def somebody(self, name: str, *roles: Role) -> Account:
        """A new account."""
        create_account(self.engine, name, roles or (Role.MODERATOR,), [], NOON - 30 * DAY)
        return list_accounts(self.engine)[-1].account

    def comes_in(
        self, decision: Decision, at: datetime, site: str = SITE, id: str | None = None
    ) -> None:
        """A comment; its queue item, if it gets one, has the next number."""
        self.numbers += 1
        comment = Comment(f"تعليق رقم {self.numbers}", id or f"ت-{self.numbers}", Context())
        self.store.record(site, [Moderated(comment, None, decision)], at)

    def decides(
        self, who: Account, item: int, action: str, at: datetime, rules: Rules = QUIET
    ) -> None:
        """Somebody decides on an item, without a claim."""
        decide(self.engine, who, item, verdict(action), rules, at)


def verdict(action: str) -> Verdict:
    """What a moderator decides."""
    return Verdict(action, Reason("insult", "human", {"ar": "إهانة صريحة"}))


def test_nothing_yet(engine: Engine) -> None:
    begins = day_starts(NOON, 2, UTC)
    waiting = backlog(engine, [], NOON)
    assert waiting.all == Lengths(0)
    assert waiting.histogram == (0, 0, 0, 0, 0)
    assert times(engine, [], begins[0], NOON).in_all == Lengths(0)
    assert [day.automated for day in per_day(engine, [], begins, NOON)] == [None, None]
    nothing = overturned(engine, [], begins, NOON)
    assert nothing.automation == SecondLook(0, 0)
    assert (nothing.automation.share, nothing.automation.interval) == (None, (0.0, 1.0))
    pairs = agreement(engine, [], begins[0], NOON)
    assert (pairs.pairs, pairs.raw, pairs.kappa, pairs.alpha) == (0, None, None, None)


def test_what_waits_and_for_how_long(engine: Engine) -> None:
    create_account(engine, "salma", [Role.LEAD], [], NOON)
    room = Room(engine)
    layla = room.somebody("layla")
    ages = [MINUTE * 30, HOUR * 2, HOUR * 5, DAY * 2, DAY * 4]
    for age in ages:
        room.comes_in(HELD, NOON - age)
    room.comes_in(REJECT, NOON - 2 * HOUR, id="مرفوض")
    appeal(engine, SITE, "مرفوض", NOON - HOUR)
    room.comes_in(HELD, NOON - 9 * DAY, OTHER)
    escalate(engine, layla, 5, NOON)
    found = backlog(engine, [SITE], NOON)
    # Half an hour, exactly one hour (the appeal), 2 and 5 hours, 2 and 4 days.
    assert found.histogram == (1, 2, 1, 1, 1)
    assert found.escalated == 1
    assert found.by_kind["review"] == Lengths(
        items=5,
        median=HOUR * 5,
        p90=DAY * 2 + (DAY * 2) * 0.6,  # the first is at 0, the last at 4, 90 % at 3.6
        longest=DAY * 4,
    )
    assert found.by_kind["appeal"] == Lengths(1, HOUR, HOUR, HOUR)
    assert found.by_kind["audit"] == Lengths(0)
    # Of an even number the median lies between the two in the middle.
    assert (found.all.items, found.all.median) == (6, HOUR * 3.5)
    assert backlog(engine, [], NOON).all.longest == DAY * 9
    assert backlog(engine, [OTHER], NOON).all.items == 1


def test_decided_items_wait_no_longer(engine: Engine) -> None:
    room = Room(engine)
    room.comes_in(HELD, NOON - HOUR)
    room.decides(room.somebody("layla"), 1, "approve", NOON)
    assert backlog(engine, [], NOON).all == Lengths(0)


def test_times_from_claim_to_decision(engine: Engine) -> None:
    room = Room(engine)
    layla = room.somebody("layla")
    start = NOON - 6 * HOUR
    for minutes in (10, 20, 40):
        room.comes_in(HELD, start)
        item = room.numbers
        claim_one(engine, layla, item, QUIET.lease, start + minutes * MINUTE)
        room.decides(layla, item, "reject", start + minutes * MINUTE + minutes * MINUTE / 10)
    found = times(engine, [], start, NOON)
    assert found.to_claim == Lengths(3, MINUTE * 20, MINUTE * 36, MINUTE * 40)
    assert found.to_decide == Lengths(3, MINUTE * 2, MINUTE * 3.6, MINUTE * 4)
    assert found.in_all == Lengths(3, MINUTE * 22, MINUTE * 39.6, MINUTE * 44)
    assert not found.cut
    assert times(engine, [OTHER], start, NOON).in_all.items == 0
    # From then on, and before: the ends of a period are no item's twice.
    assert times(engine, [], start + 44 * MINUTE, NOON).in_all.items == 1
    assert times(engine, [], start, start + 44 * MINUTE).in_all.items == 2


def test_the_last_claim_counts(engine: Engine) -> None:
    room = Room(engine)
    layla, omar = room.somebody("layla"), room.somebody("omar")
    room.comes_in(HELD, NOON)
    claim_one(engine, layla, 1, QUIET.lease, NOON + MINUTE)
    claim_one(engine, omar, 1, QUIET.lease, NOON + 10 * MINUTE)  # the lease had run out
    room.decides(omar, 1, "reject", NOON + 11 * MINUTE)
    found = times(engine, [], NOON, NOON + HOUR)
    assert (found.to_claim.median, found.to_decide.median) == (10 * MINUTE, MINUTE)


def test_bulk_and_changed_decisions_tell_no_reading_time(engine: Engine) -> None:
    room = Room(engine)
    lead = room.somebody("salma", Role.MODERATOR, Role.LEAD)
    for _ in range(2):
        room.comes_in(HELD, NOON)
    seen = preview(engine, lead, Filters(), NOON + HOUR)
    decide_all(engine, lead, Filters(), seen.digest, verdict("reject"), QUIET, NOON + HOUR)
    room.comes_in(HELD, NOON)
    claim_one(engine, lead, 3, QUIET.lease, NOON + MINUTE)
    room.decides(lead, 3, "reject", NOON + 2 * MINUTE)
    assert times(engine, [], NOON, NOON + DAY).to_decide == Lengths(1, MINUTE, MINUTE, MINUTE)
    change(engine, lead, 3, verdict("approve"), QUIET, NOON + 5 * HOUR)
    found = times(engine, [], NOON, NOON + DAY)
    assert found.to_decide == Lengths(0)
    assert found.in_all == Lengths(2, HOUR, HOUR, HOUR)


def test_what_was_taken_back_counts_once_decided_again(engine: Engine) -> None:
    room = Room(engine)
    layla = room.somebody("layla")
    room.comes_in(HELD, NOON)
    claim_one(engine, layla, 1, QUIET.lease, NOON)
    room.decides(layla, 1, "reject", NOON + MINUTE)
    undo(engine, layla, 1, QUIET, NOON + 2 * MINUTE)
    assert times(engine, [], NOON, NOON + HOUR).in_all.items == 0
    room.decides(layla, 1, "approve", NOON + 5 * MINUTE)
    found = times(engine, [], NOON, NOON + HOUR)
    assert (found.in_all.items, found.to_decide.median) == (1, 3 * MINUTE)


def test_days_of_policy_and_people(engine: Engine) -> None:
    room = Room(engine)
    layla = room.somebody("layla")
    yesterday = NOON - DAY
    for decision in (APPROVE, APPROVE, REJECT, HELD):
        room.comes_in(decision, yesterday)
    room.comes_in(HELD, NOON)
    room.comes_in(REJECT, NOON, OTHER)
    room.decides(layla, 1, "reject", NOON)
    undo(engine, layla, 1, QUIET, NOON + MINUTE)
    room.decides(layla, 1, "approve", NOON + 2 * MINUTE)
    begins = day_starts(NOON, 2, UTC)
    before, today = per_day(engine, [SITE], begins, NOON + HOUR)
    assert before.policy == {"approve": 2, "review": 1, "reject": 1}
    assert before.automated == 0.75
    assert before.human == {"approve": 0, "review": 0, "reject": 0}
    assert today.policy == {"approve": 0, "review": 1, "reject": 0}
    assert today.automated == 0
    assert today.human == {"approve": 1, "review": 1, "reject": 1}
    assert per_day(engine, [], begins, NOON + HOUR)[1].policy["reject"] == 1
    # The second of noon is not over before noon.
    assert per_day(engine, [], begins, NOON)[1].policy["review"] == 0


def test_audits_estimate_the_error_rate(engine: Engine) -> None:
    room = Room(engine, audit=1.0)
    layla = room.somebody("layla")
    yesterday = NOON - DAY
    for decision in (APPROVE, APPROVE, APPROVE, REJECT, REJECT):
        room.comes_in(decision, yesterday)
    room.comes_in(APPROVE, yesterday)  # nobody looks at this one
    said = ("approve", "approve", "reject", "approve", "reject")
    for item, action in enumerate(said, 1):
        room.decides(layla, item, action, yesterday if item < 4 else NOON)
    found = overturned(engine, [], day_starts(NOON, 2, UTC), NOON + HOUR)
    assert found.approvals == SecondLook(3, 1)
    assert found.rejections == SecondLook(2, 1)
    assert found.automation == SecondLook(5, 2)
    assert found.days == (SecondLook(3, 1), SecondLook(2, 1))
    assert found.automation.share == 0.4
    # Wilson's interval for 2 of 5.
    assert found.automation.interval == pytest.approx((0.1176, 0.7693), abs=1e-4)
    assert overturned(engine, [OTHER], day_starts(NOON, 2, UTC), NOON + HOUR).days == (
        SecondLook(0, 0),
        SecondLook(0, 0),
    )


def test_appeals_that_were_granted(engine: Engine) -> None:
    room = Room(engine)
    layla = room.somebody("layla")
    for name in ("أ", "ب", "ج"):
        room.comes_in(REJECT, NOON - HOUR, id=name)
        appeal(engine, SITE, name, NOON)
    room.decides(layla, 1, "approve", NOON)
    room.decides(layla, 2, "reject", NOON)
    found = overturned(engine, [], day_starts(NOON, 1, UTC), NOON + HOUR)
    assert found.appeals == SecondLook(2, 1)
    assert found.automation == SecondLook(0, 0)


def test_second_opinions_against_first_ones(engine: Engine) -> None:
    room = Room(engine)
    layla, omar = room.somebody("layla"), room.somebody("omar")
    opinions = [("approve", "approve")] * 2 + [("reject", "reject"), ("reject", "approve")]
    for first, second in opinions:
        room.comes_in(HELD, NOON)
        asked = 2 * room.numbers - 1
        room.decides(layla, asked, first, NOON + MINUTE, TWICE)
        room.decides(omar, asked + 1, second, NOON + 2 * MINUTE, TWICE)
    found = agreement(engine, [SITE], NOON, NOON + HOUR)
    assert (found.pairs, found.raw) == (4, 0.75)
    # By chance: (2 * 3 + 2 * 1) / 16 = 0.5, so (0.75 - 0.5) / 0.5.
    assert found.kappa == pytest.approx(0.5)
    # 1 - (8 - 1) * 2 / (64 - 25 - 9).
    assert found.alpha == pytest.approx(1 - 14 / 30)
    # The lead who settles the dispute does not change what the first one said.
    lead = room.somebody("salma", Role.MODERATOR, Role.LEAD)
    room.decides(lead, 7, "approve", NOON + 10 * MINUTE)
    assert agreement(engine, [SITE], NOON, NOON + HOUR) == found
    assert agreement(engine, [OTHER], NOON, NOON + HOUR).pairs == 0


def test_agreement_is_undefined_where_all_say_the_same(engine: Engine) -> None:
    room = Room(engine)
    layla, omar = room.somebody("layla"), room.somebody("omar")
    room.comes_in(HELD, NOON)
    room.decides(layla, 1, "reject", NOON, TWICE)
    room.decides(omar, 2, "reject", NOON + MINUTE, TWICE)
    found = agreement(engine, [], NOON, NOON + HOUR)
    assert (found.pairs, found.raw, found.kappa, found.alpha) == (1, 1.0, None, None)


def test_a_first_opinion_taken_back_is_none(engine: Engine) -> None:
    room = Room(engine)
    layla, omar = room.somebody("layla"), room.somebody("omar")
    room.comes_in(HELD, NOON)
    room.decides(layla, 1, "reject", NOON, TWICE)
    undo(engine, layla, 1, TWICE, NOON + MINUTE)
    with pytest.raises(ConflictError):  # nobody is asked about it any more
        room.decides(omar, 2, "reject", NOON + 2 * MINUTE, TWICE)
    assert agreement(engine, [], NOON, NOON + HOUR).pairs == 0


def test_long_histories_are_cut(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(engine, audit=1.0)
    layla = room.somebody("layla")
    for _ in range(3):
        room.comes_in(APPROVE, NOON)
        room.decides(layla, room.numbers, "approve", NOON + room.numbers * MINUTE)
    for module in (measures, measures_quality):
        monkeypatch.setattr(module, "MOST_ROWS", 2)
    found = times(engine, [], NOON, NOON + HOUR)
    assert found.cut
    assert found.in_all == Lengths(2, 2.5 * MINUTE, 2.9 * MINUTE, 3 * MINUTE)
    looks = overturned(engine, [], day_starts(NOON, 1, UTC), NOON + HOUR)
    assert (looks.cut, looks.approvals) == (True, SecondLook(2, 0))


def test_void_items_count_nowhere(engine: Engine) -> None:
    room = Room(engine, audit=1.0)
    layla = room.somebody("layla")
    room.comes_in(APPROVE, NOON)
    room.decides(layla, 1, "reject", NOON)
    with writing(engine) as connection:
        connection.execute(update(queue_items).values(state="void"))
    assert backlog(engine, [], NOON).all.items == 0
    assert overturned(engine, [], day_starts(NOON, 1, UTC), NOON + HOUR).automation == (
        SecondLook(0, 0)
    )
