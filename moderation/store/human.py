"""A decision of a human: what is chosen, as a row, and as others are told of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from moderation.domain import HUMAN_RULE, Reason
from moderation.store.intake import Sampling
from moderation.store.reasons import reason_json

UNDONE = Reason(
    "undone",
    HUMAN_RULE,
    {"ar": "تراجع المشرف عن قراره", "en": "The moderator took the decision back"},
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody decides.

    Attributes:
        action: ``approve`` or ``reject``; ``review`` where a decision is taken back.
        reason: code, message and action, as moderators and callers read it.
        notice: what the author is told, by language.
    """

    action: str
    reason: Reason
    notice: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """How the room works.

    Attributes:
        lease: how long a claim lasts without a sign of life.
        undo: how long nobody outside hears of a decision.
        sampling: which human decisions get a blind second opinion.
    """

    lease: timedelta
    undo: timedelta
    sampling: Sampling


def human_row(
    before: Mapping[str, Any],
    account_id: int,
    verdict: Verdict,
    now: datetime,
    batch_id: int | None = None,
) -> dict[str, Any]:
    """The row of a human decision that follows another one on the same version."""
    return {
        "version_id": before["version_id"],
        "score_id": before["score_id"],
        "action": verdict.action,
        # The policy that was in force: what people decide is measured against it.
        "policy_id": before["policy_id"],
        "policy_version": before["policy_version"],
        "policy_sha256": before["policy_sha256"],
        "rule": HUMAN_RULE,
        "threshold": None,
        "reasons": [reason_json(replace(verdict.reason, action=verdict.action))],
        "queue": None,
        "priority": None,
        "notes": [],
        "shadow": [],
        "notice": None if verdict.notice is None else dict(verdict.notice),
        "facts": before["facts"],
        "spans": before["spans"],
        "decided_by": "human",
        "decided_at": now,
        "account_id": account_id,
        "replaces_id": before["id"] if before["decided_by"] == "human" else None,
        "batch_id": batch_id,
    }


def message(
    row: Mapping[str, Any], site: str, external_id: str, version: int
) -> dict[str, Any]:
    """What webhooks tell of a decision."""
    return {
        "site": site,
        "id": external_id,
        "version": version,
        "action": row["action"],
        "reasons": [reason["code"] for reason in row["reasons"]],
        "decided_by": row["decided_by"],
        "decided_at": row["decided_at"].isoformat(),
        "notice": row["notice"],
    }
