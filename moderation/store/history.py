"""What was decided by people, newest first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, select

from moderation.errors import NotFoundError
from moderation.store.accounts import Account, Role
from moderation.store.engine import reading
from moderation.store.items import ITEM_COLUMNS, Item, item_from, may_see
from moderation.store.room_tables import accounts, queue_items
from moderation.store.tables import comment_versions

_items = queue_items.c


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A decided item with its comment and who decided."""

    item: Item
    text: str
    by: str


def history(
    engine: Engine,
    account: Account,
    *,
    everybody: bool = False,
    before: int | None = None,
    limit: int = 50,
) -> list[Reviewed]:
    """Decided items, the last decided first.

    Args:
        everybody: of all; only leads may ask, others get their own.
        before: the id of the last item seen; older ones follow.
    """
    wanted = (
        select(*ITEM_COLUMNS, comment_versions.c.text, accounts.c.display_name)
        .join(comment_versions, comment_versions.c.id == _items.version_id)
        .join(accounts, accounts.c.id == _items.decided_by_id)
        .where(_items.state == "done")
    )
    if not (everybody and Role.LEAD in account.roles):
        wanted = wanted.where(_items.decided_by_id == account.id)
    if account.sites:
        wanted = wanted.where(_items.site.in_(account.sites))
    if before is not None:
        at = select(_items.decided_at).where(_items.id == before).scalar_subquery()
        earlier = (_items.decided_at < at) | ((_items.decided_at == at) & (_items.id < before))
        wanted = wanted.where(earlier)
    wanted = wanted.order_by(_items.decided_at.desc(), _items.id.desc()).limit(limit)
    with reading(engine) as connection:
        rows = connection.execute(wanted).all()
    return [Reviewed(item_from(row), row.text, row.display_name) for row in rows]


def visible_item(engine: Engine, account: Account, item_id: int) -> Item:
    """An item that somebody may look at.

    Raises:
        NotFoundError: there is none, or it is not theirs.
    """
    with reading(engine) as connection:
        row = connection.execute(
            select(*ITEM_COLUMNS).where(_items.id == item_id)
        ).one_or_none()
    item = None if row is None else item_from(row)
    if item is None or not may_see(account, item) or not _may_look_back(account, item):
        raise NotFoundError("There is no such item.")
    return item


def _may_look_back(account: Account, item: Item) -> bool:
    """What others decided is for leads; else a blind opinion could be looked up."""
    settled = item.state != "open"
    return not settled or item.decided_by_id == account.id or Role.LEAD in account.roles


def reviewed_since(engine: Engine, account: Account, since: datetime) -> tuple[int, int]:
    """How many items somebody decided since then, and how many of them they rejected."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(_items.action, func.count())
            .where(_items.decided_by_id == account.id, _items.decided_at >= since)
            .group_by(_items.action)
        ).all()
    found = {row[0]: int(row[1]) for row in rows}
    return sum(found.values()), found.get("reject", 0)
