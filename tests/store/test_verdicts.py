"""What people decide: once each, never lost, taken back by another decision."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from moderation.errors import ConflictError, NotFoundError
from moderation.store import CommentStore, author_histories
from moderation.store.accounts import Role
from moderation.store.audit import verify
from moderation.store.cards import load_card
from moderation.store.engine import reading
from moderation.store.items import Filters
from moderation.store.outbox import add_endpoint
from moderation.store.queue import claim, counts
from moderation.store.remarks import add_note
from moderation.store.room_tables import audit_log, outbox, queue_items
from moderation.store.verdicts import change, decide, undo

from .room import (
    FINE,
    INSULT,
    NOW,
    RULES,
    at,
    claimed,
    hold,
    person,
    standing,
)
from .samples import SITE


def messages(engine: Engine) -> list[tuple[str, str, str]]:
    """Type, state and action of all messages."""
    with reading(engine) as connection:
        rows = connection.execute(select(outbox).order_by(outbox.c.id)).all()
    return [(r.type, r.state, json.loads(r.payload)["data"]["action"]) for r in rows]


def test_a_verdict_is_a_new_decision(engine: Engine) -> None:
    hold(engine, "هذا الوزير حمار", "c-1")
    moderator = person(engine)
    item = claimed(engine, moderator)
    done, following = decide(engine, moderator, item.id, INSULT, RULES, at(5), Filters())
    assert (done.state, done.action, done.reason) == ("done", "reject", "insult")
    assert following is None
    stored = CommentStore(engine, b"secret").get(SITE, "c-1")
    assert stored is not None
    assert stored.decided_by == moderator.id
    assert stored.decision.action.value == "reject"
    assert stored.decision.reasons[0].rule == "human"
    assert stored.decision.notice == {"ar": "لم ننشر تعليقك"}
    # The policy's decision is still there, and the author's history counts the human one.
    assert [d.action for d in load_card(engine, done).decisions] == ["reject", "review"]
    hashed = CommentStore(engine, b"secret").author_hash("reader-1")
    assert author_histories(engine, SITE, [hashed or ""]) == {hashed: (1, 1)}


def test_the_same_comment_again_keeps_the_human_decision(engine: Engine) -> None:
    hold(engine, "هذا الوزير حمار", "c-1")
    moderator = person(engine)
    decide(engine, moderator, claimed(engine, moderator).id, FINE, RULES, NOW)
    hold(engine, "هذا الوزير حمار", "c-1")
    assert standing(engine, "c-1") == ("approve", "human")
    assert claim(engine, moderator, Filters(), RULES.lease, at(1)) is None


def test_the_second_of_two_is_told_who_was_faster(engine: Engine) -> None:
    hold(engine, id="c-1")
    first, second = person(engine), person(engine)
    item = claimed(engine, first)
    decide(engine, first, item.id, FINE, RULES, at(1))
    with pytest.raises(ConflictError) as refused:
        decide(engine, second, item.id, INSULT, RULES, at(2))
    assert refused.value.code == "already_decided"
    assert refused.value.details == {
        "by": first.display_name, "at": at(1), "action": "approve",
    }  # fmt: skip
    assert standing(engine, "c-1") == ("approve", "human")


def test_undo_takes_it_back_and_serves_it_again(engine: Engine) -> None:
    hold(engine, id="c-1")
    hold(engine, id="c-2", priority=8)
    moderator = person(engine)
    item = claimed(engine, moderator)
    _, following = decide(engine, moderator, item.id, INSULT, RULES, NOW, Filters())
    assert following is not None
    reopened = undo(engine, moderator, item.id, RULES, at(5))
    assert reopened.state == "open" and reopened.holder_id == moderator.id
    assert standing(engine, "c-1") == ("review", "human")
    assert claimed(engine, moderator, 6).id == item.id
    decide(engine, moderator, item.id, FINE, RULES, at(7))
    assert standing(engine, "c-1") == ("approve", "human")
    # The comment that was next before is still theirs.
    assert claimed(engine, moderator, 8).id == following.id
    assert verify(engine).problems == ()


def test_nobody_outside_hears_of_what_was_undone_in_time(engine: Engine) -> None:
    add_endpoint(engine, SITE, "https://cms.example/hooks", NOW)
    hold(engine, id="c-1")
    moderator = person(engine)
    item = claimed(engine, moderator)
    decide(engine, moderator, item.id, INSULT, RULES, NOW)
    with reading(engine) as connection:
        assert connection.scalar(select(outbox.c.due_at)) == at(10)
    undo(engine, moderator, item.id, RULES, at(5))
    assert messages(engine) == [("decision.made", "cancelled", "reject")]
    decide(engine, moderator, item.id, FINE, RULES, at(6))
    assert messages(engine)[1:] == [("decision.made", "pending", "approve")]


def test_a_later_change_is_told(engine: Engine) -> None:
    from moderation.store.outbox import record_delivery, take_due

    add_endpoint(engine, SITE, "https://cms.example/hooks", NOW)
    hold(engine, id="c-1")
    moderator = person(engine)
    item = claimed(engine, moderator)
    decide(engine, moderator, item.id, INSULT, RULES, NOW)
    [sent] = take_due(engine, 10, at(11), timedelta(minutes=1))
    record_delivery(engine, sent, 200, None, 12, at(11))
    change(engine, moderator, item.id, FINE, RULES, at(60))
    undo(engine, moderator, item.id, RULES, at(3600))
    assert messages(engine) == [
        ("decision.made", "sent", "reject"),
        ("decision.changed", "cancelled", "approve"),
        ("decision.changed", "pending", "review"),
    ]


def test_others_may_not_change_it_but_leads_may(engine: Engine) -> None:
    hold(engine, id="c-1")
    first, second, lead = person(engine), person(engine), person(engine, Role.LEAD)
    item = claimed(engine, first)
    with pytest.raises(NotFoundError):
        undo(engine, second, item.id, RULES, NOW)
    decide(engine, first, item.id, INSULT, RULES, NOW)
    with pytest.raises(NotFoundError):
        undo(engine, second, item.id, RULES, at(1))
    with pytest.raises(NotFoundError):
        change(engine, second, item.id, FINE, RULES, at(1))
    change(engine, lead, item.id, FINE, RULES, at(2))
    assert standing(engine, "c-1") == ("approve", "human")


def test_what_is_open_or_edited_cannot_be_undone(engine: Engine) -> None:
    hold(engine, "يا حمار", "c-1")
    moderator, lead = person(engine), person(engine, Role.LEAD)
    item = claimed(engine, moderator)
    with pytest.raises(ConflictError) as refused:
        undo(engine, lead, item.id, RULES, NOW)
    assert refused.value.code == "not_decided"
    decide(engine, moderator, item.id, INSULT, RULES, NOW)
    hold(engine, "يا حمار، نعم قلتها", "c-1")
    with pytest.raises(ConflictError) as refused:
        undo(engine, moderator, item.id, RULES, at(1))
    assert refused.value.code == "comment_edited"


def test_an_edit_and_a_note_do_not_wait_for_each_other(engine: Engine) -> None:
    hold(engine, "يا حمار", "c-1")
    moderator = person(engine)
    item = claimed(engine, moderator)
    with ThreadPoolExecutor(4) as pool:
        edits = [pool.submit(hold, engine, f"يا حمار {n}", "c-1") for n in range(10)]
        remarks = [
            pool.submit(add_note, engine, moderator, item.id, f"ملاحظة {n}", at(n))
            for n in range(10)
        ]
        for future in edits:
            future.result()
        for remark in remarks:
            remark.result()
    assert verify(engine).problems == ()


def test_everything_is_in_the_audit_log_without_any_text(engine: Engine) -> None:
    hold(engine, "هذا الوزير حمار", "c-1")
    moderator = person(engine)
    item = claimed(engine, moderator)
    decide(engine, moderator, item.id, INSULT, RULES, NOW)
    undo(engine, moderator, item.id, RULES, at(1))
    with reading(engine) as connection:
        rows = connection.execute(select(audit_log).order_by(audit_log.c.id)).all()
        assert connection.scalar(select(queue_items.c.state)) == "open"
    assert [row.event for row in rows] == ["decided", "undone"]
    assert all("حمار" not in row.details for row in rows)
    assert counts(engine, moderator, at(2))["review"] == 0
