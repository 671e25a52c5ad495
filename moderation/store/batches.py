"""Rows of bulk decisions: the batch, its decisions, its items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    func,
    insert,
    select,
    update,
)

from moderation.store.accounts import Account, Role
from moderation.store.engine import reading
from moderation.store.human import Verdict, human_row
from moderation.store.items import Filters
from moderation.store.records import standing_decision
from moderation.store.room_tables import batches, queue_items
from moderation.store.tables import comment_versions, decisions

_STEP = 500
_items = queue_items.c


@dataclass(frozen=True, slots=True)
class Batch:
    """A bulk decision that was made."""

    id: int
    account_id: int
    action: str
    reason: str
    filters: Mapping[str, Any]
    size: int
    sites: Sequence[str]
    created_at: datetime
    undone_at: datetime | None


def recent_batches(engine: Engine, account: Account, limit: int = 20) -> list[Batch]:
    """The newest bulk decisions: one's own, or everybody's for leads; undoings left out."""
    wanted = select(batches).where(batches.c.action != "review")
    if Role.LEAD not in account.roles:
        wanted = wanted.where(batches.c.account_id == account.id)
    with reading(engine) as connection:
        rows = connection.execute(wanted.order_by(batches.c.id.desc()).limit(limit)).all()
    return [batch for batch in map(batch_from, rows) if may_undo(account, batch)]


def may_undo(account: Account, batch: Batch) -> bool:
    """Whether a batch is theirs to take back: their own or as a lead, all of its sites seen."""
    own = batch.account_id == account.id or Role.LEAD in account.roles
    return own and all(account.sees(site) for site in batch.sites)


def standing_items(batch_id: int) -> list[ColumnElement[bool]]:
    """The items of a batch whose decision and text are still the latest, and not appealed."""
    newest_version = (
        select(func.max(comment_versions.c.id))
        .where(comment_versions.c.comment_id == _items.comment_id)
        .scalar_subquery()
    )
    appeals = queue_items.alias()
    appealed = (
        select(appeals.c.id)
        .where(appeals.c.version_id == _items.version_id, appeals.c.kind == "appeal")
        .where(appeals.c.state == "open")
        .exists()
    )
    return [
        _items.batch_id == batch_id,
        _items.state == "done",
        _items.decision_id == standing_decision(_items.version_id),
        _items.version_id == newest_version,
        ~appealed,
    ]


def batch_from(row: Row[Any]) -> Batch:
    """Rebuild a batch from its row."""
    return Batch(**{name: getattr(row, name) for name in Batch.__dataclass_fields__})


def insert_batch(
    connection: Connection,
    account: Account,
    filters: Filters,
    verdict: Verdict,
    size: int,
    sites: Sequence[str],
    now: datetime,
    undone_at: datetime | None = None,
) -> Batch:
    """Store a bulk decision; its decisions and items refer to it."""
    row: dict[str, Any] = {
        "account_id": account.id,
        "action": verdict.action,
        "reason": verdict.reason.code,
        "filters": filters.stored(),
        "size": size,
        "sites": list(sites),
        "created_at": now,
        "undone_at": undone_at,
    }
    batch_id = connection.scalar(insert(batches).values(row).returning(batches.c.id))
    assert batch_id is not None
    return Batch(id=batch_id, **row)


def insert_decisions(
    connection: Connection,
    version_ids: Sequence[int],
    account: Account,
    verdict: Verdict,
    now: datetime,
    batch_id: int,
) -> list[dict[str, Any]]:
    """One decision per version; returns their rows with ids."""
    written: list[dict[str, Any]] = []
    for start in range(0, len(version_ids), _STEP):
        step = version_ids[start : start + _STEP]
        latest = (
            select(func.max(decisions.c.id))
            .where(decisions.c.version_id.in_(step))
            .group_by(decisions.c.version_id)
        )
        before = connection.execute(select(decisions).where(decisions.c.id.in_(latest)))
        rows = [
            human_row(dict(row), account.id, verdict, now, batch_id)
            for row in before.mappings()
        ]
        ids = connection.execute(
            insert(decisions).returning(decisions.c.id, decisions.c.version_id), rows
        )
        by_version = {row.version_id: row.id for row in ids}
        written += [{"id": by_version[row["version_id"]], **row} for row in rows]
    return written


def close_items(
    connection: Connection,
    item_ids: Sequence[int],
    account: Account,
    verdict: Verdict,
    now: datetime,
    batch_id: int,
) -> None:
    """Mark items as decided by a batch."""
    newest = (
        select(func.max(decisions.c.id))
        .where(decisions.c.version_id == _items.version_id, decisions.c.batch_id == batch_id)
        .scalar_subquery()
    )
    for start in range(0, len(item_ids), _STEP):
        connection.execute(
            update(queue_items)
            .where(_items.id.in_(item_ids[start : start + _STEP]))
            .values(
                state="done", holder_id=None, lease_until=None, claimed_at=now,
                decided_at=now, decided_by_id=account.id, action=verdict.action,
                reason=verdict.reason.code, decision_id=newest, batch_id=batch_id,
            )
        )  # fmt: skip
