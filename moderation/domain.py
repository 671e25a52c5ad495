"""The words this project thinks in. Imports nothing of ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    """

    title: str | None = None
    targets: tuple[str, ...] = ()
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """One reader comment as it came in.

    Attributes:
        id: the caller's id; decisions are idempotent on it.
        author_id: the caller's id of the author; stored as a keyed hash only.
    """

    text: str
    id: str | None = None
    context: Context = field(default_factory=Context)
    author_id: str | None = None


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
    """

    attributes: Mapping[str, float | None]
    sentiment: Mapping[str, float] | None
    stance: tuple[Stance, ...]
    model: ModelRef
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a rule fired.

    Attributes:
        code: stable, machine-readable ("insult", "not_scored").
        rule: immutable id of the policy's rule.
        attribute, score, threshold: what was compared, where anything was.
        message: one line for moderators, by language ("ar", "en").
    """

    code: str
    rule: str
    message: Mapping[str, str]
    attribute: str | None = None
    score: float | None = None
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Approve, review or reject, always with at least one reason."""

    action: Action
    reasons: tuple[Reason, ...]
    policy: PolicyRef


@dataclass(frozen=True, slots=True)
class Moderated:
    """A comment with everything that was decided about it."""

    comment: Comment
    scores: Scores | None
    decision: Decision
