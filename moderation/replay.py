"""A past decision, made again from what was stored: it must come out the same."""

from dataclasses import dataclass, replace

from sqlalchemy import Engine

from moderation.domain import Decision, Reason
from moderation.errors import NotFoundError
from moderation.policy import decide, parse_policy
from moderation.store import CommentStore, StoredVersion, stored_policy
from moderation.text.normalize import normalize


@dataclass(frozen=True, slots=True)
class Replay:
    """The stored decision and the one made again."""

    stored: Decision
    again: Decision

    @property
    def same(self) -> bool:
        """Equal in every part but wordings: those may be corrected at any time."""
        return _without_wording(self.stored) == _without_wording(self.again)


def replay(engine: Engine, site: str, comment_id: str, version: int | None = None) -> Replay:
    """Decide again on a stored version by the stored policy, thresholds, scores and facts.

    What people decided afterwards is left aside.

    Raises:
        NotFoundError: no such comment or version, or its policy or facts were not kept.
    """
    stored = _version(engine, site, comment_id, version)
    ref = stored.decision.policy
    model = stored.scores.model.sha256 if stored.scores else None
    kept = stored_policy(engine, ref.sha256, model)
    if kept is None:
        raise NotFoundError(f"The policy {ref.id} version {ref.version} was not kept.")
    if stored.facts is None:
        raise NotFoundError("The facts of this decision were not kept.")
    ready = parse_policy(kept.text.encode(), ref.id, used=True).for_model(kept.points)
    facts = replace(stored.facts, normalized=normalize(stored.comment.text))
    return Replay(stored.decision, decide(stored.scores, facts, ready))


def _without_wording(decision: Decision) -> Decision:
    def bare(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
        return tuple(replace(reason, message={}, meaning=None) for reason in reasons)

    return replace(
        decision,
        reasons=bare(decision.reasons),
        notes=bare(decision.notes),
        shadow=bare(decision.shadow),
        notice=None,
    )


def _version(engine: Engine, site: str, comment_id: str, version: int | None) -> StoredVersion:
    # The secret only makes hashes of new comments.
    found = CommentStore(engine, b"unused").get(site, comment_id, "policy")
    if found is None:
        raise NotFoundError("There is no comment with this id.")
    if version is None:
        return found
    for candidate in found.history:
        if candidate.version == version:
            return candidate
    raise NotFoundError(f"The comment has no version {version}.")
