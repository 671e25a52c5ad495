"""Charts and the tables beside them, in a reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from moderation.bars import Frame, Series, bar_chart
from moderation.review.languages import Translator
from moderation.review.shown import visible
from moderation.store.counts import Slot, Summary
from moderation.store.periods import Step

# As they are stacked in a chart, from below.
ACTIONS = ("approve", "review", "reject")
_NAMES = {
    "action": ACTIONS,
    "sentiment": ("positive", "neutral", "negative"),
    "stance": ("favor", "neutral", "against"),
}
# More charts than these hide each other; the tables hold all targets.
_MOST_TARGETS = 4


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart, and a table of the same numbers.

    Attributes:
        id: unique on the page.
        head, rows: of the table; the first column names the rows.
    """

    id: str
    title: str
    chart: Markup
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Part:
    """How comments divide, in all and over time.

    Attributes:
        name: whose stance is meant, where it is one.
        of: the comments behind the shares.
        rows: name, comments and share.
        over_time: ``None`` where that would be one chart too many.
    """

    id: str
    kind: str
    name: str | None
    of: int
    rows: Sequence[tuple[str, int, float]]
    over_time: Figure | None


def frame(t: Translator, shares: bool = False) -> Frame:
    """How charts are written and read in a language."""
    return Frame(t.direction == "rtl", t.percent if shares else t.number)


def stacked(
    t: Translator,
    id: str,  # noqa: A002 - the name of the attribute
    title: str,
    begins: Sequence[tuple[str, str]],
    series: Sequence[Series],
) -> Figure:
    """Counts by time.

    Args:
        begins: how each column is called, in short and in full.
    """
    chart = bar_chart(id, title, [short for short, _ in begins], series, frame(t))
    rows = []
    for index, (_, full) in enumerate(begins):
        values = [one.values[index] for one in series]
        rows.append([full, *map(t.number, values), t.number(sum(values))])
    head = [t("articles.when"), *(one.name for one in series), t("articles.comments")]
    return Figure(id, title, chart, head, rows)


def parts_of(t: Translator, summary: Summary) -> list[Part]:
    """Decisions, sentiment and stance of many comments."""
    series, columns = summary.series, _columns(t, summary.series, summary.step)
    feelings = {name: getattr(summary.sentiment, name) for name in _NAMES["sentiment"]}
    decided = _over_time(t, "action", columns, [slot.actions for slot in series])
    felt = _over_time(t, "sentiment", columns, [slot.sentiment for slot in series])
    parts = [
        _part(t, "action", summary.actions, decided),
        _part(t, "sentiment", feelings, felt if summary.sentiment.comments else None),
    ]
    for number, stance in enumerate(summary.stance):
        sides = {name: getattr(stance, name) for name in _NAMES["stance"]}
        name, taken = visible(stance.target), None
        if number < _MOST_TARGETS:
            slots = [slot.stance.get(stance.target, {}) for slot in series]
            taken = _over_time(t, "stance", columns, slots, name, number)
        parts.append(_part(t, "stance", sides, taken, name, number))
    return parts


def _part(
    t: Translator,
    kind: str,
    counts: Mapping[str, int],
    over_time: Figure | None,
    name: str | None = None,
    number: int = 0,
) -> Part:
    total = sum(counts.values())
    rows = [
        (t(f"articles.{kind}_{each}"), counts[each], counts[each] / total if total else 0.0)
        for each in _NAMES[kind]
    ]
    return Part(f"{kind}-{number}", kind, name, total, rows, over_time)


def _over_time(
    t: Translator,
    kind: str,
    columns: Sequence[tuple[str, str]],
    slots: Sequence[Mapping[str, int]],
    name: str = "",
    number: int = 0,
) -> Figure:
    series = [
        Series(t(f"articles.{kind}_{each}"), each, [slot.get(each, 0) for slot in slots])
        for each in _NAMES[kind]
    ]
    title = t(f"articles.{kind}_over_time", name=name)
    return stacked(t, f"{kind}-{number}-chart", title, columns, series)


def _columns(t: Translator, series: Sequence[Slot], step: Step) -> list[tuple[str, str]]:
    """How each hour, day or month is called, in short and in full."""

    def full(at: datetime) -> str:
        if step == "month":
            return t.short(at, step)
        return t.moment(at) if step == "hour" else t.date(at)

    return [(t.short(slot.start, step), full(slot.start)) for slot in series]
