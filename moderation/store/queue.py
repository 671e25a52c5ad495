"""The queue: who looks at what, and that nobody does the same work twice."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    func,
    literal_column,
    or_,
    select,
    update,
)

from moderation.errors import ConflictError, NotFoundError
from moderation.store import audit
from moderation.store.accounts import Account, Role
from moderation.store.engine import insert_new, reading, writing
from moderation.store.room_tables import accounts, queue_items, skips

# So long nobody is offered again what they skipped.
SKIP_FOR = timedelta(hours=1)
_items = queue_items.c
# Written out, not bound: only so do the databases know that the partial indexes fit.
OPEN = _items.state == literal_column("'open'")


@dataclass(frozen=True, slots=True)
class Filters:
    """Which items are meant; ``None`` means all.

    Attributes:
        code: of the first reason («insult»).
        score_from, score_to: of the score that the first reason goes by, 0..1, both included.
    """

    site: str | None = None
    section: str | None = None
    queue: str | None = None
    kind: str | None = None
    code: str | None = None
    language: str | None = None
    score_from: float | None = None
    score_to: float | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """As SQL over ``queue_items``."""
        named = asdict(self)
        low, high = named.pop("score_from"), named.pop("score_to")
        found = [_items[name] == value for name, value in named.items() if value is not None]
        if low is not None:
            found.append(_items.score >= low)
        if high is not None:
            found.append(_items.score <= high)
        return found

    def stored(self) -> dict[str, Any]:
        """What is set, as plain JSON."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Item:
    """Something that waits for a human, or waited; see ``room_tables.ItemColumns``."""

    id: int
    kind: str
    state: str
    site: str
    comment_id: int
    version_id: int
    level: int
    code: str
    score: float | None
    created_at: datetime
    claimed_at: datetime | None
    lease_until: datetime | None
    holder_id: int | None
    excluded_id: int | None
    decided_at: datetime | None
    decided_by_id: int | None
    action: str | None
    reason: str | None
    decision_id: int | None

    @property
    def blind(self) -> bool:
        """Whether the one who looks must not see what was thought before."""
        return self.kind in ("audit", "second")


ITEM_COLUMNS = [_items[name] for name in Item.__dataclass_fields__]


def item_from(row: Row[*tuple[Any, ...]]) -> Item:
    """Rebuild an item from a row that holds ``ITEM_COLUMNS``."""
    return Item(**{name: getattr(row, name) for name in Item.__dataclass_fields__})


def open_to(account: Account, now: datetime) -> list[ColumnElement[bool]]:
    """The items that somebody may work on now, as SQL."""
    found: list[ColumnElement[bool]] = [
        OPEN,
        or_(_items.holder_id.is_(None), _items.lease_until <= now),
        or_(_items.excluded_id.is_(None), _items.excluded_id != account.id),
    ]
    if account.sites:
        found.append(_items.site.in_(account.sites))
    if Role.LEAD not in account.roles:
        found.append(_items.level == 0)
    return found


def claim_next(
    connection: Connection,
    account: Account,
    filters: Filters,
    lease: timedelta,
    now: datetime,
) -> Item | None:
    """Give somebody the best item that nobody holds, in the caller's transaction.

    Who holds one already keeps it: a page loaded again shows the same comment.
    """
    held = connection.execute(
        select(*ITEM_COLUMNS)
        .where(OPEN, _items.holder_id == account.id)
        .where(_items.lease_until > now, *filters.conditions())
        .order_by(_items.claimed_at.desc())
        .limit(1)
    ).one_or_none()
    if held is not None:
        return _lease(connection, item_from(held), account, lease, now)
    skipped = (
        select(skips.c.item_id)
        .where(skips.c.item_id == _items.id)
        .where(skips.c.account_id == account.id, skips.c.until > now)
        .exists()
    )
    row = connection.execute(
        select(*ITEM_COLUMNS)
        .where(*open_to(account, now), *filters.conditions(), ~skipped)
        .order_by(_items.rank.desc())
        .limit(1)
        # On SQLite the transaction itself holds the lock.
        .with_for_update(skip_locked=True)
    ).one_or_none()
    return None if row is None else _lease(connection, item_from(row), account, lease, now)


def claim(
    engine: Engine, account: Account, filters: Filters, lease: timedelta, now: datetime
) -> Item | None:
    """See ``claim_next``; in a transaction of its own.

    Raises:
        StoreUnavailableError: the database cannot be used right now.
    """
    with writing(engine) as connection:
        return claim_next(connection, account, filters, lease, now)


def claim_one(
    engine: Engine, account: Account, item_id: int, lease: timedelta, now: datetime
) -> Item:
    """Give somebody a certain item.

    Raises:
        NotFoundError: there is none, or it is not theirs to see.
        ConflictError: it is decided, held by somebody else, or about an older text.
    """
    with writing(engine) as connection:
        item = locked_item(connection, account, item_id)
        refuse_if_settled(connection, item, account, now)
        return _lease(connection, item, account, lease, now)


def renew(
    engine: Engine, account: Account, item_id: int, lease: timedelta, now: datetime
) -> bool:
    """A sign of life: the holder keeps the item. False where it is no longer theirs."""
    with writing(engine) as connection:
        changed = connection.execute(
            update(queue_items)
            .where(_items.id == item_id, OPEN)
            .where(_items.holder_id == account.id)
            .values(lease_until=now + lease)
        )
        return changed.rowcount == 1


