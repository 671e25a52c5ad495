"""The queue: who looks at what, and that nobody does the same work twice."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import (
    Connection,
    Engine,
    func,
    select,
    update,
)

from moderation.errors import ConflictError
from moderation.store import audit
from moderation.store.accounts import Account, Role, account_from
from moderation.store.engine import insert_new, reading, writing
from moderation.store.items import (
    BLIND,
    BY_OTHERS,
    ITEM_COLUMNS,
    OPEN,
    UNHELD,
    Filters,
    Item,
    item_from,
    locked_item,
    open_to,
    refuse_if_settled,
)
from moderation.store.room_tables import accounts, queue_items, skips

_items = queue_items.c

# So long nobody is offered again what they skipped.
SKIP_FOR = timedelta(hours=1)


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
        # A decision that is being made on it in another window comes first.
        .with_for_update(skip_locked=True)
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
        # Asked for by name: it is the one that the desk shows next.
        return _lease(connection, replace(item, holder_id=None), account, lease, now)


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


def skip(engine: Engine, account: Account, item_id: int, now: datetime) -> None:
    """Leave an item to the others, and do not offer it to this person for an hour.

    Raises:
        NotFoundError, ConflictError: as ``claim_one``.
    """
    with writing(engine) as connection:
        item = locked_item(connection, account, item_id)
        refuse_if_settled(connection, item, account, now)
        until = now + SKIP_FOR
        connection.execute(
            insert_new(connection, skips),
            {"item_id": item_id, "account_id": account.id, "until": until},
        )
        connection.execute(
            update(skips)
            .where(skips.c.item_id == item_id, skips.c.account_id == account.id)
            .values(until=until)
        )
        connection.execute(
            update(queue_items)
            .where(_items.id == item_id, _items.holder_id == account.id)
            .values(UNHELD)
        )


def escalate(engine: Engine, account: Account, item_id: int, now: datetime) -> None:
    """Hand an item to the leads.

    Raises:
        NotFoundError, ConflictError: as ``claim_one``; ``not_escalated`` for second opinions
            and appeals, and where no lead could take it.
    """
    with writing(engine) as connection:
        item = locked_item(connection, account, item_id)
        refuse_if_settled(connection, item, account, now)
        if item.kind in BY_OTHERS or not _has_lead(connection, item.site):
            raise ConflictError("No lead could take it.", "not_escalated")
        connection.execute(
            update(queue_items).where(_items.id == item_id).values(level=1, **UNHELD)
        )
        audit.append(connection, "escalated", account.id, now, item_id=item_id)


def counts(engine: Engine, account: Account, now: datetime) -> dict[str, int]:
    """How much waits for somebody, by kind; ``escalated`` counts apart."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(_items.kind, _items.level, func.count())
            .where(*open_to(account, now))
            .group_by(_items.kind, _items.level)
        ).all()
    found = {"review": 0, "audit": 0, "second": 0, "appeal": 0}
    if Role.LEAD in account.roles:
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
            select(*columns)
            .where(*open_to(account, now), _items.kind.not_in(BLIND))
            .group_by(*columns)
        ).all()
    found: dict[str, list[str]] = {}
    for place, name in enumerate(names):
        found[name] = sorted({row[place] for row in rows if row[place] is not None})
    return found


def _lease(
    connection: Connection, item: Item, account: Account, lease: timedelta, now: datetime
) -> Item:
    lasts = item.lease_until is not None and item.lease_until > now
    mine = lasts and item.holder_id == account.id
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


def _has_lead(connection: Connection, site: str) -> bool:
    rows = connection.execute(select(accounts).where(accounts.c.disabled_at.is_(None)))
    return any(
        Role.LEAD in account.roles and account.sees(site) for account in map(account_from, rows)
    )
