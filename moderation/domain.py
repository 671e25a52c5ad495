"""The words this project thinks in. Imports nothing of ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, get_args

# Names as in Google's Perspective, in lower case; the last two are ours.
ABUSE_ATTRIBUTES = (
    "toxicity",
    "severe_toxicity",
    "insult",
    "profanity",
    "identity_attack",
    "threat",
    "likely_to_reject",
    "sarcasm",
)
# Thresholds by meaning; docs/policy.md says which.
OperatingPointName = Literal["precision_95", "precision_90", "best_f1", "best_f2", "missed_1"]
OPERATING_POINTS: tuple[OperatingPointName, ...] = get_args(OperatingPointName)
SENTIMENTS = ("negative", "neutral", "positive")
STANCES = ("favor", "against", "neutral")

# The reason under which the circuit breaker sends to review what would be rejected.
BREAKER_RULE = "engine-breaker"
# The rule of decisions that people make.
HUMAN_RULE = "human"
# Longer comments are refused at every door, with a clear error (code points).
MAX_COMMENT_CHARS = 20_480
MAX_TARGETS = 4


class Action(StrEnum):
    """What happens to a comment, mildest first."""

    APPROVE = "approve"
    REVIEW = "review"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Context:
    """What the reader saw when writing.

    Attributes:
        title: headline of the article.
        targets: people, institutions, policies or claims to measure stance toward.
        parent: text of the comment that this one answers.
        section: part of the site («politics»), as the caller names it.
        article_id: the caller's id of the article; what its comments are counted under.
        lead: first sentences of the article, for moderators.
        parent_id: the caller's id of the comment that this one answers.
    """

    title: str | None = None
    targets: tuple[str, ...] = ()
    parent: str | None = None
    section: str | None = None
    article_id: str | None = None
    lead: str | None = None
    parent_id: str | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """One reader comment as it came in.

    Attributes:
        id: the caller's id; decisions are idempotent on it.
        author_id: the caller's id of the author; stored as a keyed hash only.
        reports: how many readers reported it, where the caller knows.
    """

    text: str
    id: str | None = None
    context: Context = field(default_factory=Context)
    author_id: str | None = None
    reports: int | None = None


@dataclass(frozen=True, slots=True)
class ModelRef:
    """Which model gave a score: its name and the sha256 of its bundle."""

    id: str
    sha256: str


@dataclass(frozen=True, slots=True)
class PolicyRef:
    """Which policy decided: its id, version and the sha256 of its file."""

    id: str
    version: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Stance:
    """Probabilities of the stance toward one target; they add up to 1."""

    target: str
    favor: float
    against: float
    neutral: float


@dataclass(frozen=True, slots=True)
class Scores:
    """Calibrated probabilities for one comment.

    Attributes:
        attributes: 0..1 by name of ``ABUSE_ATTRIBUTES``; ``None`` is missing, not zero.
        sentiment: 0..1 by name of ``SENTIMENTS``, or ``None``.
        stance: one entry per target.
        truncated: part of the text was too long to be read.
        forms: where the text was disguised, the attributes of each form that was scored
            (``written`` and ``plain``); ``attributes`` are the higher of them.
    """

    attributes: Mapping[str, float | None]
    sentiment: Mapping[str, float] | None
    stance: tuple[Stance, ...]
    model: ModelRef
    truncated: bool = False
    forms: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A threshold that was asked for by meaning.

    Attributes:
        threshold: ``None`` where too few comments were at hand to be sure.
        comments: dev comments it was measured on.
        precision, recall: at the stated prevalence; ``None`` where not measured.
    """

    threshold: float | None
    comments: int = 0
    precision: float | None = None
    recall: float | None = None


@dataclass(frozen=True, slots=True)
class WordHit:
    """An entry of the word list found in a comment.

    Attributes:
        sure: it cannot well be meant innocently there.
        start, end: offsets into the text as typed, in code points.
    """

    entry: str
    category: str
    severity: int
    sure: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PersonalData:
    """A phone number, an address or the like.

    Attributes:
        kind: ``phone``, ``email``, ``iban`` or ``national_id``.
        start, end: offsets into the text as typed, in code points.
    """

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a comment beside its scores. ``None`` is unknown, never "no".

    Attributes:
        at: when it is decided on; schedules go by it.
        section: of the site, as the caller names it.
        length: in code points.
        language: ``ar``, ``ar-Latn`` (Arabizi), ``other`` or ``und``.
        evasion: 0..1, how hard the text was disguised.
        author_comments, author_rejected: earlier comments of the author, and how many of
            them were rejected.
        reports: reader reports, as the caller counts them.
        recent_decisions, recent_rejects: automatic decisions of the last hour, for the
            circuit breaker.
        normalized: the text as the model sees it.
    """

    at: datetime
    section: str | None = None
    is_reply: bool = False
    length: int = 0
    links: int = 0
    language: str = "ar"
    evasion: float = 0.0
    words: tuple[WordHit, ...] = ()
    personal_data: tuple[PersonalData, ...] = ()
    author_comments: int | None = None
    author_rejected: int | None = None
    reports: int | None = None
    recent_decisions: int | None = None
    recent_rejects: int | None = None
    normalized: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a rule matched.

    Attributes:
        code: stable, machine-readable ("insult", "not_scored").
        rule: immutable id of the policy's rule.
        message: one line for moderators, by language ("ar", "en").
        action: what the rule asks for.
        attribute, score, threshold: what was compared, where anything was.
        point: the operating point's name, where the threshold has one.
        meaning: what the threshold means, by language.
        spans: stretches of the text as typed that the rule goes by, in code points.
    """

    code: str
    rule: str
    message: Mapping[str, str]
    action: str = "review"
    attribute: str | None = None
    score: float | None = None
    threshold: float | None = None
    point: str | None = None
    meaning: Mapping[str, str] | None = None
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Approve, review or reject, always with at least one reason.

    Attributes:
        queue, priority: where a human looks at it, the most urgent (1) first.
        notes: rules that only remark.
        shadow: what rules on trial would have done; nobody acts on it.
        notice: what the author is told, by language, where the comment is not published.
    """

    action: Action
    reasons: tuple[Reason, ...]
    policy: PolicyRef
    queue: str | None = None
    priority: int | None = None
    notes: tuple[Reason, ...] = ()
    shadow: tuple[Reason, ...] = ()
    notice: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Moderated:
    """A comment with everything that was decided about it.

    Attributes:
        spans: words that carry the score, in the text as typed, in code points.
    """

    comment: Comment
    scores: Scores | None
    decision: Decision
    facts: Facts | None = None
    spans: tuple[tuple[int, int], ...] = ()
