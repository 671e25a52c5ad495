"""What the store hands out, and how it is laid out in rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, ScalarSelect, Select, func, select

from moderation.domain import (
    Action,
    Comment,
    Context,
    Decision,
    Facts,
    ModelRef,
    PolicyRef,
    Scores,
    Stance,
)
from moderation.store.reasons import (
    facts_from,
    facts_json,
    reason_from,
    reason_json,
    reasons_from,
)
from moderation.store.tables import comment_versions, comments, decisions, scores

# Of one statement.
_STEP = 500


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """One thing a comment said, with what was decided about it.

    Attributes:
        comment: as it came in, except that ``author_id`` is ``None``.
        version: 1 for the first text, one more for each edit.
        content_sha256: see ``CommentStore.content_hash``.
        author_hash: keyed hash of the author's id.
        received_at, decided_at: aware, UTC.
        facts: what the decision went by beside the scores.
        spans: words that carry the score, in code points.
        decided_by: the account of the human who decided; ``None`` for the policy.
    """

    comment: Comment
    scores: Scores | None
    decision: Decision
    version: int
    content_sha256: str
    author_hash: str | None
    received_at: datetime
    decided_at: datetime
    facts: Facts | None
    spans: tuple[tuple[int, int], ...]
    decided_by: int | None


@dataclass(frozen=True, slots=True)
class StoredComment(StoredVersion):
    """A comment's latest version with its latest decision.

    Attributes:
        history: all versions, oldest first; only ``CommentStore.get`` fills it.
    """

    site: str
    history: tuple[StoredVersion, ...] = ()


def standing_decision(
    version_id: ColumnElement[int], decided_by: str | None = None
) -> ScalarSelect[int]:
    """The id of the latest decision on a version, for a query over that column's table.

    Args:
        decided_by: the latest of the ``policy``, or of a ``human``, is meant.
    """
    made = decisions.alias()
    found = select(func.max(made.c.id)).where(made.c.version_id == version_id)
    if decided_by is not None:
        found = found.where(made.c.decided_by == decided_by)
    return found.scalar_subquery()


def select_versions(decided_by: str | None = None) -> Select[Any]:
    """All versions of all comments, each with its latest decision and its scores.

    Args:
        decided_by: as in ``standing_decision``.
    """
    latest = standing_decision(comment_versions.c.id, decided_by)
    hidden = {"id", "comment_id", "version_id", "score_id"}
    tables = (comments, comment_versions, scores, decisions)
    return (
        select(*(column for table in tables for column in table.c if column.key not in hidden))
        .select_from(comments)
        .join(comment_versions, comment_versions.c.comment_id == comments.c.id)
        .join(decisions, decisions.c.id == latest)
        .outerjoin(scores, scores.c.id == decisions.c.score_id)
    )


def version_from(row: Row[Any]) -> StoredVersion:
    """Rebuild a version from a row of ``select_versions``."""
    return StoredVersion(**_fields_from(row))


def comment_from(row: Row[Any], history: tuple[StoredVersion, ...] = ()) -> StoredComment:
    """Rebuild a comment from the row of its latest version."""
    return StoredComment(**_fields_from(row), site=row.site, history=history)


def version_row(stored: StoredVersion, comment_id: int) -> dict[str, Any]:
    """The row of ``comment_versions``."""
    context = stored.comment.context
    return {
        "comment_id": comment_id,
        "version": stored.version,
        "text": stored.comment.text,
        "content_sha256": stored.content_sha256,
        "title": context.title,
        "parent_text": context.parent,
        "targets": list(context.targets),
        "author_hash": stored.author_hash,
        "received_at": stored.received_at,
        "article_id": context.article_id,
        "lead": context.lead,
        "parent_id": context.parent_id,
        "section": context.section,
    }


def scores_row(found: Scores, version_id: int, scored_at: datetime) -> dict[str, Any]:
    """The row of ``scores``."""
    return {
        "version_id": version_id,
        "model_id": found.model.id,
        "model_sha256": found.model.sha256,
        "attributes": dict(found.attributes),
        "sentiment": None if found.sentiment is None else dict(found.sentiment),
        "stance": [
            {
                "target": stance.target,
                "favor": stance.favor,
                "against": stance.against,
                "neutral": stance.neutral,
            }
            for stance in found.stance
        ],
        "truncated": found.truncated,
        "forms": {k: dict(v) for k, v in found.forms.items()} or None,
        "scored_at": scored_at,
    }


def decision_row(
    stored: StoredVersion, version_id: int, score_id: int | None
) -> dict[str, Any]:
    """The row of ``decisions``."""
    decision = stored.decision
    return {
        "version_id": version_id,
        "score_id": score_id,
        "action": decision.action.value,
        "policy_id": decision.policy.id,
        "policy_version": decision.policy.version,
        "policy_sha256": decision.policy.sha256,
        "rule": decision.reasons[0].rule,
        "threshold": decision.reasons[0].threshold,
        "reasons": [reason_json(reason) for reason in decision.reasons],
        "queue": decision.queue,
        "priority": decision.priority,
        "notes": [reason_json(reason) for reason in decision.notes],
        "shadow": [reason_json(reason) for reason in decision.shadow],
        "notice": None if decision.notice is None else dict(decision.notice),
        "facts": None if stored.facts is None else facts_json(stored.facts),
        "spans": [list(span) for span in stored.spans],
        "decided_by": "policy",
        "decided_at": stored.decided_at,
    }


def _fields_from(row: Row[Any]) -> dict[str, Any]:
    facts = None if row.facts is None else facts_from(row.facts)
    context = Context(
        title=row.title,
        targets=tuple(row.targets),
        parent=row.parent_text,
        # Older rows hold it among the facts alone.
        section=row.section or (facts.section if facts else None),
        article_id=row.article_id,
        lead=row.lead,
        parent_id=row.parent_id,
    )
    reports = facts.reports if facts else None
    decided_by = None if row.decided_by == "policy" else row.account_id
    return {
        "comment": Comment(row.text, row.external_id, context, reports=reports),
        "scores": None if row.model_id is None else scores_from(row),
        "decision": Decision(
            action=Action(row.action),
            reasons=tuple(reason_from(reason) for reason in row.reasons),
            policy=PolicyRef(row.policy_id, row.policy_version, row.policy_sha256),
            queue=row.queue,
            priority=row.priority,
            notes=reasons_from(row.notes),
            shadow=reasons_from(row.shadow),
            notice=row.notice,
        ),
        "facts": facts,
        "spans": tuple((start, end) for start, end in row.spans or ()),
        "version": row.version,
        "content_sha256": row.content_sha256,
        "author_hash": row.author_hash,
        "received_at": row.received_at,
        "decided_at": row.decided_at,
        "decided_by": decided_by,
    }


def scores_from(row: Row[Any]) -> Scores:
    """Rebuild scores from a row that holds the columns of ``scores``."""
    return Scores(
        attributes=row.attributes,
        sentiment=row.sentiment,
        stance=tuple(Stance(**stance) for stance in row.stance),
        model=ModelRef(row.model_id, row.model_sha256),
        truncated=row.truncated,
        forms=row.forms or {},
    )


def names_of(connection: Connection, version_ids: Sequence[int]) -> dict[int, tuple[str, int]]:
    """The caller's id of each version's comment, and which of its versions it is."""
    found: dict[int, tuple[str, int]] = {}
    for start in range(0, len(version_ids), _STEP):
        rows = connection.execute(
            select(comment_versions.c.id, comments.c.external_id, comment_versions.c.version)
            .join(comments, comments.c.id == comment_versions.c.comment_id)
            .where(comment_versions.c.id.in_(version_ids[start : start + _STEP]))
        )
        found |= {row.id: (row.external_id, row.version) for row in rows}
    return found
