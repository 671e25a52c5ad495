"""Raids: counted, confirmed, decided in one transaction, taken back at once."""

import pytest
from sqlalchemy import Engine, func, select, text, update

from moderation.errors import ConflictError, InvalidInputError, NotFoundError
from moderation.store import appeal, bulk, writing
from moderation.store.accounts import Role
from moderation.store.audit import verify
from moderation.store.batches import recent_batches
from moderation.store.bulk import decide_all, preview, undo_batch
from moderation.store.engine import reading
from moderation.store.items import Filters
from moderation.store.outbox import add_endpoint, record_delivery, take_due
from moderation.store.queue import claim, counts
from moderation.store.room_tables import outbox, queue_items
from moderation.store.tables import comments, decisions
from moderation.store.verdicts import change, decide

from .room import FINE, INSULT, NOW, RULES, at, hold, human_decisions, person, standing
from .samples import SITE

RAID = Filters(code="insult", score_from=0.5)


def raid(engine: Engine, size: int = 12) -> None:
    for number in range(size):
        hold(engine, f"هجوم رقم {number} يا حمير", f"raid-{number}", score=0.8)
    hold(engine, "تعليق آخر", "calm", score=0.41)


def test_a_preview_counts_without_changing_anything(engine: Engine) -> None:
    raid(engine)
    moderator = person(engine)
    found = preview(engine, moderator, RAID, NOW, shown=5)
    assert found.count == 12 and len(found.sample) == 5
    everything = preview(engine, moderator, Filters(), NOW)
    assert everything.count == 13
    # 0.41 lies in the ninth bin of twenty, 0.8 begins the seventeenth.
    assert {i: n for i, n in enumerate(everything.histogram) if n} == {8: 1, 16: 12}
    assert counts(engine, moderator, NOW)["review"] == 13


def test_all_that_was_counted_is_decided(engine: Engine) -> None:
    add_endpoint(engine, SITE, "https://cms.example/hooks", NOW)
    raid(engine)
    moderator = person(engine)
    found = preview(engine, moderator, RAID, NOW)
    batch = decide_all(engine, moderator, RAID, found.digest, INSULT, RULES, at(1))
    assert batch.size == 12
    assert standing(engine, "raid-3") == ("reject", "human")
    assert standing(engine, "calm") == ("review", "policy")
    assert counts(engine, moderator, at(2))["review"] == 1
    assert [b.id for b in recent_batches(engine, moderator)] == [batch.id]
    assert recent_batches(engine, person(engine)) == []
    with reading(engine) as connection:
        assert len(connection.execute(select(outbox.c.id)).all()) == 12
    assert verify(engine).problems == ()


def test_a_decision_altered_inside_a_batch_is_noticed(engine: Engine) -> None:
    raid(engine, 3)
    moderator = person(engine)
    found = preview(engine, moderator, RAID, NOW)
    batch = decide_all(engine, moderator, RAID, found.digest, INSULT, RULES, at(1))
    with writing(engine) as connection:
        # As only the owner of the database can.
        if engine.dialect.name == "postgresql":
            connection.execute(text("DROP TRIGGER decisions_refuse_change ON decisions"))
        else:
            connection.execute(text("DROP TRIGGER decisions_refuse_update"))
        altered = select(func.max(decisions.c.id)).where(decisions.c.batch_id == batch.id)
        connection.execute(
            update(decisions)
            .where(decisions.c.id == altered.scalar_subquery())
            .values(action="approve")
        )
    assert verify(engine).problems == (f"batch {batch.id} is not what the log says",)


def test_what_changed_since_the_preview_stops_it(engine: Engine) -> None:
    raid(engine)
    moderator, other = person(engine), person(engine)
    found = preview(engine, moderator, RAID, NOW)
    assert claim(engine, other, RAID, RULES.lease, NOW) is not None
    with pytest.raises(ConflictError) as refused:
        decide_all(engine, moderator, RAID, found.digest, INSULT, RULES, at(1))
    assert refused.value.code == "count_changed"
    assert refused.value.details["count"] == 11
    # The same number, but another comment among them.
    hold(engine, "تأخر هذا يا حمار", "late", score=0.9)
    with pytest.raises(ConflictError):
        decide_all(engine, moderator, RAID, found.digest, INSULT, RULES, at(2))
    assert human_decisions(engine) == []


