"""Many items at once, for raids: counted first, then decided in one transaction."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    and_,
    case,
    func,
    insert,
    select,
    update,
)

from moderation.errors import ConflictError, InvalidInputError, NotFoundError
from moderation.store import audit, outbox
from moderation.store.accounts import Account, Role
from moderation.store.engine import reading, writing
from moderation.store.items import Filters, open_to
from moderation.store.opinions import withdraw_second
from moderation.store.room_tables import batches, queue_items
from moderation.store.tables import comment_versions, comments, decisions
from moderation.store.verdicts import UNDONE, Rules, Verdict, human_row, message

# More at once is no decision that anybody can vouch for.
MOST_ITEMS = 2000
BINS = 20
_STEP = 500
_items = queue_items.c


@dataclass(frozen=True, slots=True)
class Preview:
    """What a bulk decision would touch.

    Attributes:
        count: items that match and that nobody holds.
        histogram: of their scores 0..1, in ``BINS`` equal bins.
        digest: of the items' ids: exactly these are meant. Empty where there are too many.
        sample: ids of versions to show, best first.
    """

    count: int
    histogram: tuple[int, ...]
    digest: str
    sample: tuple[int, ...]


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


def preview(
    engine: Engine, account: Account, filters: Filters, now: datetime, shown: int = 20
) -> Preview:
    """Count what matches, and show some of it."""
    conditions = _meant(account, filters, now)
    with reading(engine) as connection:
        count, *bins = connection.execute(
            select(func.count(), *_bins()).where(*conditions)
        ).one()
        digest = ""
        if count <= MOST_ITEMS:
            digest = _digest(connection.scalars(select(_items.id).where(*conditions)))
        sample = connection.scalars(
            select(_items.version_id)
            .where(*conditions)
            .order_by(_items.rank.desc())
            .limit(shown)
        ).all()
    return Preview(int(count), tuple(map(int, bins)), digest, tuple(sample))


def decide_all(
    engine: Engine,
    account: Account,
    filters: Filters,
    digest: str,
    verdict: Verdict,
    rules: Rules,
    now: datetime,
) -> Batch:
    """Decide on all that was previewed, or on nothing.

    Args:
        digest: of the preview that was confirmed.

    Raises:
        InvalidInputError: ``too_many_items``: more than ``MOST_ITEMS``.
        ConflictError: ``count_changed``: others decided or claimed some meanwhile, or more
            came in.
    """
    with writing(engine) as connection:
        found = connection.execute(
            select(_items.id, _items.version_id, _items.site)
            .where(*_meant(account, filters, now))
            .order_by(_items.id)
            .limit(MOST_ITEMS + 1)
            .with_for_update()
        ).all()
        if len(found) > MOST_ITEMS:
            raise InvalidInputError(
                "Too many at once; narrow the selection.", "too_many_items", limit=MOST_ITEMS
            )
        if not found or _digest(row.id for row in found) != digest:
            raise ConflictError(
                "The selection changed meanwhile.", "count_changed", count=len(found)
            )
        sites = sorted({row.site for row in found})
        batch = _insert_batch(connection, account, filters, verdict, len(found), sites, now)
        rows = _insert_decisions(
            connection, [row.version_id for row in found], account, verdict, now, batch.id
        )
        _close(connection, [row.id for row in found], account, verdict, now, batch.id)
        told = _told_before(connection, rows)
        _tell(connection, {r.version_id: r.site for r in found}, rows, rules, now, told)
        audit.append(
            connection, "decided_in_bulk", account.id, now,
            batch={"id": batch.id, "size": len(rows), "sha256": audit.batch_digest(rows)},
            action=verdict.action, filters=filters.stored(),
        )  # fmt: skip
    return batch


def undo_batch(
    engine: Engine, account: Account, batch_id: int, rules: Rules, now: datetime
) -> Batch:
    """Take a bulk decision back; what was decided otherwise since then stays as it is.

    Raises:
        NotFoundError: there is none, or it is neither theirs nor are they a lead.
        ConflictError: ``already_undone``.
    """
    with writing(engine) as connection:
        row = connection.execute(
            select(batches).where(batches.c.id == batch_id).with_for_update()
        ).one_or_none()
        if row is None or not _may_undo(account, _batch_from(row)):
            raise NotFoundError("There is no such batch.")
        if row.undone_at is not None:
            raise ConflictError("This was taken back already.", "already_undone")
        found = connection.execute(
            select(_items.id, _items.version_id, _items.site)
            .where(*_standing(batch_id))
            .with_for_update()
        ).all()
        withdraw_second(connection, [r.version_id for r in found])
        outbox.cancel_batch(connection, batch_id)
        undone = Verdict("review", UNDONE)
        reverse = _insert_batch(
            connection, account, Filters(), undone, len(found), row.sites, now, undone_at=now
        )
        rows = _insert_decisions(
            connection, [r.version_id for r in found], account, undone, now, reverse.id
        )
        connection.execute(
            update(queue_items)
            .where(_items.id.in_([r.id for r in found]))
            .values(
                state="open", decided_at=None, decided_by_id=None, action=None, reason=None,
                decision_id=None, batch_id=None,
            )
        )  # fmt: skip
        connection.execute(
            update(batches)
            .where(batches.c.id == batch_id)
            .values(undone_at=now, undone_by_id=account.id)
        )
        told = outbox.told_versions(connection, batch_id)
        _tell(connection, {r.version_id: r.site for r in found}, rows, rules, now, told)
        audit.append(
            connection, "undone_in_bulk", account.id, now,
            batch={"id": reverse.id, "size": len(rows), "sha256": audit.batch_digest(rows)},
            undone_batch=batch_id,
        )  # fmt: skip
    return replace(_batch_from(row), undone_at=now)


def recent_batches(engine: Engine, account: Account, limit: int = 20) -> list[Batch]:
    """The newest bulk decisions: one's own, or everybody's for leads; undoings left out."""
    wanted = select(batches).where(batches.c.action != "review")
    if Role.LEAD not in account.roles:
        wanted = wanted.where(batches.c.account_id == account.id)
    with reading(engine) as connection:
        rows = connection.execute(wanted.order_by(batches.c.id.desc()).limit(limit)).all()
    return [batch for batch in map(_batch_from, rows) if _may_undo(account, batch)]


def _may_undo(account: Account, batch: Batch) -> bool:
    own = batch.account_id == account.id or Role.LEAD in account.roles
    return own and all(account.sees(site) for site in batch.sites)


def _standing(batch_id: int) -> list[ColumnElement[bool]]:
    """The items of a batch whose decision and text are still the latest, and not appealed."""
    newest_decision = (
        select(func.max(decisions.c.id))
        .where(decisions.c.version_id == _items.version_id)
        .scalar_subquery()
    )
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
        _items.decision_id == newest_decision,
        _items.version_id == newest_version,
        ~appealed,
    ]


def _digest(ids: Iterable[int]) -> str:
    return hashlib.sha256(" ".join(map(str, sorted(ids))).encode()).hexdigest()


def _batch_from(row: Row[Any]) -> Batch:
    return Batch(**{name: getattr(row, name) for name in Batch.__dataclass_fields__})


def _bins() -> list[ColumnElement[int]]:
    """Counts of scores by bin; spelled out, for the databases round differently."""
    limits = [number / BINS for number in range(BINS)] + [1.1]
    return [
        func.coalesce(
            func.sum(case((and_(_items.score >= low, _items.score < high), 1), else_=0)), 0
        )
        for low, high in pairwise(limits)
    ]


def _meant(account: Account, filters: Filters, now: datetime) -> list[ColumnElement[bool]]:
    # Samples and appeals are looked at one by one, or they would measure nothing.
    return [*open_to(account, now), *filters.conditions(), _items.kind == "review"]


def _insert_batch(
    connection: Connection,
    account: Account,
    filters: Filters,
    verdict: Verdict,
    size: int,
    sites: Sequence[str],
    now: datetime,
    undone_at: datetime | None = None,
) -> Batch:
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


def _insert_decisions(
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


def _close(
    connection: Connection,
    item_ids: Sequence[int],
    account: Account,
    verdict: Verdict,
    now: datetime,
    batch_id: int,
) -> None:
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


def _tell(
    connection: Connection,
    sites: Mapping[int, str],
    rows: Sequence[Mapping[str, Any]],
    rules: Rules,
    now: datetime,
    told: Collection[int],
) -> None:
    """Put messages into the outbox.

    Args:
        told: versions of which others hear already; of what is taken back, only they do.
    """
    names = _names(connection, [row["version_id"] for row in rows])
    by_kind: dict[tuple[str, str], list[tuple[dict[str, Any], int]]] = {}
    for row in rows:
        version_id = row["version_id"]
        if row["action"] == "review" and version_id not in told:
            continue
        event = "decision.changed" if version_id in told else "decision.made"
        site = sites[version_id]
        external_id, version = names[version_id]
        told_of = (message(row, site, external_id, version), row["id"])
        by_kind.setdefault((site, event), []).append(told_of)
    for (site, event), messages in by_kind.items():
        outbox.enqueue_many(connection, site, event, messages, due_at=now + rules.undo, now=now)


def _told_before(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> set[int]:
    """Versions whose earlier human decision others hear of; what nobody heard is cancelled."""
    again = [row for row in rows if row["replaces_id"] is not None]
    for row in again:
        outbox.cancel(connection, row["replaces_id"])
    return {r["version_id"] for r in again if outbox.was_told(connection, r["version_id"])}


def _names(connection: Connection, version_ids: Sequence[int]) -> dict[int, tuple[str, int]]:
    found: dict[int, tuple[str, int]] = {}
    for start in range(0, len(version_ids), _STEP):
        rows = connection.execute(
            select(comment_versions.c.id, comments.c.external_id, comment_versions.c.version)
            .join(comments, comments.c.id == comment_versions.c.comment_id)
            .where(comment_versions.c.id.in_(version_ids[start : start + _STEP]))
        )
        found |= {row.id: (row.external_id, row.version) for row in rows}
    return found
