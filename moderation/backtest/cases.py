"""Comments with their scores, from the database or from a file of JSON lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError
from sqlalchemy import Engine, or_, select

from moderation.domain import Facts, ModelRef, PersonalData, Scores, Stance, WordHit
from moderation.errors import InvalidInputError
from moderation.store import reading
from moderation.store.reasons import facts_from
from moderation.store.records import scores_from, standing_decision
from moderation.store.tables import comment_versions, comments, decisions, scores

_AT_ONCE = 5_000
# When nobody said when: schedules go by it, and no day is counted.
NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Findings(_Read):
    language: str = "ar"
    evasion: float = 0.0
    links: int = 0
    words: tuple[WordHit, ...] = ()
    personal_data: tuple[PersonalData, ...] = ()


class _Facts(_Read):
    at: AwareDatetime | None = None
    section: str | None = None
    is_reply: bool = False
    author_comments: int | None = None
    author_rejected: int | None = None
    reports: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One comment to decide on.

    Attributes:
        text: as typed; ``None`` where it is not at hand.
        human: what a human decided (``approve`` or ``reject``), if one did.
    """

    id: str
    text: str | None
    scores: Scores | None
    facts: Facts
    human: str | None = None


class _Line(_Read):
    """One line of a file of cases; what else it holds is let through unread."""

    id: str | int | None = None
    text: str | None = None
    scores: dict[str, float | None] | None
    sentiment: dict[str, float] | None = None
    stance: tuple[Stance, ...] = ()
    model: ModelRef = ModelRef("", "")
    truncated: bool = False
    findings: _Findings = _Findings()
    facts: _Facts = _Facts()
    human: Literal["approve", "reject"] | None = None


def read_cases(stream: BinaryIO, first: int = 1) -> Iterator[Case]:
    """Cases from JSON lines as ``python -m moderation moderate`` writes them.

    Beside ``scores`` a line may hold ``text``, ``findings``, ``facts`` (``section``,
    ``author_comments``, ``at`` …) and ``human``.

    Args:
        first: number of the first line, for messages.

    Raises:
        InvalidInputError: a line that is none of this; the message names line and field,
            never what it holds.
    """
    for number, line in enumerate(stream, first):
        if not line.strip():
            continue
        try:
            yield _case(_Line.model_validate_json(line), number)
        except ValidationError as error:
            problem = error.errors(include_input=False, include_url=False)[0]
            field = ".".join(map(str, problem["loc"])) or "line"
            raise InvalidInputError(
                f"line {number}: {field}: {problem['type']}. Each line needs scores as "
                "“python -m moderation moderate” writes them.",
                "case_unreadable",
            ) from None


def stored_cases(
    engine: Engine,
    site: str,
    last: timedelta,
    now: datetime | None = None,
    model_sha256: str | None = None,
) -> Iterator[Case]:
    """The versions that were decided automatically in the last days, newest first.

    With what people decided on them since.

    Memory stays bounded: rows come a few thousand at a time.

    Args:
        model_sha256: leave out what another model scored: its thresholds are not ours.
    """
    since = (now or datetime.now(UTC)) - last
    judged = decisions.alias()
    wanted = (
        select(
            judged.c.action.label("human"),
            decisions.c.id, decisions.c.facts, decisions.c.decided_at,
            comments.c.external_id, comment_versions.c.text, comment_versions.c.parent_text,
            scores.c.model_id, scores.c.model_sha256, scores.c.attributes,
            scores.c.sentiment, scores.c.stance, scores.c.truncated, scores.c.forms,
        )
        .select_from(decisions)
        .join(comment_versions, comment_versions.c.id == decisions.c.version_id)
        .join(comments, comments.c.id == comment_versions.c.comment_id)
        .outerjoin(scores, scores.c.id == decisions.c.score_id)
        .outerjoin(judged, judged.c.id == standing_decision(decisions.c.version_id, "human"))
        .where(comments.c.site == site, decisions.c.decided_by == "policy")
        .where(decisions.c.decided_at >= since)
        .order_by(decisions.c.id.desc())
        .limit(_AT_ONCE)
    )  # fmt: skip
    if model_sha256 is not None:
        ours = or_(scores.c.model_sha256 == model_sha256, scores.c.model_sha256.is_(None))
        wanted = wanted.where(ours)
    before: int | None = None
    while True:
        with reading(engine) as connection:
            step = wanted if before is None else wanted.where(decisions.c.id < before)
            rows = connection.execute(step).all()
        for row in rows:
            yield _stored(row)
        if len(rows) < _AT_ONCE:
            return
        before = rows[-1].id


def _stored(row: Any) -> Case:
    facts = facts_from(row.facts) if row.facts else Facts(
        at=row.decided_at, is_reply=row.parent_text is not None, length=len(row.text)
    )  # fmt: skip
    found = None if row.attributes is None else scores_from(row)
    # Taken back is no judgement.
    human = None if row.human == "review" else row.human
    return Case(row.external_id, row.text, found, facts, human)


def _case(line: _Line, number: int) -> Case:
    scores = None
    if line.scores is not None:
        scores = Scores(line.scores, line.sentiment, line.stance, line.model, line.truncated)
    known, found = line.facts, line.findings
    facts = Facts(
        at=known.at or NO_TIME,
        section=known.section,
        is_reply=known.is_reply,
        length=len(line.text or ""),
        links=found.links,
        language=found.language,
        evasion=found.evasion,
        words=found.words,
        personal_data=found.personal_data,
        author_comments=known.author_comments,
        author_rejected=known.author_rejected,
        reports=known.reports,
    )
    case_id = str(number if line.id is None else line.id)
    return Case(case_id, line.text, scores, facts, line.human)