def test_one_undo_takes_all_of_it_back(engine: Engine) -> None:
    add_endpoint(engine, SITE, "https://cms.example/hooks", NOW)
    raid(engine)
    moderator = person(engine)
    found = preview(engine, moderator, RAID, NOW)
    batch = decide_all(engine, moderator, RAID, found.digest, INSULT, RULES, at(1))
    with reading(engine) as connection:
        states = set(connection.scalars(select(outbox.c.state)))
    assert states == {"pending"}
    undone = undo_batch(engine, moderator, batch.id, RULES, at(3))
    assert undone.undone_at == at(3)
    assert counts(engine, moderator, at(4))["review"] == 13
    assert standing(engine, "raid-3") == ("review", "human")
    with reading(engine) as connection:
        assert set(connection.scalars(select(outbox.c.state))) == {"cancelled"}
    with pytest.raises(ConflictError) as refused:
        undo_batch(engine, moderator, batch.id, RULES, at(5))
    assert refused.value.code == "already_undone"
    assert verify(engine).problems == ()


def test_only_ones_own_batch_or_a_leads_hand(engine: Engine) -> None:
    raid(engine)
    moderator, other, lead = person(engine), person(engine), person(engine, Role.LEAD)
    found = preview(engine, moderator, RAID, NOW)
    batch = decide_all(engine, moderator, RAID, found.digest, INSULT, RULES, at(1))
    with pytest.raises(NotFoundError):
        undo_batch(engine, other, batch.id, RULES, at(2))
    undo_batch(engine, lead, batch.id, RULES, at(2))
    assert counts(engine, moderator, at(3))["review"] == 13


def test_what_was_decided_otherwise_since_then_stays(engine: Engine) -> None:
    raid(engine, 5)
    moderator, other, lead = person(engine), person(engine), person(engine, Role.LEAD)
    found = preview(engine, moderator, RAID, NOW)
    batch = decide_all(engine, moderator, RAID, found.digest, INSULT, RULES, at(1))
    change(engine, lead, item_of(engine, "raid-0"), FINE, RULES, at(2))
    appeal(engine, SITE, "raid-1", at(2))
    item = claim(engine, other, Filters(kind="appeal"), RULES.lease, at(2))
    assert item is not None
    decide(engine, other, item.id, FINE, RULES, at(2))
    appeal(engine, SITE, "raid-2", at(2))
    hold(engine, "نص معدّل يا حمير", "raid-3")
    undo_batch(engine, moderator, batch.id, RULES, at(3))
    assert {n: standing(engine, f"raid-{n}") for n in range(5)} == {
        0: ("approve", "human"),  # changed
        1: ("approve", "human"),  # its appeal was granted
        2: ("reject", "human"),  # its appeal waits
        3: ("review", "policy"),  # another text
        4: ("review", "human"),  # taken back
    }
    assert verify(engine).problems == ()


def item_of(engine: Engine, external_id: str) -> int:
    """The id of the first item of a comment."""
    with reading(engine) as connection:
        found = connection.scalar(
            select(func.min(queue_items.c.id))
            .join(comments, comments.c.id == queue_items.c.comment_id)
            .where(comments.c.external_id == external_id)
        )
    assert found is not None
    return found


def test_a_lead_of_another_site_sees_and_undoes_nothing(engine: Engine) -> None:
    raid(engine, 3)
    moderator = person(engine)
    elsewhere = person(engine, Role.LEAD, sites=["riyada.example"])
    found = preview(engine, moderator, RAID, NOW)
    batch = decide_all(engine, moderator, RAID, found.digest, INSULT, RULES, at(1))
    assert recent_batches(engine, elsewhere) == []
    with pytest.raises(NotFoundError):
        undo_batch(engine, elsewhere, batch.id, RULES, at(2))


def test_others_are_told_what_changes_for_them(engine: Engine) -> None:
    add_endpoint(engine, SITE, "https://cms.example/hooks", NOW)
    raid(engine, 1)
    moderator = person(engine)
    found = preview(engine, moderator, RAID, NOW)
    batch = decide_all(engine, moderator, RAID, found.digest, INSULT, RULES, at(1))
    [sent] = take_due(engine, 10, at(20), RULES.lease)
    record_delivery(engine, sent, 200, None, 12, at(20))
    undo_batch(engine, moderator, batch.id, RULES, at(30))
    again = preview(engine, moderator, RAID, at(31))
    decide_all(engine, moderator, RAID, again.digest, FINE, RULES, at(32))
    with reading(engine) as connection:
        rows = connection.execute(
            select(outbox.c.type, outbox.c.state).order_by(outbox.c.id)
        ).all()
    assert [tuple(row) for row in rows] == [
        ("decision.made", "sent"),
        ("decision.changed", "cancelled"),
        ("decision.changed", "pending"),
    ]


def test_more_than_anybody_can_vouch_for_is_refused(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST_ITEMS", 2)
    raid(engine, 3)
    moderator = person(engine)
    found = preview(engine, moderator, RAID, NOW)
    assert (found.count, found.digest) == (3, "")
    with pytest.raises(InvalidInputError) as refused:
        decide_all(engine, moderator, RAID, found.digest, INSULT, RULES, NOW)
    assert refused.value.code == "too_many_items"
