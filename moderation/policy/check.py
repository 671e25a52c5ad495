"""What a well-formed policy must still not do. Each problem names its place and a way out.

Two promises hang on these checks: ``decide`` never gets milder when an abuse score rises
(scores count upwards in what holds and rejects, downwards in what approves, and the strictest
rule of a group comes first), and speech is not abuse (stance and sentiment decide nothing).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from moderation.policy.conditions import All, Any_, Not
from moderation.policy.questions import Condition, Feeling, Score, Toward
from moderation.policy.schema import Group, PolicyFile, Rule

Place = tuple[Any, ...]
_STRICTNESS = {"reject": 3, "review": 2, "approve": 1, "flag": 0}
# A way of speaking, and a forecast of what humans will do: neither is a reason to remove.
_NEVER_REJECT = frozenset({"likely_to_reject", "sarcasm"})


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong.

    Attributes:
        place: where in the file, as keys and indexes.
        message: what, and how to mend it.
    """

    place: Place
    message: str


def problems(policy: PolicyFile) -> Iterator[Problem]:
    """All problems of a policy, in the order of the file."""
    seen: dict[str, Rule] = {}
    groups: set[str] = set()
    for group, place in policy.all_groups():
        if group.id in groups:
            yield Problem(place, f"the group id {group.id} is used twice; rename one of them")
        groups.add(group.id)
        for index, rule in enumerate(group.rules):
            at = (*place, "rules", index)
            if rule.id in seen:
                yield Problem(at, f"the rule id {rule.id} is used twice; rename one of them")
            seen[rule.id] = rule
            yield from _of_rule(rule, at)
        yield from _of_order(group, place)
    windows = [window.id for window in policy.schedule]
    for number, name in enumerate(windows):
        if name in windows[:number]:
            place = ("schedule", number)
            yield Problem(place, f"the window id {name} is used twice; rename one of them")
    yield from _of_overrides(policy)


def _of_overrides(policy: PolicyFile) -> Iterator[Problem]:
    base = {rule.id: rule for group in policy.groups for rule in group.rules}
    taken: set[Place] = set()
    for override, place in policy.all_overrides():
        rule = base.get(override.rule)
        if rule is None:
            yield Problem(
                place, f"there is no rule {override.rule} in groups; known: {', '.join(base)}"
            )
        elif override.at_least is not None and not _one_score(rule):
            yield Problem(
                place,
                f"the rule {override.rule} has not exactly one score with at_least, so a new "
                "threshold has no place; disable it and write a rule for the section",
            )
        one = (*place[:-1], override.rule)
        if one in taken:
            yield Problem(place, f"the rule {override.rule} is overridden twice here")
        taken.add(one)


def _one_score(rule: Rule) -> bool:
    return sum(isinstance(c, Score) and c.at_least is not None for c in rule.conditions()) == 1


def _of_rule(rule: Rule, at: Place) -> Iterator[Problem]:
    conditions = list(rule.conditions())
    speech = any(isinstance(c, (Feeling, Toward)) for c in conditions)
    if speech and rule.then != "flag":
        yield Problem(
            at,
            f"stance and sentiment may choose a queue (then: flag), never {rule.then}: "
            "disagreement is not abuse",
        )
    if rule.then == "reject" and _weak_alone(rule.when):
        names = ", ".join(sorted(_NEVER_REJECT))
        yield Problem(at, f"{names} may send a comment to review, never reject it alone")
    yield from _of_direction(rule.when, rule, at, upward=True)


def _weak_alone(condition: Condition) -> bool:
    """Whether nothing but a way of speaking or a forecast may be enough to meet it."""
    if isinstance(condition, Score):
        return condition.score in _NEVER_REJECT
    if isinstance(condition, All):
        return all(_weak_alone(part) for part in condition.all)
    if isinstance(condition, Any_):
        return any(_weak_alone(part) for part in condition.any)
    return False


def _of_direction(
    condition: Condition, rule: Rule, at: Place, *, upward: bool
) -> Iterator[Problem]:
    """Scores must count upwards in what holds, downwards in what approves."""
    if isinstance(condition, Score) and not upward and isinstance(condition.bound, str):
        # A point that is not certified is not met: "not" would make that a yes.
        yield Problem(
            at,
            f"under not, {condition.score} needs a number: an operating point that is not "
            "certified would be met; or drop the not and turn at_least and below about",
        )
    if isinstance(condition, Score) and rule.then in ("reject", "review", "approve"):
        rises = (condition.at_least is not None) is upward
        if rises is (rule.then == "approve"):
            wanted = "below" if rule.then == "approve" else "at_least"
            yield Problem(
                at,
                f"a higher {condition.score} would make this rule milder; "
                f"{rule.then} rules compare scores with {wanted}",
            )
    elif isinstance(condition, Not):
        yield from _of_direction(condition.no, rule, at, upward=not upward)
    else:
        for part in getattr(condition, "all", None) or getattr(condition, "any", None) or ():
            yield from _of_direction(part, rule, at, upward=upward)


def _of_order(group: Group, place: Place) -> Iterator[Problem]:
    active = [(i, rule) for i, rule in enumerate(group.rules) if not rule.shadow]
    for (_, first), (index, second) in pairwise(active):
        if _STRICTNESS[second.then] > _STRICTNESS[first.then]:
            yield Problem(
                (*place, "rules", index),
                f"in a group the first match speaks, so {second.id} ({second.then}) would be "
                f"silenced by {first.id} ({first.then}); put the stricter rule first",
            )
    for position, (index, rule) in enumerate(active):
        for _, before in active[:position]:
            if _covers(before.when, rule.when):
                yield Problem(
                    (*place, "rules", index),
                    f"the rule {rule.id} is never reached: whatever it matches, {before.id} "
                    "matches first",
                )
                break


def _covers(first: Condition, second: Condition) -> bool:
    """Surely true of ``first`` wherever ``second`` is; a no may only mean "not seen to be"."""
    parts = _flat(second)
    return all(any(_surely(need, part) for part in parts) for need in _flat(first))


def _flat(condition: Condition) -> list[Condition]:
    """What must be met, "all" within "all" undone."""
    if not isinstance(condition, All):
        return [condition]
    return [part for inner in condition.all for part in _flat(inner)]


def _surely(first: Condition, second: Condition) -> bool:
    if first == second:
        return True
    if not (isinstance(first, Score) and isinstance(second, Score)):
        return False
    low, high = first.at_least, second.at_least
    same = first.score == second.score
    return same and isinstance(low, float) and isinstance(high, float) and low <= high