def release(engine: Engine, account: Account, item_id: int) -> None:
    """Give an item back to the others; harmless where it is not held."""
    with writing(engine) as connection:
        _let_go(connection, account, item_id)


def skip(connection: Connection, account: Account, item_id: int, now: datetime) -> None:
    """Leave an item to the others, and do not offer it to this person for an hour.

    Raises:
        NotFoundError, ConflictError: as ``claim_one``.
    """
    item = locked_item(connection, account, item_id)
    refuse_if_settled(connection, item, account, now)
    connection.execute(
        insert_new(connection, skips),
        {"item_id": item_id, "account_id": account.id, "until": now + SKIP_FOR},
    )
    connection.execute(
        update(skips)
        .where(skips.c.item_id == item_id, skips.c.account_id == account.id)
        .values(until=now + SKIP_FOR)
    )
    _let_go(connection, account, item_id)


def escalate(connection: Connection, account: Account, item_id: int, now: datetime) -> None:
    """Hand an item to the leads.

    Raises:
        NotFoundError, ConflictError: as ``claim_one``.
    """
    item = locked_item(connection, account, item_id)
    refuse_if_settled(connection, item, account, now)
    connection.execute(
        update(queue_items)
        .where(_items.id == item_id)
        .values(level=1, holder_id=None, lease_until=None)
    )
    audit.append(connection, "escalated", account.id, now, item_id=item_id)


def may_see(account: Account, item: Item) -> bool:
    """Whether an item is theirs: of their sites, at their level, not kept from them."""
    if not account.sees(item.site) or item.excluded_id == account.id:
        return False
    return item.level == 0 or Role.LEAD in account.roles or item.decided_by_id == account.id


def locked_item(connection: Connection, account: Account, item_id: int) -> Item:
    """An item, held until the transaction ends.

    Raises:
        NotFoundError: there is none, or it is not theirs to see.
    """
    row = connection.execute(
        select(*ITEM_COLUMNS).where(_items.id == item_id).with_for_update()
    ).one_or_none()
    if row is None or not may_see(account, item_from(row)):
        raise NotFoundError("There is no such item.")
    return item_from(row)


def refuse_if_settled(
    connection: Connection, item: Item, account: Account, now: datetime
) -> None:
    """Refuse work on what somebody else has decided or holds.

    Raises:
        ConflictError: ``already_decided`` (by whom, when, what), ``held_by_other`` (by whom)
            or ``comment_edited``.
    """
    if item.state == "void":
        raise ConflictError("The comment was edited meanwhile.", "comment_edited")
    if item.state == "done":
        raise ConflictError(
            "Somebody was faster.",
            "already_decided",
            by=_shown_name(connection, item.decided_by_id),
            at=item.decided_at,
            action=None if item.blind else item.action,
        )
    others = item.holder_id is not None and item.holder_id != account.id
    if others and item.lease_until is not None and item.lease_until > now:
        raise ConflictError(
            "Somebody else is looking at it.",
            "held_by_other",
            by=_shown_name(connection, item.holder_id),
        )


def counts(engine: Engine, account: Account, now: datetime) -> dict[str, int]:
    """How much waits for somebody, by kind; ``escalated`` counts apart."""
    level = Role.LEAD in account.roles
    with reading(engine) as connection:
        rows = connection.execute(
            select(_items.kind, _items.level, func.count())
            .where(*open_to(account, now))
            .group_by(_items.kind, _items.level)
        ).all()
    found = {"review": 0, "audit": 0, "second": 0, "appeal": 0}
    if level:
        found["escalated"] = 0
    for kind, of_level, count in rows:
        found["escalated" if of_level else kind] += int(count)
    return found


def choices(engine: Engine, account: Account, now: datetime) -> dict[str, list[str]]:
    """What the open items can be filtered by: the values that occur, by name of the filter."""
    names = ("site", "section", "queue", "code", "language")
    columns = [_items[name] for name in names]
    with reading(engine) as connection:
        rows = connection.execute(
            select(*columns).where(*open_to(account, now)).group_by(*columns)
        ).all()
    found: dict[str, list[str]] = {}
    for place, name in enumerate(names):
        found[name] = sorted({row[place] for row in rows if row[place] is not None})
    return found


def _lease(
    connection: Connection, item: Item, account: Account, lease: timedelta, now: datetime
) -> Item:
    mine = item.holder_id == account.id and item.claimed_at is not None
    row = connection.execute(
        update(queue_items)
        .where(_items.id == item.id)
        .values(
            holder_id=account.id,
            lease_until=now + lease,
            # A claim that went on is one claim; a new one counts from now.
            claimed_at=item.claimed_at if mine else now,
        )
        .returning(*ITEM_COLUMNS)
    ).one()
    return item_from(row)


def _let_go(connection: Connection, account: Account, item_id: int) -> None:
    connection.execute(
        update(queue_items)
        .where(_items.id == item_id, OPEN, _items.holder_id == account.id)
        .values(holder_id=None, lease_until=None)
    )


def _shown_name(connection: Connection, account_id: int | None) -> str:
    found = connection.scalar(
        select(accounts.c.display_name).where(accounts.c.id == account_id)
    )
    return found or "—"
