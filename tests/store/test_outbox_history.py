"""Messages as people look at them, and send them again."""

import pytest
from sqlalchemy import Engine

from moderation.errors import ConflictError, NotFoundError
from moderation.store import audit, outbox, writing
from moderation.store.accounts import Role

from .messages import NOW, due_at, endpoint, events, put, states, take
from .room import person
from .samples import SITE


@pytest.mark.parametrize("end", [200, 410, 500])
def test_a_replay_sends_the_same_again(engine: Engine, end: int) -> None:
    endpoint(engine)
    put(engine, "c-1")
    account, now = person(engine, Role.ENGINEER).id, NOW
    while states(engine) == ["pending"]:
        [first] = take(engine, now=now)
        outbox.record_delivery(engine, first, end, None, 1, now)
        now = max(due_at(engine), now)
    if end == 410:  # the receiver said it is gone: nothing is sent there any more
        with pytest.raises(ConflictError):
            outbox.replay(engine, first.id, account, now)
        return
    outbox.replay(engine, first.id, account, now)
    assert events(engine)[-1] == (
        "webhook_replayed",
        account,
        {"outbox_id": first.id, "message_id": first.message_id},
    )
    [again] = take(engine, now=now)
    assert (again.message_id, again.payload) == (first.message_id, first.payload)
    assert again.attempts == 1  # with all its retries
    assert audit.verify(engine).problems == ()


def test_what_waits_or_was_cancelled_is_not_replayed(engine: Engine) -> None:
    first = endpoint(engine)
    put(engine, "c-1")
    account = person(engine, Role.ENGINEER).id
    [message] = outbox.list_messages(engine, ())
    with pytest.raises(ConflictError):
        outbox.replay(engine, message.id, account, NOW)
    outbox.disable_endpoint(engine, first, NOW)
    with pytest.raises(ConflictError):
        outbox.replay(engine, message.id, account, NOW)
    with pytest.raises(NotFoundError):
        outbox.replay(engine, 77, account, NOW)
    assert "webhook_replayed" not in [name for name, *_ in events(engine)]


def test_messages_are_listed_newest_first(engine: Engine) -> None:
    endpoint(engine)
    put(engine, *(f"c-{number}" for number in range(5)))
    endpoint(engine, site="other.example")
    with writing(engine) as connection:
        outbox.enqueue(connection, "other.example", "decision.made", {}, None, NOW, NOW)
    outbox.record_delivery(engine, take(engine, 1)[0], 200, None, 1, NOW)
    ids = [message.id for message in outbox.list_messages(engine, ())]
    assert ids == [6, 5, 4, 3, 2, 1]
    assert [m.id for m in outbox.list_messages(engine, [SITE], limit=2)] == [5, 4]
    assert [m.id for m in outbox.list_messages(engine, [SITE], before_id=4)] == [3, 2, 1]
    [sent] = outbox.list_messages(engine, (), state="sent")
    assert (sent.id, sent.attempts, sent.can_be_replayed) == (1, 1, True)
    assert outbox.stored_message(engine, 1) == sent
    assert [m.site for m in outbox.list_messages(engine, ["other.example"])] == [
        "other.example"
    ]
    with pytest.raises(NotFoundError):
        outbox.stored_message(engine, 77)
