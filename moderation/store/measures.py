"""How the room works: what waits, how long things take, who decides how much.

People appear in sums only: nobody's speed or strictness can be read from here.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, func, select

from moderation.store.engine import reading
from moderation.store.items import OPEN
from moderation.store.room_tables import queue_items
from moderation.store.tables import comment_versions, comments, decisions

# What is read row by row: the newest of the period.
MOST_ROWS = 50_000
KINDS = ("review", "audit", "second", "appeal")
# The ages at which one column of the histogram ends and the next begins.
AGE_LIMITS = (timedelta(hours=1), timedelta(hours=4), timedelta(days=1), timedelta(days=3))
_ACTIONS = ("approve", "review", "reject")
_MEDIAN, _P90 = 0.5, 0.9
_items = queue_items.c


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long several things took or wait; no length where there are no items."""

    items: int
    median: timedelta | None = None
    p90: timedelta | None = None
    longest: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for people.

    Attributes:
        all, by_kind: how long the items have waited so far.
        histogram: items by age: below each of ``AGE_LIMITS``, and from the last one on.
        escalated: those that only leads may decide; they are among the others, too.
    """

    all: Lengths
    by_kind: Mapping[str, Lengths]
    histogram: tuple[int, ...]
    escalated: int


@dataclass(frozen=True, slots=True)
class Times:
    """How long decided items took.

    Attributes:
        to_claim: from coming in to the last claim.
        to_decide: from that claim to the decision; bulk decisions are left out.
        in_all: from coming in to the decision.
        cut: only the newest ``MOST_ROWS`` are counted.
    """

    to_claim: Lengths
    to_decide: Lengths
    in_all: Lengths
    cut: bool


@dataclass(frozen=True, slots=True)
class Day:
    """What was decided in one day.

    Attributes:
        policy: automatic decisions by action; ``review`` went to people. Every version of a
            comment counts.
        human: people's decisions by action; ``review`` takes one back.
    """

    start: datetime
    policy: Mapping[str, int]
    human: Mapping[str, int]

    @property
    def automated(self) -> float | None:
        """The share that no human had to look at, 0..1; ``None`` on a day without comments."""
        total = sum(self.policy.values())
        return 1 - self.policy["review"] / total if total else None


def backlog(engine: Engine, sites: Sequence[str], now: datetime) -> Backlog:
    """Count what waits.

    Args:
        sites: whose comments; empty means every site.
    """
    waiting = [OPEN, *of_sites(sites)]
    with reading(engine) as connection:
        by_kind = {
            kind: _ages(connection, [*waiting, _items.kind == kind], now) for kind in KINDS
        }
        return Backlog(
            all=_ages(connection, waiting, now),
            by_kind=by_kind,
            histogram=_histogram(connection, waiting, now),
            escalated=_count(connection, [*waiting, _items.level > 0]),
        )


def times(engine: Engine, sites: Sequence[str], since: datetime, until: datetime) -> Times:
    """How long the items took that were decided from ``since`` to before ``until``."""
    wanted = select(
        _items.created_at, _items.claimed_at, _items.decided_at, _items.batch_id
    ).where(
        _items.state == "done", *of_sites(sites), *decided_between(since, until), ~_changed()
    )
    with reading(engine) as connection:
        rows = connection.execute(
            wanted.order_by(_items.decided_at.desc()).limit(MOST_ROWS + 1)
        ).all()
    counted = rows[:MOST_ROWS]
    claimed = [row for row in counted if row.claimed_at is not None]
    return Times(
        to_claim=_lengths([row.claimed_at - row.created_at for row in claimed]),
        to_decide=_lengths(
            [row.decided_at - row.claimed_at for row in claimed if row.batch_id is None]
        ),
        in_all=_lengths([row.decided_at - row.created_at for row in counted]),
        cut=len(rows) > MOST_ROWS,
    )


def per_day(
    engine: Engine, sites: Sequence[str], begins: Sequence[datetime], until: datetime
) -> list[Day]:
    """Count decisions by day.

    Args:
        begins: when each day began, see ``periods.day_starts``; the last ends with ``until``.
    """
    ends = [*begins[1:], until]
    with reading(engine) as connection:
        return [
            _day(connection, sites, start, end) for start, end in zip(begins, ends, strict=True)
        ]


def _day(connection: Connection, sites: Sequence[str], start: datetime, end: datetime) -> Day:
    # A query for each day: databases differ in how they would group by a zone's days.
    wanted = (
        select(decisions.c.decided_by, decisions.c.action, func.count())
        .where(decisions.c.decided_at >= start, decisions.c.decided_at < end)
        .group_by(decisions.c.decided_by, decisions.c.action)
    )
    if sites:
        # Asked for each decision of the day; joined, SQLite would start from all comments.
        site = (
            select(comments.c.site)
            .join(comment_versions, comment_versions.c.comment_id == comments.c.id)
            .where(comment_versions.c.id == decisions.c.version_id)
            .scalar_subquery()
        )
        wanted = wanted.where(site.in_(sites))
    found = Counter[tuple[str, str]]()
    for decided_by, action, count in connection.execute(wanted):
        found[decided_by, action] = count
    return Day(
        start,
        policy={action: found["policy", action] for action in _ACTIONS},
        human={action: found["human", action] for action in _ACTIONS},
    )


def of_sites(sites: Sequence[str]) -> list[ColumnElement[bool]]:
    """Items of these sites, as SQL; empty means every site."""
    return [_items.site.in_(sites)] if sites else []


def decided_between(since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    """Items decided from ``since`` to before ``until``, as SQL."""
    return [_items.decided_at >= since, _items.decided_at < until]


def _changed() -> ColumnElement[bool]:
    """Items whose decision replaces one made on the same claim.

    When that was changed says nothing about how long people took.
    """
    earlier = decisions.alias()
    return (
        select(decisions.c.id)
        .join(earlier, earlier.c.id == decisions.c.replaces_id)
        .where(decisions.c.id == _items.decision_id)
        .where(earlier.c.decided_at > _items.claimed_at)
        .exists()
    )


def _count(connection: Connection, conditions: Sequence[ColumnElement[bool]]) -> int:
    found = connection.scalar(select(func.count()).select_from(queue_items).where(*conditions))
    return found or 0


def _histogram(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], now: datetime
) -> tuple[int, ...]:
    below = [
        _count(connection, [*conditions, _items.created_at > now - limit])
        for limit in AGE_LIMITS
    ]
    ends = [0, *below, _count(connection, conditions)]
    return tuple(ends[i + 1] - ends[i] for i in range(len(ends) - 1))


def _ages(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], now: datetime
) -> Lengths:
    """Exact for any number of items: the database sorts, only the ones in question are read."""
    items = _count(connection, conditions)
    if not items:
        return Lengths(0)

    def age_at(share: float) -> timedelta:
        index = share * (items - 1)
        newest_first = (
            select(_items.created_at)
            .where(*conditions)
            .order_by(_items.created_at.desc())
            .offset(math.floor(index))
            .limit(2)
        )
        ages = [now - created_at for created_at in connection.scalars(newest_first)]
        return ages[0] + (ages[-1] - ages[0]) * (index % 1)

    return Lengths(items, age_at(_MEDIAN), age_at(_P90), age_at(1))


def _lengths(found: Sequence[timedelta]) -> Lengths:
    if not found:
        return Lengths(0)
    ordered = sorted(found)

    def at(share: float) -> timedelta:
        index = share * (len(ordered) - 1)
        low, high = ordered[math.floor(index)], ordered[math.ceil(index)]
        return low + (high - low) * (index % 1)

    return Lengths(len(ordered), at(_MEDIAN), at(_P90), ordered[-1])
