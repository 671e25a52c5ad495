"""Messages to other systems: written with what they tell, claimed once, tried again."""

import json
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, func, insert, select

from moderation.store import CommentStore, outbox, reading, writing
from moderation.store.accounts import Role
from moderation.store.room_tables import batches
from moderation.store.room_tables import outbox as outbox_table
from moderation.store.tables import decisions

from .messages import (
    LEASE,
    NOTICE,
    NOW,
    URL,
    due_at,
    endpoint,
    events,
    fail,
    put,
    seconds,
    states,
    take,
)
from .room import person
from .samples import SITE, moderated


def decided(store: CommentStore, engine: Engine, *ids: str) -> list[int]:
    """Store comments and return the ids of their decisions."""
    store.record(SITE, [moderated(f"تعليق رقم {id_} فيه إهانة", id_) for id_ in ids], NOW)
    with reading(engine) as connection:
        return list(connection.scalars(select(decisions.c.id).order_by(decisions.c.id)))


def test_the_body_is_compact_json_that_any_receiver_reads(engine: Engine) -> None:
    endpoint(engine)
    put(engine, "رقم\ud83d␚\0")
    [message] = take(engine)
    assert message.payload.isascii()
    assert json.loads(message.payload) == {
        "type": "decision.made",
        "timestamp": "2026-11-20T09:30:00+00:00",
        "data": {"id": "رقم\ud83d␚\0", "action": "reject", "notice": NOTICE},
    }
    assert ": " not in message.payload and ", " not in message.payload


def test_neither_secret_nor_payload_gets_into_a_log_by_accident(engine: Engine) -> None:
    secret = outbox.add_endpoint(engine, SITE, URL, NOW)
    put(engine, "c-1")
    [message] = take(engine)
    assert message.secret == secret
    assert secret not in repr(message) and message.payload not in repr(message)


def test_a_transaction_that_fails_tells_nobody(engine: Engine) -> None:
    endpoint(engine)
    with pytest.raises(RuntimeError), writing(engine) as connection:
        outbox.enqueue(connection, SITE, "decision.made", {}, None, NOW, NOW)
        raise RuntimeError
    assert states(engine) == []


def test_nothing_is_sent_before_it_is_due(engine: Engine) -> None:
    endpoint(engine)
    put(engine, "c-1", due_at=NOW + seconds(10))
    assert take(engine, now=NOW + seconds(9.999)) == []
    assert len(take(engine, now=NOW + seconds(10))) == 1


def test_what_was_due_first_is_sent_first(engine: Engine) -> None:
    endpoint(engine)
    put(engine, "late", due_at=NOW + seconds(2))
    put(engine, "early", due_at=NOW + seconds(1))
    [message] = take(engine, 1, NOW + LEASE)
    assert json.loads(message.payload)["data"]["id"] == "early"


def test_busy_endpoints_are_left_out(engine: Engine) -> None:
    busy, idle = endpoint(engine), endpoint(engine)
    put(engine, "c-1", "c-2")
    taken = outbox.take_due(engine, 20, NOW, LEASE, without=[busy])
    assert [message.endpoint_id for message in taken] == [idle, idle]


def test_a_claimed_message_is_nobody_elses_until_the_lease_is_over(engine: Engine) -> None:
    endpoint(engine)
    put(engine, "c-1")
    [first] = take(engine)
    assert take(engine, now=NOW + LEASE - seconds(1)) == []
    [again] = take(engine, now=NOW + LEASE)  # its first sender was killed
    assert (first.attempts, again.attempts) == (1, 2)
    assert (again.message_id, again.payload) == (first.message_id, first.payload)


def test_many_senders_never_claim_the_same_message(engine: Engine) -> None:
    endpoint(engine), endpoint(engine)
    put(engine, *(f"c-{number}" for number in range(100)))

    def work(_: int) -> list[int]:
        claimed: list[int] = []
        while messages := take(engine, 7):
            claimed += [message.id for message in messages]
        return claimed

    with ThreadPoolExecutor(8) as pool:
        claimed = [id_ for ids in pool.map(work, range(8)) for id_ in ids]
    # A sender that finds the rest locked goes home; what is left is claimed by the next one.
    claimed += work(0)
    assert len(claimed) == 200
    assert set(Counter(claimed).values()) == {1}


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_an_answer_of_2xx_is_the_end(engine: Engine, status: int) -> None:
    endpoint(engine)
    put(engine, "c-1")
    [message] = take(engine)
    outbox.record_delivery(engine, message, status, None, 34, NOW + seconds(1))
    assert states(engine) == ["sent"]
    assert take(engine, now=NOW + timedelta(days=30)) == []
    assert outbox.deliveries_of(engine, message.id) == [
        outbox.Delivery(NOW + seconds(1), status, None, 34)
    ]


