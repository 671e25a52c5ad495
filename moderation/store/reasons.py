"""Reasons and facts as JSON and back: all that a replay needs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from moderation.domain import Facts, PersonalData, Reason, WordHit


def reason_json(reason: Reason) -> dict[str, Any]:
    """A reason as plain JSON."""
    fields = asdict(reason)
    fields["message"] = dict(reason.message)
    fields["spans"] = [list(span) for span in reason.spans]
    return fields


def reason_from(stored: Mapping[str, Any]) -> Reason:
    """Undo ``reason_json``; what older versions did not write takes its default."""
    spans = tuple((start, end) for start, end in stored.get("spans", ()))
    return Reason(**{**stored, "spans": spans})


def reasons_from(stored: Sequence[Mapping[str, Any]] | None) -> tuple[Reason, ...]:
    """Several reasons; none where none were kept."""
    return tuple(reason_from(reason) for reason in stored or ())


def facts_json(facts: Facts) -> dict[str, Any]:
    """Facts as plain JSON, without the text: that is stored once, in its version."""
    fields = asdict(facts)
    del fields["normalized"]
    fields["at"] = facts.at.isoformat()
    return fields


def facts_from(stored: Mapping[str, Any]) -> Facts:
    """Undo ``facts_json``; ``normalized`` is empty."""
    return Facts(
        **{
            **stored,
            "at": datetime.fromisoformat(stored["at"]),
            "words": tuple(WordHit(**hit) for hit in stored["words"]),
            "personal_data": tuple(PersonalData(**data) for data in stored["personal_data"]),
        }
    )
