"""The native dialect: ``/v1/score``, ``/v1/moderate``, ``/v1/comments/{id}``."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from moderation.api.intake import check_batch, moderate_and_record
from moderation.api.schemas import (
    AppealOut,
    CommentOut,
    CommentsIn,
    ManyModeratedOut,
    ManyScoresOut,
    ModeratedOut,
    OneOrMany,
    ScoresOut,
)
from moderation.api.security import require
from moderation.api.state import Service, ServiceDep
from moderation.domain import Comment
from moderation.errors import NotFoundError
from moderation.store import Scope, StoredVersion, appeal
from moderation.wire import decision_fields, findings_fields, scores_fields, span_fields

router = APIRouter(prefix="/v1", tags=["moderation"])


@router.post("/score", dependencies=[Depends(require(Scope.SCORE))])
def score(request: OneOrMany, service: ServiceDep) -> ScoresOut | ManyScoresOut:
    """Score one comment, or up to 1,000. Nothing is stored."""
    comments = _comments(request, service)
    moderator = service.moderator
    answers = [
        ScoresOut(**scores_fields(comment.id, scores, moderator.scorer.model))
        for comment, scores in zip(comments, moderator.score(comments), strict=True)
    ]
    return ManyScoresOut(comments=answers) if _is_many(request) else answers[0]


@router.post("/moderate", dependencies=[Depends(require(Scope.MODERATE))])
def moderate(request: OneOrMany, service: ServiceDep) -> ModeratedOut | ManyModeratedOut:
    """Decide on one comment, or up to 1,000, and store comment, scores and decision.

    Idempotent on ``id``: the same content again returns the stored decision, other
    content is an edit with its own history.
    """
    comments = _comments(request, service)
    answers = [
        ModeratedOut(**_stored_fields(stored, service))
        for stored in moderate_and_record(service, comments)
    ]
    return ManyModeratedOut(comments=answers) if _is_many(request) else answers[0]


@router.get("/comments/{id:path}", dependencies=[Depends(require(Scope.READ))])
def comment(
    id: Annotated[str, Path(max_length=256)],  # noqa: A002 - the path's public name
    service: ServiceDep,
) -> CommentOut:
    """A stored comment with its decision and all earlier versions."""
    stored = service.store.get(service.settings.site, id)
    if stored is None:
        raise NotFoundError("There is no comment with this id.")
    versions = [
        _stored_fields(version, service) | {"text": _sendable(version.comment.text)}
        for version in stored.history
    ]
    return CommentOut(**versions[-1], history=versions[:-1])


@router.post(
    "/comments/{id:path}/appeals",
    status_code=202,
    dependencies=[Depends(require(Scope.MODERATE))],
)
def appeal_decision(
    id: Annotated[str, Path(max_length=256)],  # noqa: A002 - the path's public name
    service: ServiceDep,
) -> AppealOut:
    """Put a rejected comment before somebody else than the one who rejected it.

    Asking twice changes nothing.
    """
    appeal(service.engine, service.settings.site, id, datetime.now(UTC))
    return AppealOut(id=id, state="open")


def _comments(request: OneOrMany, service: Service) -> list[Comment]:
    items = request.comments if isinstance(request, CommentsIn) else [request]
    comments = [item.to_domain() for item in items]
    check_batch(comments, service.settings.max_batch, _is_many(request))
    return comments


def _is_many(request: OneOrMany) -> bool:
    return isinstance(request, CommentsIn)


def _stored_fields(stored: StoredVersion, service: Service) -> dict[str, Any]:
    text = stored.comment.text
    model = stored.scores.model if stored.scores else service.moderator.scorer.model
    return scores_fields(stored.comment.id, stored.scores, model) | {
        "version": stored.version,
        "decision": decision_fields(stored.decision, text),
        "findings": findings_fields(stored.facts, text),
        "spans": [span_fields(span, text) for span in stored.spans],
        "received_at": stored.received_at,
        "decided_at": stored.decided_at,
    }


def _sendable(text: str) -> str:
    """JSON cannot carry lone surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8")
