"""How good decisions are: what a second look overturns, and how far people agree."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, ScalarSelect, Select, select

from moderation.agreement import cohen_kappa, krippendorff_alpha, raw_agreement
from moderation.intervals import wilson
from moderation.store.engine import reading
from moderation.store.measures import MOST_ROWS, decided_between, of_sites
from moderation.store.periods import place_in
from moderation.store.room_tables import queue_items
from moderation.store.tables import decisions

_items = queue_items.c


@dataclass(frozen=True, slots=True)
class SecondLook:
    """Decisions that somebody looked at again.

    Attributes:
        overturned: those where that look came to another result.
    """

    looked_at: int
    overturned: int

    @property
    def share(self) -> float | None:
        """0..1; ``None`` where nothing was looked at."""
        return self.overturned / self.looked_at if self.looked_at else None

    @property
    def interval(self) -> tuple[float, float]:
        """In which the share lies with 95 % confidence."""
        return wilson(self.overturned, self.looked_at)


@dataclass(frozen=True, slots=True)
class Overturned:
    """What second looks came to.

    Attributes:
        appeals: authors' appeals.
        approvals, rejections: random automatic decisions, looked at blind. All are drawn with
            the same probability, so these are shares of all automatic approvals and
            rejections.
        automation: both together, an estimate of the automation's error rate.
        days: the same by day of the second look.
        cut: only the newest ``MOST_ROWS`` are counted.
    """

    appeals: SecondLook
    approvals: SecondLook
    rejections: SecondLook
    automation: SecondLook
    days: tuple[SecondLook, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far second opinions agree with first ones, each given without knowing the other.

    Attributes:
        pairs: comments with both opinions.
        raw: share of equal opinions; ``None`` without pairs, as the others.
        kappa, alpha: beyond chance; ``None`` also where all opinions are the same.
        cut: only the newest ``MOST_ROWS`` are counted.
    """

    pairs: int
    raw: float | None
    kappa: float | None
    alpha: float | None
    cut: bool


def overturned(
    engine: Engine, sites: Sequence[str], begins: Sequence[datetime], until: datetime
) -> Overturned:
    """Count what second looks overturned.

    Args:
        sites: whose comments; empty means every site.
        begins: when each day began, see ``periods.day_starts``; the last ends with ``until``.
    """
    automatic = (
        select(decisions.c.action)
        .where(decisions.c.version_id == _items.version_id, decisions.c.decided_by == "policy")
        .order_by(decisions.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    # Only rejections can be appealed against, whoever made them.
    rows, cut = _looks(engine, "appeal", automatic, sites, begins[0], until)
    appeals = Counter[bool](action != "reject" for _, action, _ in rows)
    rows, audits_cut = _looks(engine, "audit", automatic, sites, begins[0], until)
    by_action = {"approve": Counter[bool](), "reject": Counter[bool]()}
    by_day = [Counter[bool]() for _ in begins]
    for at, action, before in rows:
        if before in by_action:
            by_action[before][action != before] += 1
            by_day[place_in(begins, at)][action != before] += 1
    return Overturned(
        appeals=_second_look(appeals),
        approvals=_second_look(by_action["approve"]),
        rejections=_second_look(by_action["reject"]),
        automation=_second_look(by_action["approve"] + by_action["reject"]),
        days=tuple(_second_look(day) for day in by_day),
        cut=cut or audits_cut,
    )


def agreement(
    engine: Engine, sites: Sequence[str], since: datetime, until: datetime
) -> Agreement:
    """How far the blind second opinions of a time agree with the first ones."""
    # As it stood when the second was given; what is decided later may know of that one.
    first = (
        select(decisions.c.action)
        .where(decisions.c.version_id == _items.version_id)
        .where(decisions.c.account_id == _items.excluded_id)
        .where(decisions.c.decided_at <= _items.decided_at)
        .order_by(decisions.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows, cut = _looks(engine, "second", first, sites, since, until)
    # A first opinion that was taken back («review») is none.
    pairs = [(before, action) for _, action, before in rows if before in ("approve", "reject")]
    return Agreement(
        pairs=len(pairs),
        raw=raw_agreement(pairs),
        kappa=cohen_kappa(pairs),
        alpha=krippendorff_alpha(pairs),
        cut=cut,
    )


def _looks(
    engine: Engine,
    kind: str,
    before: ScalarSelect[str],
    sites: Sequence[str],
    since: datetime,
    until: datetime,
) -> tuple[Sequence[tuple[datetime, str, str | None]], bool]:
    """When each item of a kind was decided, its action and the one before; whether cut."""
    wanted: Select[datetime | None, str | None, str] = (
        select(_items.decided_at, _items.action, before)
        .where(_items.kind == kind, _items.state == "done")
        .where(*decided_between(since, until), *of_sites(sites))
        .order_by(_items.decided_at.desc())
        .limit(MOST_ROWS + 1)
    )
    with reading(engine) as connection:
        rows = connection.execute(wanted).all()
    # Done items have both.
    found = [(at, action, past) for at, action, past in rows[:MOST_ROWS] if at and action]
    return found, len(rows) > MOST_ROWS


def _second_look(different: Counter[bool]) -> SecondLook:
    return SecondLook(looked_at=different.total(), overturned=different[True])
