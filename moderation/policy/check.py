"""What a well-formed policy must still not do. Each problem names its place and a way out.

Two promises hang on these checks: ``decide`` never gets milder when an abuse score rises
(scores count upwards in what holds and rejects, downwards in what approves, and the strictest
rule of a group comes first), and speech is not abuse (stance and sentiment decide nothing).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from moderation.policy.conditions import All, Condition, Feeling, Not, Score, Toward
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
    for group, place in policy.all_groups():
        for index, rule in enumerate(group.rules):
            at = (*place, "rules", index)
            if rule.id in seen:
                yield Problem(at, f"the rule id {rule.id} is used twice; rename one of them")
            seen[rule.id] = rule
            yield from _of_rule(rule, at)
        yield from _of_order(group, place)
    for override, place in policy.all_overrides():
        rule_or_none = seen.get(override.rule)
        if rule_or_none is None:
            yield Problem(place, f"there is no rule {override.rule}; known: {', '.join(seen)}")
        elif override.at_least is not None and not _one_score(rule_or_none):
            yield Problem(
                place,
                f"the rule {override.rule} has not exactly one score with at_least, so a new "
                "threshold has no place; disable it and write a rule for the section",
            )


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
    if rule.then == "reject":
        scores = {c.score for c in conditions if isinstance(c, Score)}
        weak = scores & _NEVER_REJECT
        if weak and not scores - _NEVER_REJECT:
            yield Problem(
                at, f"{', '.join(sorted(weak))} may send a comment to review, never reject it"
            )
    yield from _of_direction(rule.when, rule, at, upward=True)


def _of_direction(
    condition: Condition, rule: Rule, at: Place, *, upward: bool
) -> Iterator[Problem]:
    """Scores must count upwards in what holds, downwards in what approves."""
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
    if first == second:
        return True
    if isinstance(second, All) and any(_covers(first, part) for part in second.all):
        return True
    if isinstance(first, All):
        return all(_covers(part, second) for part in first.all)
    if not (isinstance(first, Score) and isinstance(second, Score)):
        return False
    if first.score != second.score:
        return False
    low, high = first.at_least, second.at_least
    return isinstance(low, float) and isinstance(high, float) and low <= high
