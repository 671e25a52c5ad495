"""The only place where text, scores and policy meet. Everything else calls it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from moderation.analysis import Analysis, Analyzer, open_analyzer
from moderation.domain import (
    MAX_COMMENT_CHARS,
    MAX_TARGETS,
    Action,
    Comment,
    Decision,
    Facts,
    Moderated,
    Scores,
)
from moderation.errors import InvalidInputError
from moderation.policy import Policy, ReadyPolicy, decide
from moderation.scoring import Scorer
from moderation.scoring.attribution import telling_spans
from moderation.text.alignment import Span, merged
from moderation.text.normalize import is_blank, normalize

log = structlog.get_logger()

# Of one call: each costs about ten scorings.
MOST_MARKED = 50


@dataclass(frozen=True, slots=True)
class AuthorHistory:
    """What was decided about an author's earlier comments."""

    comments: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the store knows when comments come in; ``None`` is unknown.

    Attributes:
        authors: by the caller's author id.
        recent_decisions, recent_rejects: automatic ones of the last hour.
    """

    authors: Mapping[str, AuthorHistory] | None = None
    recent_decisions: int | None = None
    recent_rejects: int | None = None


class Moderator:
    """Scores comments and decides on them.

    Example: ``Moderator(scorer, load_policy()).moderate([Comment("أحسنتم")])``.

    Args:
        mark_spans: find the words that carry the score of what goes to review.
        mask: what texts go through before they are stored; rules see the text so, too, or a
            replay would see another one.

    Raises:
        PolicyError: the policy names an operating point that the model does not have.
    """

    def __init__(
        self,
        scorer: Scorer,
        policy: Policy,
        analyzer: Analyzer | None = None,
        *,
        mark_spans: bool = True,
        mask: Callable[[str], str] = str,
    ) -> None:
        self.scorer = scorer
        self.policy: ReadyPolicy = policy.for_model(scorer.operating_points)
        self.analyzer = analyzer or open_analyzer()
        self._mark_spans = mark_spans
        self._mask = mask

    def score(self, comments: Sequence[Comment]) -> list[Scores | None]:
        """Score every comment, in order. A scorer that breaks has scored none of them."""
        return self._score(comments, [self.analyzer.analyze(c.text) for c in comments])

    def moderate(
        self,
        comments: Sequence[Comment],
        surroundings: Surroundings = Surroundings(),
        at: datetime | None = None,
    ) -> list[Moderated]:
        """Decide on every comment, in order. A comment that cannot be scored goes to review."""
        at = at or datetime.now(UTC)
        policy = self.policy
        analyses = [self.analyzer.analyze(comment.text) for comment in comments]
        scores = self._score(comments, analyses)
        results: list[Moderated] = []
        marked = 0
        for comment, analysis, found in zip(comments, analyses, scores, strict=True):
            facts = facts_of(comment, analysis, surroundings, at)
            shown = self._mask(comment.text)
            if shown != comment.text:
                facts = replace(facts, normalized=normalize(shown))
            decision = decide(found, facts, policy)
            mark = self._mark_spans and marked < MOST_MARKED
            marked += decision.action is Action.REVIEW
            spans = self._spans(comment, found, facts, decision, mark=mark)
            results.append(Moderated(comment, found, decision, facts, spans))
        return results

    def _score(
        self, comments: Sequence[Comment], analyses: Sequence[Analysis]
    ) -> list[Scores | None]:
        """The higher score of the text as written and of the text without its disguise."""
        disguised = [i for i, analysis in enumerate(analyses) if analysis.plain is not None]
        plain = [Comment(analyses[i].plain or "") for i in disguised]
        found = self._safely([*comments, *plain])
        scores = found[: len(comments)]
        for index, revealed in zip(disguised, found[len(comments) :], strict=True):
            written = scores[index]
            # What one form hides the other cannot vouch for: both, or neither.
            if written is None or revealed is None:
                scores[index] = None
            else:
                scores[index] = _higher(written, revealed)
        return scores

    def _safely(self, comments: Sequence[Comment]) -> list[Scores | None]:
        try:
            return self.scorer.score(comments)
        except Exception as error:
            # The error's text may quote a comment: only its type is logged.
            log.error("scorer_failed", error=type(error).__name__)
            return [None] * len(comments)

    def _spans(
        self,
        comment: Comment,
        scores: Scores | None,
        facts: Facts,
        decision: Decision,
        *,
        mark: bool,
    ) -> tuple[tuple[int, int], ...]:
        """What a moderator should see first: abusive words, and those that carry the score."""
        if scores is None or decision.action is Action.APPROVE:
            return ()
        spans = [Span(*span) for reason in decision.reasons for span in reason.spans]
        spans += [Span(hit.start, hit.end) for hit in facts.words if hit.sure]
        # A disguised text is not scored word by word: its plain form has other offsets.
        if mark and decision.action is Action.REVIEW and not scores.forms:
            spans += self._telling(comment.text, decision)
        return tuple((span.start, span.end) for span in merged(spans))

    def _telling(self, text: str, decision: Decision) -> list[Span]:
        for reason in decision.reasons:
            if reason.attribute and reason.score:
                try:
                    found = telling_spans(self.scorer, text, reason.attribute, reason.score)
                except Exception as error:
                    log.error("spans_failed", error=type(error).__name__)
                    return []
                return [Span(*span) for span in found]
        return []


def facts_of(
    comment: Comment, analysis: Analysis, surroundings: Surroundings, at: datetime
) -> Facts:
    """What a rule may ask about a comment beside its scores."""
    authors, author = surroundings.authors, comment.author_id
    history = None
    if authors is not None and author:
        history = authors.get(author, AuthorHistory(0, 0))
    return Facts(
        at=at,
        section=comment.context.section,
        is_reply=comment.context.parent is not None,
        length=len(comment.text),
        links=analysis.links,
        language=analysis.language,
        evasion=analysis.evasion,
        words=analysis.words,
        personal_data=analysis.personal_data,
        author_comments=None if history is None else history.comments,
        author_rejected=None if history is None else history.rejected,
        reports=comment.reports,
        recent_decisions=surroundings.recent_decisions,
        recent_rejects=surroundings.recent_rejects,
        normalized=analysis.normalized,
    )


def _higher(written: Scores, plain: Scores) -> Scores:
    attributes: dict[str, float | None] = {}
    for name, score in written.attributes.items():
        other = plain.attributes[name]
        # Missing stays missing: what one form hides the other cannot vouch for.
        attributes[name] = None if score is None or other is None else max(score, other)
    return replace(
        written,
        attributes=attributes,
        truncated=written.truncated or plain.truncated,
        forms={"written": written.attributes, "plain": plain.attributes},
    )


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
