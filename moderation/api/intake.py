"""From checked comments to stored decisions, idempotent on the caller's id."""

from collections.abc import Sequence

from moderation.api.state import Service
from moderation.domain import Comment
from moderation.errors import InvalidInputError
from moderation.pipeline import check_comment
from moderation.store import StoredComment


def check_batch(comments: Sequence[Comment], limit: int, many: bool) -> None:
    """Refuse a request as a whole before anything is scored or stored.

    Args:
        many: the request is a list, and paths of fields begin with the place in it.

    Raises:
        InvalidInputError: with the path of the field that is wrong.
    """
    if len(comments) > limit:
        raise InvalidInputError(
            f"A request may have at most {limit} comments.",
            "too_many_comments",
            field="comments",
            limit=limit,
        )
    seen: dict[str, tuple[str, tuple[str, ...]]] = {}
    for number, comment in enumerate(comments):
        place = f"comments.{number}." if many else ""
        try:
            check_comment(comment)
        except InvalidInputError as error:
            error.details["field"] = place + error.details["field"]
            raise
        if comment.id is not None:
            content = (comment.text, comment.context.targets)
            if seen.setdefault(comment.id, content) != content:
                raise InvalidInputError(
                    "Two comments of this request have one id and different content.",
                    "duplicate_id",
                    field=place + "id",
                )


def moderate_and_record(service: Service, comments: Sequence[Comment]) -> list[StoredComment]:
    """Stored decisions in the order of ``comments``.

    A comment whose id is known with the same content is not scored again: its
    stored decision is the answer.
    """
    site = service.settings.site
    known = service.store.find(site, [c.id for c in comments if c.id is not None])
    answers = [_unchanged(service, comment, known) for comment in comments]
    fresh = [c for c, answer in zip(comments, answers, strict=True) if answer is None]
    if fresh:
        service.policies.refresh()
        surroundings = service.neighbourhood.of(fresh)
        moderated = service.moderator.moderate(fresh, surroundings)
        recorded = service.store.record(site, moderated)
        for item, stored in zip(moderated, recorded, strict=True):
            # Another request may have been faster: then its decision stands.
            if stored.decision is item.decision:
                service.metrics.decisions.labels(item.decision.action.value).inc()
                service.metrics.not_scored.inc(item.scores is None)
        rest = iter(recorded)
        answers = [next(rest) if answer is None else answer for answer in answers]
    return [answer for answer in answers if answer is not None]


def _unchanged(
    service: Service, comment: Comment, known: dict[str, StoredComment]
) -> StoredComment | None:
    stored = known.get(comment.id) if comment.id is not None else None
    if stored is None or not service.store.is_unchanged(stored, comment):
        return None
    return stored
