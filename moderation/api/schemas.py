"""What goes over the wire in the native dialect."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag
from pydantic.config import JsonDict

from moderation.domain import MAX_TARGETS, Comment, Context
from moderation.text.normalize import without_surrogates

_ID_PATTERN = r"^[^\x00-\x1f\x7f]+$"
_EXAMPLE: JsonDict = {
    "id": "c-1001",
    "text": "أختلف معك تمامًا، لكن شكرًا على المقال",
    "context": {
        "title": "وزير المالية يعلن ضريبة جديدة",
        "targets": ["وزير المالية"],
    },
}


def _readable(value: object) -> object:
    return without_surrogates(value) if isinstance(value, str) else value


# A title cut by JavaScript may end in half an emoji; that must not lose the comment.
_Text = Annotated[str, BeforeValidator(_readable)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ContextIn(_In):
    """What the reader saw when writing."""

    title: Annotated[_Text | None, Field(max_length=1000)] = None
    targets: Annotated[
        tuple[Annotated[_Text, Field(min_length=1, max_length=200)], ...],
        Field(max_length=MAX_TARGETS),
    ] = ()
    parent: Annotated[_Text | None, Field(max_length=20_480)] = None
    section: Annotated[_Text | None, Field(min_length=1, max_length=100)] = None
    article_id: Annotated[str | None, Field(max_length=256, pattern=_ID_PATTERN)] = None
    lead: Annotated[_Text | None, Field(max_length=2000)] = None
    parent_id: Annotated[str | None, Field(max_length=256, pattern=_ID_PATTERN)] = None


class CommentIn(_In):
    """One comment."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [_EXAMPLE]}
    )
    text: str
    id: Annotated[str | None, Field(max_length=256, pattern=_ID_PATTERN)] = None
    context: ContextIn = ContextIn()
    author_id: Annotated[str | None, Field(max_length=256)] = None
    reports: Annotated[int | None, Field(ge=0, le=1_000_000)] = None

    def to_domain(self) -> Comment:
        """The comment as the rest of the house knows it."""
        context = Context(**self.context.model_dump())
        return Comment(self.text, self.id, context, self.author_id, self.reports)


class CommentsIn(_In):
    """Up to 1,000 comments."""

    comments: Annotated[list[CommentIn], Field(min_length=1)]


def _shape(value: Any) -> str:
    if isinstance(value, Mapping):
        return "many" if "comments" in value else "one"
    return "many" if isinstance(value, CommentsIn) else "one"


OneOrMany = Annotated[
    Annotated[CommentIn, Tag("one")] | Annotated[CommentsIn, Tag("many")],
    Discriminator(_shape),
]


class AppealOut(BaseModel):
    """An appeal that waits for somebody; what they decide is told like every decision."""

    id: str
    state: str


class StanceOut(BaseModel):
    """Probabilities of the stance toward one target."""

    target: str
    favor: float
    against: float
    neutral: float


class ModelOut(BaseModel):
    """Which model scored."""

    id: str
    sha256: str


class ScoresOut(BaseModel):
    """Scores of one comment; ``scores`` is null where the model could not answer.

    ``forms``: of a disguised comment, what it scores as written and in plain words;
    ``scores`` are the higher of them.
    """

    id: str | None
    scores: dict[str, float | None] | None
    forms: dict[str, dict[str, float | None]]
    sentiment: dict[str, float] | None
    stance: list[StanceOut]
    truncated: bool
    model: ModelOut


class PolicyOut(BaseModel):
    """Which policy decided."""

    id: str
    version: int
    sha256: str


class SpanOut(BaseModel):
    """A stretch of the text: code points, and UTF-16 units as JavaScript counts."""

    start: int
    end: int
    utf16_start: int
    utf16_end: int


class ReasonOut(BaseModel):
    """Why a rule matched.

    ``point`` is the threshold's name, ``meaning`` what it was measured to mean.
    """

    code: str
    rule: str
    action: str
    attribute: str | None
    score: float | None
    threshold: float | None
    point: str | None
    meaning: dict[str, str] | None
    message: dict[str, str]
    spans: list[SpanOut]


class DecisionOut(BaseModel):
    """approve, review or reject.

    ``notes`` are rules that only remark, ``shadow`` rules on trial that nobody acts on,
    ``notice`` what the author may be told.
    """

    action: str
    queue: str | None
    priority: int | None
    reasons: list[ReasonOut]
    notes: list[ReasonOut]
    shadow: list[ReasonOut]
    notice: dict[str, str] | None
    policy: PolicyOut


class WordOut(SpanOut):
    """An entry of the word list that was found."""

    entry: str
    category: str
    severity: int
    sure: bool


class PersonalDataOut(SpanOut):
    """Personal data that was found."""

    kind: str


class FindingsOut(BaseModel):
    """What was found without the model; ``evasion`` tells how hard the text was disguised."""

    language: str
    evasion: float
    links: int
    words: list[WordOut]
    personal_data: list[PersonalDataOut]


class ModeratedOut(ScoresOut):
    """Scores and decision, as stored."""

    version: int
    decision: DecisionOut
    findings: FindingsOut | None
    spans: list[SpanOut]
    received_at: datetime
    decided_at: datetime


class VersionOut(ModeratedOut):
    """One version of a comment with its text."""

    text: str


class CommentOut(VersionOut):
    """The newest version, and those before it, oldest first."""

    history: list[VersionOut]


class DecisionCountsOut(BaseModel):
    """Comments by the decision that stands on them."""

    approve: int
    review: int
    reject: int


class SlotOut(DecisionCountsOut):
    """The comments that came in during one hour, day or month (UTC)."""

    start: datetime


class DecidersOut(BaseModel):
    """Comments by who made the decision that stands."""

    policy: int
    human: int


class SentimentCountsOut(BaseModel):
    """Comments by their most probable sentiment.

    ``comments`` are behind these counts, ``unscored`` are in none; ``mean`` is of
    P(positive) - P(negative), -1 to 1.
    """

    comments: int
    negative: int
    neutral: int
    positive: int
    unscored: int
    mean: float | None


class StanceCountsOut(BaseModel):
    """Comments by their most probable stance toward one target; ``comments`` in all."""

    target: str
    comments: int
    favor: int
    against: int
    neutral: int


class ArticleSummaryOut(BaseModel):
    """An article's comments in numbers, for people to read: nothing is decided by them.

    ``series`` is cut into ``step``: ``hour``, ``day`` or ``month``. ``cut``: only the newest
    20,000 comments are counted.
    """

    id: str
    title: str | None
    lead: str | None
    section: str | None
    comments: int
    cut: bool
    first_at: datetime
    last_at: datetime
    decisions: DecisionCountsOut
    decided_by: DecidersOut
    sentiment: SentimentCountsOut
    stance: list[StanceCountsOut]
    step: str
    series: list[SlotOut]


class ManyScoresOut(BaseModel):
    """Scores in the order of the request."""

    comments: list[ScoresOut]


class ManyModeratedOut(BaseModel):
    """Decisions in the order of the request."""

    comments: list[ModeratedOut]
