"""``decide``: the whole order of a decision on one screen.

1. No scores at all → review.
2. Each group of rules is asked, the strictest rule first; the first that matches speaks for
   its group. What cannot be known is unknown, and unknown → review.
3. A comment too long to be read whole → review.
4. Some rule approves, or may, and another rejects → they disagree, a human decides.
5. The strictest action wins across groups; its reasons come first.
6. More was rejected in the last hour than the circuit breaker allows → review.
7. Nothing matched → approve, and that is said too.

Pure: no I/O, and no clock but ``facts.at``. ``moderation.policy.check`` sees to it that a
higher abuse score never makes the action milder.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from moderation.domain import Action, Decision, Facts, PolicyRef, Reason, Scores
from moderation.policy.effective import ReadyGroup, ReadyRule, groups_of
from moderation.policy.questions import Case, Points
from moderation.policy.reasons import (
    BREAKER,
    CLEAN,
    DISAGREEMENT,
    NOT_SCORED,
    TRUNCATED,
    notice_for,
    reason_for,
    unknown_reason,
)
from moderation.policy.schedule import active_windows
from moderation.policy.schema import PolicyFile

_STRICTNESS = {"approve": 0, "review": 1, "reject": 2}
DEFAULT_QUEUE, DEFAULT_PRIORITY = "default", 5


@dataclass(frozen=True, slots=True)
class Policy:
    """A checked policy, as its file says it."""

    ref: PolicyRef
    file: PolicyFile
    text: str

    def for_model(self, points: Points) -> "ReadyPolicy":
        """This policy with the thresholds of a model, by attribute and name.

        Raises:
            PolicyError: a rule names an operating point that the model does not have.
        """
        ready = ReadyPolicy(self, points)
        # Every section and every window once, so that none fails on a live comment.
        for section in (None, *self.file.sections):
            ready.groups(section, ())
        for window in self.file.schedule:
            ready.groups(None, (window.id,))
        return ready


@dataclass(frozen=True, slots=True)
class ReadyPolicy:
    """A policy that can decide: its conditions are functions, its thresholds numbers."""

    policy: Policy
    points: Points
    _cache: dict[tuple[str | None, tuple[str, ...]], tuple[ReadyGroup, ...]] = field(
        default_factory=dict, repr=False
    )

    @property
    def ref(self) -> PolicyRef:
        """What decisions carry."""
        return self.policy.ref

    def groups(self, section: str | None, windows: tuple[str, ...]) -> tuple[ReadyGroup, ...]:
        """The groups that hold in a section while these windows are open."""
        key = (section if section in self.policy.file.sections else None, windows)
        if key not in self._cache:
            self._cache[key] = groups_of(self.policy.file, self.points, *key)
        return self._cache[key]


@dataclass(slots=True)
class _Found:
    """What the groups say."""

    matched: list[tuple[ReadyRule | None, Reason]] = field(default_factory=list)
    notes: list[tuple[ReadyRule | None, Reason]] = field(default_factory=list)
    shadow: list[Reason] = field(default_factory=list)
    unknown_approval: Reason | None = None

    def says(self, action: str) -> bool:
        return any(reason.action == action for _, reason in self.matched)


def decide(scores: Scores | None, facts: Facts, policy: ReadyPolicy) -> Decision:
    """The decision of ``policy``: total, deterministic, always with a reason."""
    if scores is None:
        reason = NOT_SCORED
        return Decision(
            Action.REVIEW, (reason,), policy.ref, DEFAULT_QUEUE, DEFAULT_PRIORITY,
            notice=notice_for(Action.REVIEW, None, reason),
        )  # fmt: skip
    windows = active_windows(policy.policy.file, facts)
    found = _ask(policy.groups(facts.section, windows), Case(scores, facts))
    if scores.truncated:
        found.matched.append((None, TRUNCATED))
    action = _strictest(found)
    if found.says("reject") and (found.says("approve") or found.unknown_approval):
        found.matched.append((None, DISAGREEMENT))
        action = Action.REVIEW
    breaker = policy.policy.file.breaker
    if action is Action.REJECT and breaker.is_open(
        facts.recent_decisions, facts.recent_rejects
    ):
        found.matched.append((None, BREAKER))
        action = Action.REVIEW
    if not found.matched:
        found.matched.append((None, CLEAN))
    return _decision(action, found, policy.ref)


def _ask(groups: tuple[ReadyGroup, ...], case: Case) -> _Found:
    found = _Found()
    for group in groups:
        spoken = False
        for ready in group.rules:
            if ready.rule.shadow:
                if ready.test(case):
                    found.shadow.append(reason_for(ready, case))
            elif not spoken:
                spoken = _hear(ready, case, found)
    return found


def _hear(ready: ReadyRule, case: Case, found: _Found) -> bool:
    """Ask one rule; whether it speaks for its group."""
    truth, rule = ready.test(case), ready.rule
    if truth:
        hits = found.notes if rule.then == "flag" else found.matched
        hits.append((ready, reason_for(ready, case)))
    elif truth is None and rule.then in ("review", "reject"):
        found.matched.append((None, unknown_reason(ready, case)))
    elif truth is None and rule.then == "approve":
        found.unknown_approval = unknown_reason(ready, case)
    return bool(truth)


def _strictest(found: _Found) -> Action:
    said = [reason.action for _, reason in found.matched]
    return Action(max(said, key=_STRICTNESS.__getitem__, default="approve"))


def _decision(action: Action, found: _Found, ref: PolicyRef) -> Decision:
    # What made the decision comes first: an engine's word that overrules goes before all.
    ordered = sorted(found.matched, key=lambda hit: _place(action, *hit))
    first_rule, first = ordered[0]
    held = action is Action.REVIEW
    return Decision(
        action=action,
        reasons=tuple(reason for _, reason in ordered),
        policy=ref,
        queue=_queue(ordered, found) if held else None,
        priority=_priority(ordered) if held else None,
        notes=tuple(reason for _, reason in found.notes),
        shadow=tuple(found.shadow),
        notice=notice_for(action, first_rule, first),
    )


def _place(action: Action, rule: ReadyRule | None, reason: Reason) -> tuple[int, int]:
    decisive = reason.action == action.value
    overruling = rule is None and reason.code in ("disagreement", "breaker")
    return (0 if overruling else 1 if decisive else 2, -_STRICTNESS[reason.action])


def _queue(ordered: list[tuple[ReadyRule | None, Reason]], found: _Found) -> str:
    named: Iterator[str] = (
        ready.rule.queue
        for ready in (*(rule for rule, _ in found.notes), *(rule for rule, _ in ordered))
        if ready is not None and ready.rule.queue is not None
    )
    return next(named, DEFAULT_QUEUE)


def _priority(ordered: list[tuple[ReadyRule | None, Reason]]) -> int:
    rules = (rule.rule for rule, _ in ordered if rule is not None)
    held = (rule.priority for rule in rules if rule.then in ("review", "reject"))
    return min(held, default=DEFAULT_PRIORITY)
