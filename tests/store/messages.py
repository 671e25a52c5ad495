"""Endpoints and messages for tests of the outbox."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select

from moderation.store import outbox, reading, writing
from moderation.store.room_tables import audit_log

from .samples import SITE

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LEASE = timedelta(minutes=1)
URL = "https://cms.sahafa.example/hooks?token=7f3a"
NOTICE = {"ar": "حُذف تعليقك لأن فيه إهانة.", "en": "Your comment was removed."}


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def endpoint(engine: Engine, site: str = SITE) -> int:
    """Add an endpoint and return its id."""
    outbox.add_endpoint(engine, site, URL, NOW)
    return outbox.list_endpoints(engine)[-1].id


def put(
    engine: Engine, *ids: str, decision_id: int | None = None, due_at: datetime = NOW
) -> None:
    """Enqueue one message per comment id."""
    with writing(engine) as connection:
        for external_id in ids:
            data = {"id": external_id, "action": "reject", "notice": NOTICE}
            outbox.enqueue(
                connection, SITE, "decision.made", data, decision_id, due_at=due_at, now=NOW
            )


def take(engine: Engine, limit: int = 20, now: datetime = NOW) -> list[outbox.Message]:
    return outbox.take_due(engine, limit, now, LEASE)


def fail(engine: Engine, message: outbox.Message, now: datetime) -> None:
    outbox.record_delivery(engine, message, 500, None, 12, now)


def states(engine: Engine) -> list[str]:
    """The states of all messages, oldest first."""
    return [message.state for message in reversed(outbox.list_messages(engine, ()))]


def due_at(engine: Engine) -> datetime:
    """When the newest message is due."""
    return outbox.list_messages(engine, ())[0].due_at


def events(engine: Engine) -> list[tuple[str, int | None, dict[str, Any]]]:
    """The audit log."""
    with reading(engine) as connection:
        rows = connection.execute(select(audit_log).order_by(audit_log.c.id)).all()
    return [(row.event, row.account_id, json.loads(row.details)) for row in rows]
