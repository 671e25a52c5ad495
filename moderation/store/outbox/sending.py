"""Claiming messages that are due, and what becomes of them after an attempt."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine, insert, select, update

from moderation.store import audit
from moderation.store.engine import reading, writing
from moderation.store.outbox.endpoints import switch_off
from moderation.store.room_tables import deliveries, endpoints, outbox

# How long after each failed attempt the next one comes; after the last there is none.
RETRY_AFTER = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
# Up to a tenth more, so that messages that failed together do not come back together.
_JITTER = 0.1
_GONE = 410


@dataclass(frozen=True, slots=True)
class Message:
    """A message to send now.

    Attributes:
        secret: what it is signed with.
        message_id: the same each time this message is sent.
        payload: the body, in ASCII; the same each time, too.
        attempts: how many there were with this one.
    """

    id: int
    endpoint_id: int
    url: str
    secret: str = field(repr=False)
    message_id: str
    payload: str = field(repr=False)
    attempts: int


def take_due(
    engine: Engine,
    limit: int,
    now: datetime,
    lease: timedelta,
    without: Collection[int] = (),
) -> list[Message]:
    """Claim what is due, what was due first coming first.

    Nobody else gets these messages before ``lease`` has passed. Whoever claims them says how
    it went (``record_delivery``); without a word they are due again then.

    Args:
        without: ids of endpoints to leave out.

    Raises:
        StoreUnavailableError: the database cannot be used right now.
    """
    due = (
        select(outbox.c.id)
        .join(endpoints, endpoints.c.id == outbox.c.endpoint_id)
        .where(outbox.c.state == "pending", outbox.c.due_at <= now)
        .where(endpoints.c.disabled_at.is_(None), outbox.c.endpoint_id.not_in(without))
        .order_by(outbox.c.due_at, outbox.c.id)
        .limit(limit)
    )
    # Asked every second: where nothing is due, nobody's writing is held up.
    with reading(engine) as connection:
        if connection.scalar(due) is None:
            return []
    with writing(engine) as connection:
        claimed = connection.scalars(due.with_for_update(of=outbox, skip_locked=True)).all()
        connection.execute(
            update(outbox)
            .where(outbox.c.id.in_(claimed))
            .values(due_at=now + lease, attempts=outbox.c.attempts + 1)
        )
        rows = connection.execute(
            select(
                outbox.c.id, outbox.c.endpoint_id, endpoints.c.url, endpoints.c.secret,
                outbox.c.message_id, outbox.c.payload, outbox.c.attempts,
            )
            .join(endpoints, endpoints.c.id == outbox.c.endpoint_id)
            .where(outbox.c.id.in_(claimed))
            .order_by(outbox.c.id)
        ).all()  # fmt: skip
    return [Message(*row) for row in rows]


def record_delivery(
    engine: Engine,
    message: Message,
    status: int | None,
    error: str | None,
    ms: int,
    now: datetime,
) -> None:
    """Keep how an attempt went, and say what becomes of the message.

    2xx: it is sent. 410 Gone: it has failed and the endpoint is disabled. Anything else: it is
    due again after ``RETRY_AFTER`` of its attempts, and has failed after the last.

    Args:
        status: of the answer, or ``None`` where there was none.
        error: then what happened, as a name.

    Raises:
        StoreUnavailableError: the database cannot be used right now; nothing was written.
    """
    mine = outbox.c.id == message.id
    delay = _delay(message)
    switched_off = False
    with writing(engine) as connection:
        if status == _GONE:
            # Before our own message is locked: it locks them all, in their order.
            switched_off = switch_off(connection, message.endpoint_id, now)
        connection.execute(
            insert(deliveries),
            {"outbox_id": message.id, "at": now, "status": status, "error": error, "ms": ms},
        )
        if status is not None and 200 <= status < 300:
            # Whatever happened to it meanwhile: it has arrived.
            connection.execute(update(outbox).where(mine).values(state="sent"))
        elif status == _GONE:
            connection.execute(update(outbox).where(mine).values(state="failed"))
        else:
            # Unless it was cancelled, or our lease is over and another attempt counts.
            ours = (outbox.c.state == "pending", outbox.c.attempts == message.attempts)
            outcome = {"state": "failed"} if delay is None else {"due_at": now + delay}
            connection.execute(update(outbox).where(mine, *ours).values(outcome))
        if switched_off:
            told = {"endpoint_id": message.endpoint_id, "status": _GONE}
            audit.append(connection, "webhook_disabled", None, now, **told)


def _delay(message: Message) -> timedelta | None:
    """How long after this attempt the next one comes, or ``None``: there is none."""
    if message.attempts > len(RETRY_AFTER):
        return None
    drawn = hashlib.sha256(f"{message.message_id}.{message.attempts}".encode()).digest()
    share = int.from_bytes(drawn[:4]) / 2**32
    return RETRY_AFTER[message.attempts - 1] * (1 + _JITTER * share)
