"""Scorers without a model, for tests of everything around it."""

from collections.abc import Mapping, Sequence
from threading import Event

from moderation.domain import (
    ABUSE_ATTRIBUTES,
    Comment,
    ModelRef,
    OperatingPoint,
    Scores,
    Stance,
)

CLEAN = 0.01
WORDS: Mapping[str, tuple[str, float]] = {
    "حمار": ("insult", 0.97),
    "غبي": ("insult", 0.5),
    "سأقتلك": ("threat", 0.98),
    "7mar": ("insult", 0.97),
}


class FakeScorer:
    """Scores by keyword: «حمار» is an insult, everything else is clean."""

    model = ModelRef("fake", "f" * 64)
    operating_points: Mapping[str, Mapping[str, OperatingPoint]] = {
        name: {
            "precision_95": OperatingPoint(0.9, 2000, 0.96, 0.4),
            "precision_90": OperatingPoint(0.8, 2000, 0.92, 0.5),
            "best_f1": OperatingPoint(0.5, 2000, 0.7, 0.7),
            "best_f2": OperatingPoint(0.4, 2000, 0.6, 0.8),
            "missed_1": OperatingPoint(0.1, 2000, 0.3, 0.95),
        }
        for name in ABUSE_ATTRIBUTES
    }

    def __init__(self, words: Mapping[str, tuple[str, float]] = WORDS) -> None:
        self.words = words
        self.batches: list[int] = []

    def score(self, comments: Sequence[Comment]) -> list[Scores | None]:
        """Scores in order."""
        self.batches.append(len(comments))
        return [self.score_one(comment) for comment in comments]

    def score_one(self, comment: Comment) -> Scores | None:
        """Scores of one comment."""
        attributes: dict[str, float | None] = dict.fromkeys(ABUSE_ATTRIBUTES, CLEAN)
        for word, (attribute, score) in self.words.items():
            if word in comment.text:
                attributes[attribute] = score
        return Scores(
            attributes=attributes,
            sentiment={"negative": 0.2, "neutral": 0.5, "positive": 0.3},
            stance=tuple(Stance(target, 0.25, 0.5, 0.25) for target in comment.context.targets),
            model=self.model,
        )


class FailingScorer(FakeScorer):
    """Cannot score comments that hold ``mark``; an empty mark is in all of them."""

    def __init__(self, mark: str = "") -> None:
        super().__init__()
        self.mark = mark

    def score_one(self, comment: Comment) -> Scores | None:
        """Scores, or ``None`` for a marked comment."""
        return None if self.mark in comment.text else super().score_one(comment)


class BrokenScorer(FakeScorer):
    """Breaks its promise: raises, and quotes the comment."""

    def score_one(self, comment: Comment) -> Scores | None:
        """Raise."""
        raise RuntimeError(f"cannot score {comment.text}")


class BlockedScorer(FakeScorer):
    """Scores only once ``release`` is set; ``entered`` tells that it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.release = Event(), Event()

    def score_one(self, comment: Comment) -> Scores | None:
        """Wait, then score."""
        self.entered.set()
        assert self.release.wait(timeout=30)
        return super().score_one(comment)
