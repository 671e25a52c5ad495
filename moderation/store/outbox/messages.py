"""Writing messages, and taking them back, in the transaction of what they tell."""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, insert, or_, select, update

from moderation.store.room_tables import deliveries, endpoints, outbox
from moderation.store.tables import decisions


def enqueue(
    connection: Connection,
    site: str,
    type: str,  # noqa: A002 - the specification's word
    payload: Mapping[str, Any],
    decision_id: int | None,
    due_at: datetime,
    now: datetime,
) -> None:
    """Tell every endpoint of a site, once the caller's transaction has succeeded.

    Args:
        payload: what JSON can say; receivers find it under ``data``.
        decision_id: the decision that is told of; by it ``cancel`` finds the messages.
        due_at: they are not sent before.
    """
    _insert(connection, site, type, [(payload, decision_id)], due_at, now)


def enqueue_many(
    connection: Connection,
    site: str,
    type: str,  # noqa: A002 - the specification's word
    items: Sequence[tuple[Mapping[str, Any], int]],
    due_at: datetime,
    now: datetime,
) -> None:
    """``enqueue`` for many payloads at once, each with its decision."""
    _insert(connection, site, type, items, due_at, now)


def cancel(connection: Connection, decision_id: int) -> None:
    """Take back what is told of a decision, as long as nobody may have heard of it.

    After the first attempt to tell anybody nothing is cancelled: every endpoint hears of the
    decision, and each can be told of what follows.
    """
    _cancel(connection, outbox.c.decision_id == decision_id)


def cancel_batch(connection: Connection, batch_id: int) -> None:
    """``cancel`` for every decision of a batch."""
    of_batch = select(decisions.c.id).where(decisions.c.batch_id == batch_id)
    _cancel(connection, outbox.c.decision_id.in_(of_batch))


def was_told(connection: Connection, version_id: int) -> bool:
    """Whether others hear, or have heard, of any decision on this version."""
    return connection.scalar(_told().where(decisions.c.version_id == version_id)) is not None


def told_versions(connection: Connection, batch_id: int) -> set[int]:
    """The versions that a batch decided on and that others hear of, or have heard of."""
    return set(connection.scalars(_told().where(decisions.c.batch_id == batch_id)))


def _insert(
    connection: Connection,
    site: str,
    type_: str,
    items: Sequence[tuple[Mapping[str, Any], int | None]],
    due_at: datetime,
    now: datetime,
) -> None:
    receivers = connection.scalars(
        select(endpoints.c.id)
        .where(endpoints.c.site == site, endpoints.c.disabled_at.is_(None))
        .order_by(endpoints.c.id)
    ).all()
    rows = [
        {
            "endpoint_id": endpoint_id,
            "message_id": f"msg_{secrets.token_urlsafe(18)}",
            "type": type_,
            "payload": body,
            "decision_id": decision_id,
            "state": "pending",
            "attempts": 0,
            "created_at": now,
            "due_at": due_at,
        }
        for body, decision_id in ((_body(type_, data, now), id_) for data, id_ in items)
        for endpoint_id in receivers
    ]
    if rows:
        connection.execute(insert(outbox), rows)


def _body(type_: str, data: Mapping[str, Any], now: datetime) -> str:
    # ASCII, so that ids with lone surrogates can be sent, too.
    return json.dumps(
        {"type": type_, "timestamp": now.isoformat(), "data": data},
        ensure_ascii=True,
        allow_nan=False,
        separators=(",", ":"),
    )


def _cancel(connection: Connection, which: ColumnElement[bool]) -> None:
    # Locked first, in the order in which everybody locks messages: one that is being claimed
    # right now either counts as attempted afterwards, or cannot be claimed any more.
    connection.execute(select(outbox.c.id).where(which).order_by(outbox.c.id).with_for_update())
    other = outbox.alias()
    # A replay counts its attempts anew; deliveries tell of the earlier ones.
    delivered = select(deliveries.c.id).where(deliveries.c.outbox_id == other.c.id).exists()
    attempted = (
        select(other.c.id)
        .where(other.c.decision_id == outbox.c.decision_id)
        .where(or_(other.c.attempts > 0, delivered))
        .exists()
    )
    connection.execute(
        update(outbox)
        .where(which, outbox.c.state == "pending", ~attempted)
        .values(state="cancelled")
    )


def _told() -> Select[int]:
    return (
        select(decisions.c.version_id)
        .join(outbox, outbox.c.decision_id == decisions.c.id)
        .where(outbox.c.state != "cancelled")
    )