def test_the_schedule(engine: Engine) -> None:
    endpoint(engine)
    put(engine, "c-1")
    now, waited = NOW, []
    for attempt in range(1, 11):
        [message] = take(engine, now=now)
        assert message.attempts == attempt
        fail(engine, message, now)
        waited.append((due_at(engine) - now).total_seconds())
        if attempt < 10:
            assert take(engine, now=due_at(engine) - seconds(0.001)) == []
        now = due_at(engine)
    planned = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    for actual, wanted in zip(waited, planned, strict=False):
        assert wanted <= actual <= wanted * 1.1
    assert states(engine) == ["failed"]
    assert take(engine, now=NOW + timedelta(days=30)) == []
    assert [d.status for d in outbox.deliveries_of(engine, message.id)] == [500] * 10


def test_what_failed_together_does_not_come_back_together(engine: Engine) -> None:
    endpoint(engine)
    put(engine, *(f"c-{number}" for number in range(20)))
    for message in take(engine):
        fail(engine, message, NOW)
    times = {message.due_at for message in outbox.list_messages(engine, ())}
    assert len(times) == 20
    assert max(times) <= NOW + seconds(5.5)


@pytest.mark.parametrize("status", [None, 199, 301, 302, 400, 404, 429, 500, 503])
def test_everything_else_is_tried_again(engine: Engine, status: int | None) -> None:
    endpoint(engine)
    put(engine, "c-1")
    [message] = take(engine)
    error = "ConnectError" if status is None else None
    outbox.record_delivery(engine, message, status, error, 3, NOW)
    assert states(engine) == ["pending"]
    [delivery] = outbox.deliveries_of(engine, message.id)
    assert (delivery.status, delivery.error) == (status, error)


def test_a_receiver_that_is_gone_is_left_alone(engine: Engine) -> None:
    gone, other = endpoint(engine), endpoint(engine)
    put(engine, "c-1", "c-2")
    to_gone = [message for message in take(engine) if message.endpoint_id == gone]
    outbox.record_delivery(engine, to_gone[0], 410, None, 5, NOW)
    by_endpoint = {e.id: e.disabled_at for e in outbox.list_endpoints(engine)}
    assert by_endpoint == {gone: NOW, other: None}
    found = {message.id: message.state for message in outbox.list_messages(engine, ())}
    assert found[to_gone[0].id] == "failed"
    assert found[to_gone[1].id] == "cancelled"
    assert list(found.values()).count("pending") == 2
    assert events(engine)[-1] == (
        "webhook_disabled",
        None,
        {"endpoint_id": gone, "status": 410},
    )
    # The other one was under way: it says the same, and is heard once.
    outbox.record_delivery(engine, to_gone[1], 410, None, 5, NOW + LEASE)
    assert [name for name, *_ in events(engine)].count("webhook_disabled") == 1


def test_a_late_failure_does_not_undo_a_later_attempt(engine: Engine) -> None:
    endpoint(engine)
    put(engine, "c-1")
    [slow] = take(engine)
    [second] = take(engine, now=NOW + LEASE)
    fail(engine, slow, NOW + LEASE)
    assert due_at(engine) == NOW + 2 * LEASE  # still the second one's
    outbox.record_delivery(engine, second, 200, None, 1, NOW + LEASE)
    fail(engine, slow, NOW + LEASE)
    assert states(engine) == ["sent"]


def test_a_late_success_counts(engine: Engine) -> None:
    endpoint(engine)
    put(engine, "c-1")
    [slow] = take(engine)
    [second] = take(engine, now=NOW + LEASE)
    fail(engine, second, NOW + LEASE)
    outbox.record_delivery(engine, slow, 200, None, 70_000, NOW + LEASE)
    assert states(engine) == ["sent"]


