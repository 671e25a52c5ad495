"""The one schema that every corpus is read into."""

import hashlib
from dataclasses import dataclass, field
from typing import Literal

from moderation.domain import ABUSE_ATTRIBUTES, SENTIMENTS, STANCES

ABUSE_LABELS = ABUSE_ATTRIBUTES
Split = Literal["train", "dev", "test"]
# Toxicity is annotated in four steps; "rough but publishable" is no abuse.
TOXICITY = (0.0, 0.15, 1.0, 1.0)

__all__ = [
    "ABUSE_LABELS",
    "SENTIMENTS",
    "STANCES",
    "TOXICITY",
    "CorpusError",
    "Row",
    "Split",
    "stable_fraction",
]


class CorpusError(Exception):
    """A corpus that cannot be used; the message names file, line and remedy."""


@dataclass(frozen=True, slots=True)
class Row:
    """One labeled comment.

    Attributes:
        labels: probability 0..1 by attribute. An attribute that is not there is
            unknown, never negative.
        sentiment: index into ``SENTIMENTS`` or ``None``.
        stance: index into ``STANCES``, toward ``target``, or ``None``.
    """

    id: str
    text: str
    source: str
    split: Split
    labels: dict[str, float] = field(default_factory=dict)
    sentiment: int | None = None
    stance: int | None = None
    target: str | None = None
    dialect: str | None = None
    kind: str | None = None
    part: str | None = None
    script: str | None = None
    attacked: tuple[str, ...] = ()


def stable_fraction(key: str) -> float:
    """A number in 0..1 that depends on ``key`` alone: splits stay put when rows come or go."""
    digest = hashlib.sha256(key.encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
