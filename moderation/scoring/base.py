"""What the rest of the service knows of a model."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from moderation.domain import Comment, ModelRef, OperatingPoint, Scores


class Scorer(Protocol):
    """Scores comments; the same text and context give the same scores, alone or in a batch."""

    @property
    def model(self) -> ModelRef:
        """Name and hash of the model behind the scores."""
        ...

    @property
    def operating_points(self) -> Mapping[str, Mapping[str, OperatingPoint]]:
        """By attribute and name."""
        ...

    def score(self, comments: Sequence[Comment]) -> list[Scores | None]:
        """One entry per comment, in order; ``None`` where scoring failed."""
        ...