def test_taken_back_in_time_nobody_hears_of_it(engine: Engine, store: CommentStore) -> None:
    endpoint(engine), endpoint(engine)
    first, second = decided(store, engine, "c-1", "c-2")
    put(engine, "c-1", decision_id=first, due_at=NOW + seconds(10))
    put(engine, "c-2", decision_id=second, due_at=NOW + seconds(10))
    with writing(engine) as connection:
        assert outbox.was_told(connection, 1)
        outbox.cancel(connection, first)
        assert not outbox.was_told(connection, 1)
        assert outbox.was_told(connection, 2)
    assert states(engine) == ["cancelled", "cancelled", "pending", "pending"]
    assert len(take(engine, now=NOW + LEASE)) == 2


@pytest.mark.parametrize("way", ["under way", "failed once", "sent", "replayed"])
def test_what_somebody_may_have_heard_is_not_cancelled(
    engine: Engine, store: CommentStore, way: str
) -> None:
    endpoint(engine), endpoint(engine)
    [decision] = decided(store, engine, "c-1")
    put(engine, "c-1", decision_id=decision)
    [message] = take(engine, 1)
    if way == "failed once":
        fail(engine, message, NOW)
    elif way != "under way":
        outbox.record_delivery(engine, message, 200, None, 1, NOW)
    if way == "replayed":
        outbox.replay(engine, message.id, person(engine, Role.ENGINEER).id, NOW)
    before = states(engine)
    with writing(engine) as connection:
        outbox.cancel(connection, decision)
        assert outbox.was_told(connection, 1)
    # The second endpoint's message as well: both hear the same story.
    assert states(engine) == before
    assert "cancelled" not in before


def test_a_decision_without_messages_can_be_taken_back(
    engine: Engine, store: CommentStore
) -> None:
    [decision] = decided(store, engine, "c-1")
    with writing(engine) as connection:
        outbox.cancel(connection, decision)
        assert not outbox.was_told(connection, 1)


def batch_of(engine: Engine, store: CommentStore, count: int) -> tuple[int, list[int]]:
    """A bulk decision on so many comments: its id, and those of its decisions."""
    decided(store, engine, *(f"c-{number}" for number in range(count)))
    account = person(engine, Role.ENGINEER).id
    row = {
        "account_id": account, "action": "reject", "reason": "insult", "filters": {},
        "size": count, "sites": [], "created_at": NOW,
    }  # fmt: skip
    with writing(engine) as connection:
        batch = connection.execute(
            insert(batches).values(row).returning(batches.c.id)
        ).scalar_one()
        rows = connection.execute(select(decisions).order_by(decisions.c.id)).mappings().all()
        made = [
            {**{k: v for k, v in row.items() if k != "id"}, "batch_id": batch} for row in rows
        ]
        connection.execute(insert(decisions), made)
        ids = connection.scalars(
            select(decisions.c.id).where(decisions.c.batch_id == batch).order_by(decisions.c.id)
        ).all()
    return batch, list(ids)


def put_many(engine: Engine, ids: Sequence[int]) -> list[str]:
    """Enqueue messages about these decisions; returns the statements that were needed."""
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        with writing(engine) as connection:
            items = [({"id": f"c-{number}"}, id_) for number, id_ in enumerate(ids)]
            outbox.enqueue_many(connection, SITE, "decision.made", items, NOW, NOW)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return [statement for statement in statements if not statement.startswith("BEGIN")]


def test_a_batch_is_told_with_few_statements(engine: Engine, store: CommentStore) -> None:
    endpoint(engine), endpoint(engine)
    batch, ids = batch_of(engine, store, 500)
    assert len(put_many(engine, ids)) <= 3
    with reading(engine) as connection:
        told = select(func.count(), func.count(outbox_table.c.decision_id.distinct()))
        assert connection.execute(told).one() == (1000, 500)
        assert len(outbox.told_versions(connection, batch)) == 500


def test_a_batch_is_taken_back_where_nobody_heard_of_it(
    engine: Engine, store: CommentStore
) -> None:
    endpoint(engine)
    batch, ids = batch_of(engine, store, 5)
    put_many(engine, ids)
    put(engine, "other")
    taken = take(engine, 2)
    with writing(engine) as connection:
        outbox.cancel_batch(connection, batch)
        told = outbox.told_versions(connection, batch)
    assert told == {1, 2}
    assert [message.id for message in taken] == [1, 2]
    assert states(engine) == ["pending"] * 2 + ["cancelled"] * 3 + ["pending"]
