"""Which rules hold in a section at a time, as functions with numbers in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from moderation.domain import OperatingPointName
from moderation.errors import PolicyError
from moderation.policy.conditions import All, Any_, Not
from moderation.policy.questions import Condition, Points, Score, Test
from moderation.policy.schema import Group, Override, PolicyFile, Rule, Section, Window


@dataclass(frozen=True, slots=True)
class ReadyRule:
    """A rule that can be asked.

    Attributes:
        thresholds: of its scores, by attribute; ``None`` where a point is not certified.
    """

    rule: Rule
    test: Test
    thresholds: tuple[tuple[Score, float | None], ...]
    points: Points


@dataclass(frozen=True, slots=True)
class ReadyGroup:
    """Rules of one matter, in their order."""

    id: str
    rules: tuple[ReadyRule, ...]


def groups_of(
    file: PolicyFile, points: Points, section: str | None, windows: tuple[str, ...]
) -> tuple[ReadyGroup, ...]:
    """The file's own groups, those of the section, then those of the open windows.

    Raises:
        PolicyError: a rule names an operating point that the model does not have.
    """
    groups, overrides = list(file.groups), dict[str, Override]()
    parts: list[Section | Window] = [] if section is None else [file.sections[section]]
    for part in (*parts, *(window for window in file.schedule if window.id in windows)):
        groups += part.groups
        for override in part.overrides:
            overrides[override.rule] = _both(overrides.get(override.rule), override)
    return tuple(
        ReadyGroup(group.id, tuple(_ready(group, overrides, points))) for group in groups
    )


def _both(first: Override | None, second: Override) -> Override:
    """What is switched off stays off; the later threshold counts."""
    if first is None:
        return second
    limit = first.at_least if second.at_least is None else second.at_least
    enabled = first.enabled and second.enabled
    return second.model_copy(update={"enabled": enabled, "at_least": limit})


def _ready(
    group: Group, overrides: Mapping[str, Override], points: Points
) -> Iterable[ReadyRule]:
    for rule in group.rules:
        override = overrides.get(rule.id)
        if override is not None and not override.enabled:
            continue
        when: Condition = rule.when
        if override is not None and override.at_least is not None:
            when = _with_threshold(when, override.at_least)
        scores = [c for c in when.parts() if isinstance(c, Score)]
        for score in scores:
            _check_point(rule, score, points)
        yield ReadyRule(
            rule,
            when.test(points),
            tuple((score, score.threshold(points)) for score in scores),
            points,
        )


def _check_point(rule: Rule, score: Score, points: Points) -> None:
    if isinstance(score.bound, str) and score.bound not in points.get(score.score, {}):
        raise PolicyError(
            f"rule {rule.id}: the model has no operating point {score.bound!r} "
            f"for {score.score}; write a number from 0 to 1"
        )


def _with_threshold(condition: Condition, bound: float | OperatingPointName) -> Condition:
    """The condition with another ``at_least``; the checker saw to it that there is one."""
    if isinstance(condition, Score) and condition.at_least is not None:
        return condition.model_copy(update={"at_least": bound})
    if isinstance(condition, All):
        parts = tuple(_with_threshold(part, bound) for part in condition.all)
        return condition.model_copy(update={"all": parts})
    if isinstance(condition, Any_):
        parts = tuple(_with_threshold(part, bound) for part in condition.any)
        return condition.model_copy(update={"any": parts})
    if isinstance(condition, Not):
        return condition.model_copy(update={"no": _with_threshold(condition.no, bound)})
    return condition
