"""``decide``: the whole order of a decision on one screen.

1. No scores at all → review.
2. Every rule is held against its score. A missing score is unknown, neither
   above nor below, and unknown → review. A rule whose operating point the model
   could not certify is off.
3. A comment too long to be read whole → review, unless what was read is rejected.
4. The strictest action wins; its reasons come first.
5. Nothing matched → approve, and that is said too.

Stance and sentiment are no rules' business: speech is not abuse.
"""

import math

from moderation.domain import Action, Decision, Reason, Scores
from moderation.policy.load import Policy
from moderation.policy.schema import Rule

_STRICTNESS = {Action.APPROVE: 0, Action.REVIEW: 1, Action.REJECT: 2}

_NOT_SCORED = {
    "ar": "تعذّر تقييم التعليق آليًا، فأُحيل إلى المراجعة",
    "en": "The comment could not be scored, so a human looks at it",
}
_SCORE_MISSING = {
    "ar": "تعذّر قياس إحدى الدرجات",
    "en": "One score is missing",
}
_TRUNCATED = {
    "ar": "التعليق أطول من أن يقرأه النموذج كاملًا",
    "en": "The comment is too long to be read whole by the model",
}
_CLEAN = {
    "ar": "لا تنطبق عليه أيّ قاعدة من قواعد السياسة",
    "en": "No rule matched",
}


def decide(scores: Scores | None, policy: Policy) -> Decision:
    """The decision of ``policy`` on ``scores``: total, deterministic, always with a reason."""
    if scores is None:
        reason = Reason("not_scored", "engine-not-scored", _NOT_SCORED)
        return Decision(Action.REVIEW, (reason,), policy.ref)
    found = [hit for rule in policy.rules if (hit := _apply(rule, policy, scores))]
    if scores.truncated:
        found.append((Action.REVIEW, Reason("truncated", "engine-truncated", _TRUNCATED)))
    if not found:
        reason = Reason("clean", "engine-no-rule", _CLEAN)
        return Decision(Action.APPROVE, (reason,), policy.ref)
    found.sort(key=lambda hit: _STRICTNESS[hit[0]], reverse=True)
    return Decision(found[0][0], tuple(reason for _, reason in found), policy.ref)


def _apply(rule: Rule, policy: Policy, scores: Scores) -> tuple[Action, Reason] | None:
    score = scores.attributes.get(rule.attribute)
    threshold = policy.thresholds.get(rule.id)
    if score is None or math.isnan(score) or rule.id not in policy.thresholds:
        unknown = Reason("not_scored", rule.id, _SCORE_MISSING, rule.attribute, None, threshold)
        return Action.REVIEW, unknown
    if threshold is None or score < threshold:
        return None
    message = rule.message.model_dump()
    reason = Reason(rule.code, rule.id, message, rule.attribute, score, threshold)
    return Action(rule.action), reason
