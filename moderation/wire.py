"""Scores and decisions as plain JSON fields: one shape for HTTP and the command line."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from moderation.domain import Decision, Facts, ModelRef, Reason, Scores
from moderation.text.alignment import Span


def scores_fields(
    comment_id: str | None, scores: Scores | None, model: ModelRef
) -> dict[str, Any]:
    """``id, scores, forms, sentiment, stance, truncated, model``; null where not scored."""
    return {
        "id": comment_id,
        "scores": dict(scores.attributes) if scores else None,
        "forms": {name: dict(form) for name, form in scores.forms.items()} if scores else {},
        "sentiment": dict(scores.sentiment) if scores and scores.sentiment else None,
        "stance": [asdict(stance) for stance in (scores.stance if scores else ())],
        "truncated": scores.truncated if scores else False,
        "model": asdict(model),
    }


def decision_fields(decision: Decision, text: str) -> dict[str, Any]:
    """``action, queue, priority, reasons, notes, shadow, notice, policy``.

    Args:
        text: as typed; spans are counted in it.
    """
    return {
        "action": decision.action.value,
        "queue": decision.queue,
        "priority": decision.priority,
        "reasons": _reasons(decision.reasons, text),
        "notes": _reasons(decision.notes, text),
        "shadow": _reasons(decision.shadow, text),
        "notice": decision.notice,
        "policy": asdict(decision.policy),
    }


def findings_fields(facts: Facts | None, text: str) -> dict[str, Any] | None:
    """What was found in the text without the model; null in what older versions stored."""
    if facts is None:
        return None
    return {
        "language": facts.language,
        "evasion": round(facts.evasion, 4),
        "links": facts.links,
        "words": [
            {
                "entry": hit.entry,
                "category": hit.category,
                "severity": hit.severity,
                "sure": hit.sure,
                **span_fields((hit.start, hit.end), text),
            }
            for hit in facts.words
        ],
        "personal_data": [
            {"kind": data.kind, **span_fields((data.start, data.end), text)}
            for data in facts.personal_data
        ],
    }


def span_fields(span: tuple[int, int], text: str) -> dict[str, int]:
    """Offsets in code points, and in UTF-16 units for JavaScript."""
    start, end = Span(*span).utf16(text)
    return {"start": span[0], "end": span[1], "utf16_start": start, "utf16_end": end}


def _reasons(reasons: Sequence[Reason], text: str) -> list[dict[str, Any]]:
    return [
        asdict(reason) | {"spans": [span_fields(span, text) for span in reason.spans]}
        for reason in reasons
    ]
