"""Rows with their scores as served: what every measurement starts from."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from moderation.domain import SENTIMENTS, STANCES, Comment, Context, Scores
from moderation.scoring import Scorer
from training.corpora import Row
from training.metrics import Classes, classes_of
from training.tasks import Task

_SCORED_AT_ONCE = 256


class ScoredRows:
    """Scores as served; what several tasks ask for is scored once."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._known: dict[Comment, Scores] = {}

    def of(self, rows: Sequence[Row]) -> list[Scores]:
        """Scores in the order of the rows."""
        comments = [
            Comment(row.text, context=Context(targets=(row.target,) if row.target else ()))
            for row in rows
        ]
        new = list(dict.fromkeys(c for c in comments if c not in self._known))
        for start in range(0, len(new), _SCORED_AT_ONCE):
            chunk = new[start : start + _SCORED_AT_ONCE]
            for comment, scores in zip(chunk, self._scorer.score(chunk), strict=True):
                if scores is None:
                    raise RuntimeError("a test row could not be scored; see the log")
                self._known[comment] = scores
        return [self._known[comment] for comment in comments]


def outputs(task: Task, scores: Sequence[Scores]) -> NDArray[np.float64]:
    """The head's probabilities: [N] for an abuse label, [N, classes] otherwise."""
    if task.head == "abuse":
        return np.array([s.attributes[task.label] for s in scores], dtype=np.float64)
    if task.head == "sentiment":
        return np.array([[(s.sentiment or {})[n] for n in SENTIMENTS] for s in scores])
    return np.array([[getattr(s.stance[0], n) for n in STANCES] for s in scores])


def labeled(task: Task, rows: Sequence[Row]) -> tuple[list[Row], Classes]:
    """The rows that state the task's label, with their classes."""
    chosen = [row for row in rows if task.truth(row) is not None]
    values = [task.truth(row) or 0 for row in chosen]
    if task.head == "abuse":
        return chosen, classes_of(values)
    return chosen, np.array(values, dtype=np.int64)
