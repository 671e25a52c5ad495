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
    and_,
    case,
    func,
    select,
    update,
)

from moderation.errors import ConflictError, InvalidInputError, NotFoundError
from moderation.store import audit, outbox
from moderation.store.accounts import Account
from moderation.store.batches import (
    Batch,
    batch_from,
    close_items,
    insert_batch,
    insert_decisions,
    may_undo,
    standing_items,
)
from moderation.store.engine import reading, writing
from moderation.store.human import UNDONE, Rules, Verdict, message
from moderation.store.items import UNDECIDED, Filters, open_to
from moderation.store.opinions import withdraw_second
from moderation.store.records import names_of
from moderation.store.room_tables import batches, queue_items

_items = queue_items.c

# More at once is no decision that anybody can vouch for.
MOST_ITEMS = 2000
BINS = 20


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
        batch = insert_batch(connection, account, filters, verdict, len(found), sites, now)
        rows = insert_decisions(
            connection, [row.version_id for row in found], account, verdict, now, batch.id
        )
        close_items(connection, [row.id for row in found], account, verdict, now, batch.id)
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
        if row is None or not may_undo(account, batch_from(row)):
            raise NotFoundError("There is no such batch.")
        if row.undone_at is not None:
            raise ConflictError("This was taken back already.", "already_undone")
        found = connection.execute(
            select(_items.id, _items.version_id, _items.site)
            .where(*standing_items(batch_id))
            .with_for_update()
        ).all()
        withdraw_second(connection, [r.version_id for r in found])
        outbox.cancel_batch(connection, batch_id)
        undone = Verdict("review", UNDONE)
        reverse = insert_batch(
            connection, account, Filters(), undone, len(found), row.sites, now, undone_at=now
        )
        rows = insert_decisions(
            connection, [r.version_id for r in found], account, undone, now, reverse.id
        )
        connection.execute(
            update(queue_items).where(_items.id.in_([r.id for r in found])).values(UNDECIDED)
        )
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
    return replace(batch_from(row), undone_at=now)


def _digest(ids: Iterable[int]) -> str:
    return hashlib.sha256(" ".join(map(str, sorted(ids))).encode()).hexdigest()


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
    names = names_of(connection, [row["version_id"] for row in rows])
    by_kind: dict[tuple[str, str], list[tuple[dict[str, Any], int]]] = {}
    for row in rows:
        version_id = row["version_id"]
        if row["action"] == "review" and version_id not in told:
            continue
        event = "decision.changed" if version_id in told else "decision.made"
        site = sites[version_id]
        told_of = (message(row, site, *names[version_id]), row["id"])
        by_kind.setdefault((site, event), []).append(told_of)
    for (site, event), messages in by_kind.items():
        outbox.enqueue_many(connection, site, event, messages, due_at=now + rules.undo, now=now)


def _told_before(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> set[int]:
    """Versions whose earlier human decision others hear of; what nobody heard is cancelled."""
    again = [row for row in rows if row["replaces_id"] is not None]
    for row in again:
        outbox.cancel(connection, row["replaces_id"])
    return {r["version_id"] for r in again if outbox.was_told(connection, r["version_id"])}
