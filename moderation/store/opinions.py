"""Second opinions: asked for at random, given blind, beside the decision that stands."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select, update

from moderation.store.accounts import Account
from moderation.store.engine import insert_new
from moderation.store.intake import Sampling
from moderation.store.items import OPEN, UNHELD, VOID, Item
from moderation.store.ranking import rank
from moderation.store.room_tables import queue_items
from moderation.store.tables import decisions

_items = queue_items.c


def latest_decision(connection: Connection, version_id: int) -> dict[str, Any]:
    """The row of the decision that stands on a version."""
    row = (
        connection.execute(
            select(decisions)
            .where(decisions.c.version_id == version_id)
            .order_by(decisions.c.id.desc())
            .limit(1)
        )
        .mappings()
        .one()
    )
    return dict(row)


def dispute(connection: Connection, item: Item, action: str) -> None:
    """Where a second opinion differs from the decision that stands, a lead decides."""
    standing = latest_decision(connection, item.version_id)["id"]
    connection.execute(
        update(queue_items)
        .where(_items.version_id == item.version_id, _items.kind == "review")
        .where(_items.state == "done", _items.decision_id == standing)
        .where(_items.action != action)
        .values(state="open", level=1, **UNHELD)
    )


def end_dispute(connection: Connection, item: Item, now: datetime) -> None:
    """The opinion behind a dispute was taken back; a lead who has it already goes on."""
    connection.execute(
        update(queue_items)
        .where(_items.version_id == item.version_id, _items.kind == "review", OPEN)
        .where(_items.level == 1, _items.decision_id.is_not(None))
        .where(or_(_items.holder_id.is_(None), _items.lease_until <= now))
        .values(state="done", level=0)
    )


def ask_for_second(
    connection: Connection,
    item: Item,
    name: tuple[str, int],
    account: Account,
    sampling: Sampling,
    now: datetime,
) -> None:
    """Where the draw falls on it, ask somebody else about what this person decided.

    Args:
        name: the caller's id of the comment, and which of its versions was decided on.
    """
    if not sampling.draws("second", item.site, *name):
        return
    first = connection.execute(
        select(queue_items).where(_items.id == item.id)
    ).mappings().one()  # fmt: skip
    copied = (
        "site",
        "comment_id",
        "version_id",
        "queue",
        "code",
        "rule",
        "section",
        "language",
    )
    row = {name: first[name] for name in copied} | {
        "kind": "second",
        "state": "open",
        "level": 0,
        "rank": rank("second", now),
        "score": None,
        "propensity": sampling.second,
        "excluded_id": account.id,
        "created_at": now,
    }
    connection.execute(insert_new(connection, queue_items), row)
    # After an undo there was one before.
    connection.execute(
        update(queue_items)
        .where(_items.version_id == item.version_id, _items.kind == "second")
        .where(_items.state == "void")
        .values(state="open", excluded_id=account.id, created_at=now, rank=row["rank"])
    )


def withdraw_second(connection: Connection, version_ids: Sequence[int]) -> None:
    """Nobody is asked for a second opinion on a decision that no longer stands."""
    connection.execute(
        update(queue_items)
        .where(_items.version_id.in_(version_ids), _items.kind == "second", OPEN)
        .values(VOID)
    )
