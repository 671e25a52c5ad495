"""Labeled and raw text, read into one schema."""

from training.corpora.rows import (
    ABUSE_LABELS,
    SENTIMENTS,
    STANCES,
    CorpusError,
    Row,
    stable_fraction,
)

__all__ = [
    "ABUSE_LABELS",
    "SENTIMENTS",
    "STANCES",
    "CorpusError",
    "Row",
    "stable_fraction",
]
