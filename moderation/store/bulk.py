"""Many items at once, for raids: counted first, then decided in one transaction."""

from collections.abc import Mapping, Sequence
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
from moderation.store.queue import Filters, open_to
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
        newest: the highest item id; what comes in later is not meant.
        sample: ids of versions to show, best first.
    """

    count: int
    histogram: tuple[int, ...]
    newest: int
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
    created_at: datetime
    undone_at: datetime | None


def preview(
    engine: Engine, account: Account, filters: Filters, now: datetime, shown: int = 20
) -> Preview:
    """Count what matches, and show some of it."""
    conditions = _meant(account, filters, now)
    with reading(engine) as connection:
        count, newest, *bins = connection.execute(
            select(func.count(), func.coalesce(func.max(_items.id), 0), *_bins())
            .where(*conditions)
        ).one()  # fmt: skip
        sample = connection.scalars(
            select(_items.version_id)
            .where(*conditions)
            .order_by(_items.rank.desc())
            .limit(shown)
        ).all()
    return Preview(int(count), tuple(map(int, bins)), int(newest), tuple(sample))


def decide_all(
    engine: Engine,
    account: Account,
    filters: Filters,
    newest: int,
    expected: int,
    verdict: Verdict,
    rules: Rules,
    now: datetime,
) -> Batch:
    """Decide on all that was previewed, or on nothing.

    Args:
        newest, expected: of the preview that was confirmed.

    Raises:
        InvalidInputError: ``too_many_items``: more than ``MOST_ITEMS``.
        ConflictError: ``count_changed``: others decided or claimed some meanwhile.
    """
    if expected > MOST_ITEMS:
        raise InvalidInputError(
            "Too many at once; narrow the selection.", "too_many_items", limit=MOST_ITEMS
        )
    with writing(engine) as connection:
        found = connection.execute(
            select(_items.id, _items.version_id, _items.site)
            .where(*_meant(account, filters, now), _items.id <= newest)
            .order_by(_items.id)
            .limit(MOST_ITEMS + 1)
            .with_for_update()
        ).all()
        if len(found) != expected:
            raise ConflictError(
                "The selection changed meanwhile.", "count_changed", count=len(found)
            )
        batch = _insert_batch(connection, account, filters, verdict, expected, now)
        rows = _insert_decisions(
            connection, [row.version_id for row in found], account, verdict, now, batch.id
        )
        _close(connection, [row.id for row in found], account, verdict, now, batch.id)
        _tell(connection, {r.version_id: r.site for r in found}, rows, rules, now)
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
        if row is None or (row.account_id != account.id and Role.LEAD not in account.roles):
            raise NotFoundError("There is no such batch.")
        if row.undone_at is not None:
            raise ConflictError("This was taken back already.", "already_undone")
        found = connection.execute(
            select(_items.id, _items.version_id, _items.site)
            .where(_items.batch_id == batch_id, _items.state == "done")
            .with_for_update()
        ).all()
        outbox.cancel_batch(connection, batch_id)
        undone = Verdict("review", UNDONE)
        reverse = _insert_batch(
            connection, account, Filters(), undone, len(found), now, undone_at=now
        )
        rows = _insert_decisions(
            connection, [r.version_id for r in found], account, undone, now, reverse.id
        )
        connection.execute(
            update(queue_items)
            .where(_items.batch_id == batch_id, _items.state == "done")
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
        sites = {r.version_id: r.site for r in found if r.version_id in told}
        _tell(connection, sites, rows, rules, now, "decision.changed")
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
    return [_batch_from(row) for row in rows]


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
    now: datetime,
    undone_at: datetime | None = None,
) -> Batch:
    row: dict[str, Any] = {
        "account_id": account.id,
        "action": verdict.action,
        "reason": verdict.reason.code,
        "filters": filters.stored(),
        "size": size,
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
    event: str = "decision.made",
) -> None:
    names = _names(connection, list(sites))
    by_site: dict[str, list[tuple[dict[str, Any], int]]] = {}
    for row in rows:
        site = sites.get(row["version_id"])
        if site is not None:
            external_id, version = names[row["version_id"]]
            told_of = (message(row, site, external_id, version), row["id"])
            by_site.setdefault(site, []).append(told_of)
    for site, told in by_site.items():
        outbox.enqueue_many(connection, site, event, told, due_at=now + rules.undo, now=now)


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
