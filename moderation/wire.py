"""Scores and decisions as plain JSON fields: one shape for HTTP and the command line."""

from dataclasses import asdict
from typing import Any

from moderation.domain import Decision, ModelRef, Scores


def scores_fields(
    comment_id: str | None, scores: Scores | None, model: ModelRef
) -> dict[str, Any]:
    """``id, scores, sentiment, stance, truncated, model``; null where nothing was scored."""
    return {
        "id": comment_id,
        "scores": dict(scores.attributes) if scores else None,
        "sentiment": dict(scores.sentiment) if scores and scores.sentiment else None,
        "stance": [asdict(stance) for stance in (scores.stance if scores else ())],
        "truncated": scores.truncated if scores else False,
        "model": asdict(model),
    }


def decision_fields(decision: Decision) -> dict[str, Any]:
    """``action, reasons, policy``."""
    return {
        "action": decision.action.value,
        "reasons": [asdict(reason) for reason in decision.reasons],
        "policy": asdict(decision.policy),
    }
