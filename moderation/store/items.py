"""What waits for a human: which items are meant, and who may work on them."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    literal_column,
    or_,
    select,
)

from moderation.errors import ConflictError, NotFoundError
from moderation.store.accounts import Account, Role
from moderation.store.room_tables import accounts, queue_items
from moderation.store.tables import decisions

_items = queue_items.c
# Written out, not bound: only so do the databases know that the partial indexes fit.
OPEN = _items.state == literal_column("'open'")
# Looked at without knowing what was thought before.
BLIND = ("audit", "second")
# Not for those who have decided on the text before.
BY_OTHERS = ("second", "appeal")
# What an item is set to when nobody holds it, and when nothing is decided on it any more.
UNHELD: dict[str, None] = {"holder_id": None, "lease_until": None}
UNDECIDED: dict[str, str | None] = {
    "state": "open",
    "decided_at": None,
    "decided_by_id": None,
    "action": None,
    "reason": None,
    "decision_id": None,
    "batch_id": None,
}
VOID: dict[str, str | None] = {"state": "void", **UNHELD}


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
        if self.code or self.queue or low is not None or high is not None:
            # Of a sample, these would give away what was thought before.
            found.append(_items.kind.not_in(BLIND))
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
        return self.kind in BLIND

    def is_final(self, undo: timedelta, now: datetime) -> bool:
        """Whether the window in which it could be taken back is over."""
        return self.decided_at is not None and now - self.decided_at > undo


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
        or_(_items.kind.not_in(BY_OTHERS), ~_decided_on(account)),
    ]
    if account.sites:
        found.append(_items.site.in_(account.sites))
    if Role.LEAD not in account.roles:
        found.append(_items.level == 0)
    return found


def may_see(account: Account, item: Item) -> bool:
    """Whether an item is theirs: of their sites, at their level, not kept from them."""
    if not account.sees(item.site) or item.excluded_id == account.id:
        return False
    own = item.state == "done" and item.decided_by_id == account.id
    return item.level == 0 or Role.LEAD in account.roles or own


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
    item = item_from(row)
    if item.state == "open" and item.kind in BY_OTHERS:
        decided = select(_decided_on(account)).where(_items.id == item_id)
        if connection.scalar(decided):
            raise NotFoundError("There is no such item.")
    return item


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


def _decided_on(account: Account) -> ColumnElement[bool]:
    """Whether somebody has decided on an item's text before, as SQL."""
    return (
        select(decisions.c.id)
        .where(decisions.c.version_id == _items.version_id)
        .where(decisions.c.account_id == account.id)
        .exists()
    )


def _shown_name(connection: Connection, account_id: int | None) -> str:
    found = connection.scalar(
        select(accounts.c.display_name).where(accounts.c.id == account_id)
    )
    return found or "—"
