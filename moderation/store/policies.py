"""Every policy that ever decided, and what the store knows that policies ask."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Select, and_, case, func, or_, select

from moderation.domain import BREAKER_RULE, OperatingPoint, PolicyRef
from moderation.errors import PolicyError
from moderation.store.engine import insert_new, reading, writing
from moderation.store.tables import comment_versions, comments, decisions, policies

_RECENT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """A policy's file and the operating points it was used with."""

    ref: PolicyRef
    text: str
    points: Mapping[str, Mapping[str, OperatingPoint]]


def keep_policy(
    engine: Engine,
    ref: PolicyRef,
    text: str,
    model_sha256: str,
    points: Mapping[str, Mapping[str, OperatingPoint]],
) -> None:
    """Store a policy before it decides anything; a known one is left as it is.

    Raises:
        PolicyError: other rules were in use under the same id and version.
    """
    with writing(engine) as connection:
        known = connection.execute(
            select(policies.c.sha256)
            .where(policies.c.policy_id == ref.id, policies.c.version == ref.version)
            .where(policies.c.sha256 != ref.sha256)
        ).first()
        if known is not None:
            raise PolicyError(
                f"policy {ref.id}: version {ref.version} was in use with other rules. "
                "Raise the version, so that every decision names the rules it was made by."
            )
        connection.execute(
            insert_new(connection, policies),
            {
                "policy_id": ref.id,
                "version": ref.version,
                "sha256": ref.sha256,
                "model_sha256": model_sha256,
                "text": text,
                "points": {
                    attribute: {name: asdict(point) for name, point in named.items()}
                    for attribute, named in points.items()
                },
                "stored_at": datetime.now(UTC),
            },
        )


def stored_policy(engine: Engine, sha256: str, model_sha256: str | None) -> StoredPolicy | None:
    """The policy with this hash as it was used with a model, with any if none is named."""
    wanted = select(policies).where(policies.c.sha256 == sha256)
    if model_sha256 is not None:
        wanted = wanted.where(policies.c.model_sha256 == model_sha256)
    with reading(engine) as connection:
        row = connection.execute(wanted).first()
    if row is None:
        return None
    return StoredPolicy(
        PolicyRef(row.policy_id, row.version, row.sha256),
        row.text,
        {
            attribute: {name: OperatingPoint(**point) for name, point in named.items()}
            for attribute, named in row.points.items()
        },
    )


def recent_decisions(engine: Engine, site: str, now: datetime) -> tuple[int, int]:
    """Automatic decisions of the last hour, and how many of them were rejections.

    What the circuit breaker sent to review counts as rejected, or it would close itself.
    """
    stopped = and_(decisions.c.action == "review", decisions.c.rule == BREAKER_RULE)
    rejected = case((or_(decisions.c.action == "reject", stopped), 1), else_=0)
    with reading(engine) as connection:
        row = connection.execute(
            select(func.count(), func.coalesce(func.sum(rejected), 0))
            .select_from(decisions)
            .join(comment_versions, comment_versions.c.id == decisions.c.version_id)
            .join(comments, comments.c.id == comment_versions.c.comment_id)
            .where(comments.c.site == site, decisions.c.decided_by == "policy")
            .where(decisions.c.decided_at > now - _RECENT)
        ).one()
    return int(row[0]), int(row[1])


def author_histories(
    engine: Engine, site: str, author_hashes: Sequence[str], but: Sequence[str] = ()
) -> dict[str, tuple[int, int]]:
    """Comments and rejected comments by author hash; who has none is left out.

    Args:
        but: external ids of comments that do not count: those being decided now.
    """
    if not author_hashes:
        return {}
    known = comment_outcomes(site, author_hashes)
    latest = known.where(comments.c.external_id.not_in(set(but))).subquery()
    rejected = func.sum(case((decisions.c.action == "reject", 1), else_=0))
    with reading(engine) as connection:
        rows = connection.execute(
            select(latest.c.author_hash, func.count(), rejected)
            .select_from(latest)
            .join(decisions, decisions.c.id == latest.c.decision_id)
            .group_by(latest.c.author_hash)
        )
        return {row[0]: (int(row[1]), int(row[2])) for row in rows}


def comment_outcomes(site: str, author_hashes: Sequence[str]) -> Select[*tuple[Any, ...]]:
    """``author_hash``, ``comment_id`` and ``decision_id`` of each comment of these authors.

    The latest decision on any version of a comment is the comment's.
    """
    return (
        select(
            comment_versions.c.author_hash,
            comment_versions.c.comment_id,
            func.max(decisions.c.id).label("decision_id"),
        )
        .select_from(comment_versions)
        .join(comments, comments.c.id == comment_versions.c.comment_id)
        .join(decisions, decisions.c.version_id == comment_versions.c.id)
        .where(comments.c.site == site)
        .where(comment_versions.c.author_hash.in_(set(author_hashes)))
        .group_by(comment_versions.c.author_hash, comment_versions.c.comment_id)
    )
