"""Decide again on many cases, and count what comes out."""

import heapq
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from moderation.backtest.cases import NO_TIME, Case
from moderation.domain import Action, Decision
from moderation.policy import ReadyPolicy, decide
from moderation.policy.questions import Pattern
from moderation.text.normalize import normalize

# Kept of every kind of change, whatever the number of comments.
SAMPLE = 5
_LONGEST_SAMPLE = 200


@dataclass(frozen=True, slots=True, order=True)
class Example:
    """One comment of a kind of change; ``order`` draws the sample, the same each time."""

    order: int
    id: str
    text: str
    rule: str


@dataclass(slots=True)
class Report:
    """What a policy would have done, beside what another does.

    Attributes:
        actions: comments by action of the new policy.
        changes: comments by action of the old and the new policy.
        rules: how often a rule of the new policy was the first reason.
        days: comments that would have been reviewed, by day.
        judged: comments that a human decided, by that decision and the new action.
        examples: of every kind of change, the ``SAMPLE`` first by hash of their id.
    """

    actions: Counter[str] = field(default_factory=Counter)
    changes: Counter[tuple[str, str]] = field(default_factory=Counter)
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)
    days: Counter[date] = field(default_factory=Counter)
    judged: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[Example]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All comments."""
        return self.actions.total()

    def add(self, case: Case, old: Decision, new: Decision) -> None:
        """Count one comment."""
        action, rule = new.action.value, new.reasons[0].rule
        self.actions[action] += 1
        self.rules[action, rule] += 1
        if new.action is Action.REVIEW and case.facts.at != NO_TIME:
            self.days[case.facts.at.date()] += 1
        if case.human is not None:
            self.judged[case.human, action] += 1
        change = (old.action.value, action)
        self.changes[change] += 1
        if change[0] != change[1]:
            order = zlib.crc32(case.id.encode("utf-8", "replace"))
            text = _shown(case.text or "")
            kept = self.examples.setdefault(change, [])
            # A heap with the largest on top: what comes later by hash falls out.
            example = Example(-order, case.id, text, rule)
            if len(kept) < SAMPLE:
                heapq.heappush(kept, example)
            else:
                heapq.heappushpop(kept, example)

    def merge(self, other: "Report") -> None:
        """Add what another report counted."""
        for name in ("actions", "changes", "rules", "days", "judged"):
            getattr(self, name).update(getattr(other, name))
        for change, examples in other.examples.items():
            both = [*self.examples.get(change, []), *examples]
            self.examples[change] = heapq.nlargest(SAMPLE, both)


def _shown(text: str) -> str:
    """A sample's text on one line, without control characters: it may go to a terminal."""
    plain = "".join(
        " " if char.isspace() else char
        for char in text[:_LONGEST_SAMPLE]
        if char.isspace() or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co")
    )
    return " ".join(plain.split())


def backtest(cases: Iterable[Case], old: ReadyPolicy, new: ReadyPolicy) -> Report:
    """Decide on every case by both policies; memory does not grow with their number."""
    report = Report()
    needs_text = _asks_text(old) or _asks_text(new)
    for case in cases:
        facts = case.facts
        if needs_text and not facts.normalized and case.text:
            facts = replace(facts, normalized=normalize(case.text))
        report.add(case, decide(case.scores, facts, old), decide(case.scores, facts, new))
    return report


def _asks_text(ready: ReadyPolicy) -> bool:
    return any(
        isinstance(condition, Pattern)
        for group, _ in ready.policy.file.all_groups()
        for rule in group.rules
        for condition in rule.conditions()
    )
