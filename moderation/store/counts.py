"""From comments to numbers: decisions, sentiment and stance, in all and over time."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Row

from moderation.domain import Action
from moderation.store.periods import Step, fitting_step, place_in, starts

# Where two are equally probable, the comment takes no side.
_SENTIMENTS = ("neutral", "negative", "positive")
_STANCES = ("neutral", "favor", "against")
_ACTIONS = tuple(action.value for action in Action)


@dataclass(frozen=True, slots=True)
class StanceCount:
    """How many comments take which side of a target, each by its most probable stance."""

    target: str
    favor: int
    against: int
    neutral: int

    @property
    def comments(self) -> int:
        """How many comments stand behind the shares."""
        return self.favor + self.against + self.neutral


@dataclass(frozen=True, slots=True)
class SentimentCount:
    """How many comments are of which sentiment, each by its most probable one.

    Attributes:
        unscored: comments without sentiment; they are in no share.
        mean: of P(positive) - P(negative), -1..1; ``None`` without scored comments.
    """

    negative: int
    neutral: int
    positive: int
    unscored: int
    mean: float | None

    @property
    def comments(self) -> int:
        """How many comments stand behind the shares."""
        return self.negative + self.neutral + self.positive


@dataclass(frozen=True, slots=True)
class Slot:
    """The comments that came in during one hour, day or month.

    Attributes:
        actions, sentiment: comments by name.
        stance: by target, comments by name.
    """

    start: datetime
    actions: Mapping[str, int]
    sentiment: Mapping[str, int]
    stance: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Summary:
    """Many comments in numbers; of each its latest version and the decision that stands.

    Attributes:
        actions: comments by ``approve``, ``review`` and ``reject``.
        decided_by: comments by ``policy`` and ``human``.
        stance: the target with the most comments first.
        step, series: when they came in, without gaps.
        first_at, last_at: when the first and the last of them came in.
        cut: there are more; only the newest are counted.
    """

    comments: int
    actions: Mapping[str, int]
    decided_by: Mapping[str, int]
    sentiment: SentimentCount
    stance: tuple[StanceCount, ...]
    step: Step
    series: tuple[Slot, ...]
    first_at: datetime
    last_at: datetime
    cut: bool


def summarized(
    rows: Sequence[Row[Any]], target: str | None, zone: tzinfo, cut: bool
) -> Summary | None:
    """Count rows of ``created_at``, ``action``, ``decided_by``, ``sentiment`` and ``stance``.

    Args:
        target: only rows with a stance toward this target; ``None``: all rows and targets.
        zone: whose hours, days and months the series is cut into.
        cut: passed on.
    """
    found = [(row, sides) for row in rows if (sides := _sides(row, target)) or target is None]
    if not found:
        return None
    times = [row.created_at for row, _ in found]
    first, last = min(times), max(times)
    step = fitting_step(last - first)
    begins = starts(first, last, step, zone)
    whole, slots = _Tally(), [_Tally() for _ in begins]
    for row, sides in found:
        whole.add(row, sides)
        slots[place_in(begins, row.created_at)].add(row, sides)
    return Summary(
        comments=len(found),
        actions=_named(whole.actions, _ACTIONS),
        decided_by=_named(whole.deciders, ("policy", "human")),
        sentiment=whole.sentiment_count(),
        stance=whole.stance_counts(),
        step=step,
        series=tuple(slot.as_slot(start) for start, slot in zip(begins, slots, strict=True)),
        first_at=first,
        last_at=last,
        cut=cut,
    )


@dataclass(slots=True)
class _Tally:
    """Counts in the making."""

    actions: Counter[str] = field(default_factory=Counter)
    deciders: Counter[str] = field(default_factory=Counter)
    sentiment: Counter[str] = field(default_factory=Counter)
    leaning: float = 0.0
    stance: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, row: Row[Any], sides: Mapping[str, str]) -> None:
        """Count one comment."""
        self.actions[row.action] += 1
        self.deciders[row.decided_by] += 1
        if row.sentiment is not None:
            self.sentiment[_likeliest(row.sentiment, _SENTIMENTS)] += 1
            self.leaning += row.sentiment["positive"] - row.sentiment["negative"]
        for target, side in sides.items():
            self.stance.setdefault(target, Counter())[side] += 1

    def sentiment_count(self) -> SentimentCount:
        """As handed out."""
        scored = self.sentiment.total()
        return SentimentCount(
            **_named(self.sentiment, _SENTIMENTS),
            unscored=self.actions.total() - scored,
            mean=self.leaning / scored if scored else None,
        )

    def stance_counts(self) -> tuple[StanceCount, ...]:
        """As handed out."""
        ordered = sorted(self.stance.items(), key=lambda item: (-item[1].total(), item[0]))
        return tuple(StanceCount(name, **_named(n, _STANCES)) for name, n in ordered)

    def as_slot(self, start: datetime) -> Slot:
        """As handed out."""
        return Slot(
            start,
            actions=_named(self.actions, _ACTIONS),
            sentiment=_named(self.sentiment, _SENTIMENTS),
            stance={name: _named(counts, _STANCES) for name, counts in self.stance.items()},
        )


def _sides(row: Row[Any], target: str | None) -> dict[str, str]:
    """The most probable stance of a comment, by target."""
    return {
        stance["target"]: _likeliest(stance, _STANCES)
        for stance in row.stance or ()
        if target is None or stance["target"] == target
    }


def _likeliest(probabilities: Mapping[str, Any], names: Sequence[str]) -> str:
    return max(names, key=lambda name: float(probabilities[name]))


def _named(counts: Counter[str], names: Iterable[str]) -> dict[str, int]:
    return {name: counts[name] for name in names}
