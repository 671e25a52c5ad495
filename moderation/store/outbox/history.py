"""What was sent and how it went, for people who look after receivers."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Engine, Select, select, update

from moderation.errors import ConflictError, NotFoundError
from moderation.store import audit
from moderation.store.engine import reading, writing
from moderation.store.room_tables import deliveries, endpoints, outbox

State = Literal["pending", "sent", "failed", "cancelled"]
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message and where it goes.

    Attributes:
        endpoint_works: whether anything is still sent there.
        attempts: since it was last asked for; the one under way included.
        created_at, due_at: aware, UTC; ``due_at`` counts while it is pending.
    """

    id: int
    site: str
    url: str
    endpoint_works: bool
    message_id: str
    type: str
    payload: str = field(repr=False)
    state: State
    attempts: int
    created_at: datetime
    due_at: datetime

    @property
    def can_be_replayed(self) -> bool:
        """Whether it may be sent once more."""
        return self.endpoint_works and self.state in ("sent", "failed")


@dataclass(frozen=True, slots=True)
class Delivery:
    """An attempt to send a message.

    Attributes:
        at: when it ended; aware, UTC.
        status: of the answer, or ``None`` where there was none.
        error: then what happened, as a name.
        ms: how long it took.
    """

    at: datetime
    status: int | None
    error: str | None
    ms: int


def list_messages(
    engine: Engine,
    sites: Collection[str],
    state: State | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[StoredMessage]:
    """Messages, newest first.

    Args:
        sites: whose; empty means every site.
        before_id: only what is older than this one.
    """
    wanted = _messages().order_by(outbox.c.id.desc()).limit(limit)
    if sites:
        wanted = wanted.where(endpoints.c.site.in_(sites))
    if state is not None:
        wanted = wanted.where(outbox.c.state == state)
    if before_id is not None:
        wanted = wanted.where(outbox.c.id < before_id)
    with reading(engine) as connection:
        return [StoredMessage(*row) for row in connection.execute(wanted)]


def stored_message(engine: Engine, outbox_id: int) -> StoredMessage:
    """One message.

    Raises:
        NotFoundError: there is none of this id.
    """
    with reading(engine) as connection:
        row = connection.execute(_messages().where(outbox.c.id == outbox_id)).one_or_none()
    if row is None:
        raise NotFoundError("There is no such message.")
    return StoredMessage(*row)


def deliveries_of(engine: Engine, outbox_id: int) -> list[Delivery]:
    """All attempts to send a message, oldest first."""
    columns = (deliveries.c.at, deliveries.c.status, deliveries.c.error, deliveries.c.ms)
    wanted = select(*columns).where(deliveries.c.outbox_id == outbox_id)
    with reading(engine) as connection:
        rows = connection.execute(wanted.order_by(deliveries.c.id))
        return [Delivery(*row) for row in rows]


def replay(engine: Engine, outbox_id: int, account_id: int, now: datetime) -> None:
    """Send a message once more, with the same id and bytes and with all its retries.

    Raises:
        NotFoundError: there is none of this id.
        ConflictError: it waits to be sent, was cancelled, or its endpoint is disabled.
    """
    with writing(engine) as connection:
        row = connection.execute(
            _messages().where(outbox.c.id == outbox_id).with_for_update(of=outbox)
        ).one_or_none()
        if row is None:
            raise NotFoundError("There is no such message.")
        message = StoredMessage(*row)
        if not message.can_be_replayed:
            raise ConflictError("This message cannot be sent again now.", "not_replayable")
        connection.execute(
            update(outbox)
            .where(outbox.c.id == outbox_id)
            .values(state="pending", attempts=0, due_at=now)
        )
        told = {"outbox_id": outbox_id, "message_id": message.message_id}
        audit.append(connection, "webhook_replayed", account_id, now, **told)


def _messages() -> Select[*tuple[Any, ...]]:
    return select(
        outbox.c.id, endpoints.c.site, endpoints.c.url, endpoints.c.disabled_at.is_(None),
        outbox.c.message_id, outbox.c.type, outbox.c.payload, outbox.c.state,
        outbox.c.attempts, outbox.c.created_at, outbox.c.due_at,
    ).join(endpoints, endpoints.c.id == outbox.c.endpoint_id)  # fmt: skip
