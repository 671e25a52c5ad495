"""Scores, facts and small policies for the tests."""

import json
from datetime import UTC, datetime
from typing import Any

from moderation.domain import ABUSE_ATTRIBUTES, Facts, ModelRef, Scores, WordHit
from moderation.policy import Policy, ReadyPolicy, parse_policy
from tests.fakes import FakeScorer

MODEL = ModelRef("m", "0" * 64)
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FACTS = Facts(at=NOON)
TITLE = {"ar": "عنوان", "en": "title"}


def at(**attributes: float | None) -> Scores:
    """Clean scores but for ``attributes``."""
    clean: dict[str, float | None] = dict.fromkeys(ABUSE_ATTRIBUTES, 0.0)
    return Scores(clean | attributes, None, (), MODEL)


def facts(**changes: Any) -> Facts:
    """Facts of an ordinary comment at noon but for ``changes``."""
    return Facts(**({"at": NOON} | changes))


def hit(category: str = "insult", severity: int = 2, *, sure: bool = True) -> WordHit:
    """A find of the word list."""
    return WordHit("word", category, severity, sure, 0, 4)


def rule(id: str = "r", when: Any = None, then: str = "review", **more: Any) -> dict[str, Any]:
    """A rule of a policy file; on a high insult score if nothing else is said."""
    fields = {
        "id": id,
        "title": TITLE,
        "when": when or {"score": "insult", "at_least": 0.5},
        "then": then,
    }
    if then in ("review", "reject"):
        fields["code"] = "insult"
    return fields | more


def content(*groups: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A policy file with these groups of rules."""
    return {
        "id": "ours",
        "version": 1,
        "groups": [{"id": f"g{i}", "rules": rules} for i, rules in enumerate(groups)],
    } | more


def written(policy: Any) -> bytes:
    """As YAML, of which JSON is a part."""
    return json.dumps(policy, ensure_ascii=False, indent=1).encode()


def parsed(*groups: list[dict[str, Any]], **more: Any) -> Policy:
    """A checked policy."""
    return parse_policy(written(content(*groups, **more)))


def ready(*groups: list[dict[str, Any]], **more: Any) -> ReadyPolicy:
    """A policy with the thresholds of the fake model."""
    return parsed(*groups, **more).for_model(FakeScorer.operating_points)
