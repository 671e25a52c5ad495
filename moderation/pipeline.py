"""The only place where scoring meets policy. Everything else calls it."""

from collections.abc import Sequence

import structlog

from moderation.domain import (
    MAX_COMMENT_CHARS,
    MAX_TARGETS,
    Comment,
    Decision,
    Moderated,
    Scores,
)
from moderation.errors import InvalidInputError
from moderation.policy import Policy, decide
from moderation.scoring import Scorer
from moderation.text.normalize import is_blank

log = structlog.get_logger()


class Moderator:
    """Scores comments and decides on them.

    Example: ``Moderator(scorer, load_policy()).moderate([Comment("أحسنتم")])``.

    Raises:
        PolicyError: the policy names an operating point that the model does not have.
    """

    def __init__(self, scorer: Scorer, policy: Policy) -> None:
        self.scorer = scorer
        self.policy = policy.for_model(scorer.operating_points)

    def score(self, comments: Sequence[Comment]) -> list[Scores | None]:
        """Score every comment, in order. A scorer that breaks has scored none of them."""
        try:
            return self.scorer.score(comments)
        except Exception as error:
            # The error's text may quote a comment: only its type is logged.
            log.error("scorer_failed", error=type(error).__name__)
            return [None] * len(comments)

    def moderate(self, comments: Sequence[Comment]) -> list[Moderated]:
        """Decide on every comment, in order. A comment that cannot be scored goes to review."""
        scores = self.score(comments)
        return [
            Moderated(comment, found, self._decide(found))
            for comment, found in zip(comments, scores, strict=True)
        ]

    def _decide(self, scores: Scores | None) -> Decision:
        return decide(scores, self.policy)


def check_comment(comment: Comment) -> None:
    """Refuse what no door lets in.

    Raises:
        InvalidInputError: ``comment_empty``, ``comment_too_long`` or ``too_many_targets``.
    """
    if len(comment.text) > MAX_COMMENT_CHARS:
        raise InvalidInputError(
            f"The comment has {len(comment.text)} characters; "
            f"at most {MAX_COMMENT_CHARS} are read.",
            "comment_too_long",
            field="text",
            limit=MAX_COMMENT_CHARS,
        )
    if is_blank(comment.text):
        raise InvalidInputError(
            "The comment has nothing to read.", "comment_empty", field="text"
        )
    if len(comment.context.targets) > MAX_TARGETS:
        raise InvalidInputError(
            f"At most {MAX_TARGETS} stance targets are measured per comment.",
            "too_many_targets",
            field="context.targets",
            limit=MAX_TARGETS,
        )
