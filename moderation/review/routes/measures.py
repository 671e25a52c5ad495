"""How the room works, in figures: people in sums, never one by one."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from moderation.bars import Series, bar_chart, line_chart
from moderation.errors import NotFoundError
from moderation.review.access import Measurer, Viewer
from moderation.review.figures import ACTIONS, Figure, frame, stacked
from moderation.review.languages import Translator
from moderation.review.render import PageRoute, render
from moderation.review.room import RoomDep
from moderation.store.measures import (
    AGE_LIMITS,
    MOST_ROWS,
    Backlog,
    Day,
    backlog,
    per_day,
    times,
)
from moderation.store.measures_quality import Overturned, SecondLook, agreement, overturned
from moderation.store.periods import day_starts
from moderation.store.sites import sites_of

router = APIRouter(prefix="/review/measures", route_class=PageRoute, include_in_schema=False)

PERIODS = ("1", "7", "30", "90")
Days = Annotated[Literal["1", "7", "30", "90"], Query()]
Name = Annotated[str, Query(max_length=200)]
_NONE = "–"
# In what order automatic decisions are stacked: those that need no human below.
_BY_POLICY = ("approve", "reject", "review")


@router.get("")
def measures_page(
    request: Request, room: RoomDep, viewer: Measurer, days: Days = "7", site: Name = ""
) -> Response:
    """Backlog, times, automation, second looks and agreement of the last days."""
    now, t = room.clock(), viewer.t
    sites = chosen_sites(viewer, site)
    begins = day_starts(now, int(days), ZoneInfo(room.settings.time_zone))
    waiting = backlog(room.engine, sites, now)
    decided = per_day(room.engine, sites, begins, now)
    looks = overturned(room.engine, sites, begins, now)
    taken = times(room.engine, sites, begins[0], now)
    opinions = agreement(room.engine, sites, begins[0], now)
    return render(
        request,
        viewer,
        "measures",
        days=days,
        periods=PERIODS,
        site=site,
        sites=sites_of(room.engine, viewer.account),
        backlog=waiting,
        ages=_ages(t, waiting),
        times=taken,
        automation=_automation(t, decided),
        looks=looks,
        audits=_audits(t, decided, looks),
        opinions=opinions,
        human=_human(t, decided),
        cut=MOST_ROWS if taken.cut or looks.cut or opinions.cut else None,
    )


def chosen_sites(viewer: Viewer, site: str) -> tuple[str, ...]:
    """The chosen site, or else all that somebody sees; empty means every site.

    Raises:
        NotFoundError: the site is not theirs to see.
    """
    if not site:
        return viewer.account.sites
    if not viewer.account.sees(site):
        raise NotFoundError("There is no such site.")
    return (site,)


def _ages(t: Translator, waiting: Backlog) -> Figure:
    names = [t(f"measures.age_{number}") for number in range(len(AGE_LIMITS) + 1)]
    title = t("measures.ages")
    counts = Series(t("measures.items"), "age", waiting.histogram)
    return Figure(
        "ages",
        title,
        bar_chart("ages", title, names, [counts], frame(t)),
        [t("measures.age"), t("measures.items")],
        [[name, t.number(n)] for name, n in zip(names, waiting.histogram, strict=True)],
    )


def _automation(t: Translator, days: list[Day]) -> Figure:
    series = [
        Series(t(f"measures.policy_{action}"), action, [day.policy[action] for day in days])
        for action in _BY_POLICY
    ]
    figure = stacked(t, "automation", t("measures.automation_days"), _columns(t, days), series)
    rows = [
        [*row, _percent(t, day.automated)] for row, day in zip(figure.rows, days, strict=True)
    ]
    head = [*figure.head, t("measures.automated")]
    return Figure(figure.id, figure.title, figure.chart, head, rows)


def _human(t: Translator, days: list[Day]) -> Figure:
    series = [
        Series(t(f"measures.human_{action}"), action, [day.human[action] for day in days])
        for action in ACTIONS
    ]
    figure = stacked(t, "human", t("measures.human_days"), _columns(t, days), series)
    head = [*figure.head[:-1], t("measures.decisions")]
    return Figure(figure.id, figure.title, figure.chart, head, figure.rows)


def _audits(t: Translator, days: list[Day], looks: Overturned) -> Figure:
    title = t("measures.audit_days")
    columns = _columns(t, days)
    chart = line_chart(
        title,
        [short for short, _ in columns],
        [look.share for look in looks.days],
        [look.interval for look in looks.days],
        frame(t, shares=True),
    )
    head = [
        t(f"measures.{name}") for name in ("day", "looked_at", "wrong", "share", "interval")
    ]
    rows = [
        [full, *_look(t, look)] for (_, full), look in zip(columns, looks.days, strict=True)
    ]
    return Figure("audits", title, chart, head, rows)


def _look(t: Translator, look: SecondLook) -> list[str]:
    low, high = (t.percent(end, 1) for end in look.interval)
    interval = t("measures.from_to", low=low, high=high) if look.looked_at else _NONE
    counts = [t.number(look.looked_at), t.number(look.overturned)]
    return [*counts, _percent(t, look.share), interval]


def _percent(t: Translator, share: float | None) -> str:
    return _NONE if share is None else t.percent(share, 1)


def _columns(t: Translator, days: list[Day]) -> list[tuple[str, str]]:
    return [(t.short(day.start, "day"), t.date(day.start)) for day in days]
