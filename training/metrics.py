"""The figures of the evaluation table, each with its definition.

Macro-F1: mean of the classes' F1. F-PN: mean F1 of positive and negative
(SemEval-2017 task 4). F-avg: mean F1 of favor and against (SemEval-2016 task 6).
Intervals are percentile bootstraps over rows (Efron 1979).
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from training.corpora import CorpusError

Classes = NDArray[np.int64]
Metric = Callable[[Classes, Classes], float]
_RESAMPLES = 1000


def macro_f1(truth: Classes, found: Classes) -> float:
    """Mean F1 over the classes that occur in ``truth``."""
    labels = np.unique(truth)
    return float(f1_score(truth, found, labels=labels, average="macro", zero_division=0))


def f1_of(*classes: int) -> Metric:
    """Mean F1 of the named classes only."""

    def metric(truth: Classes, found: Classes) -> float:
        return float(
            f1_score(truth, found, labels=list(classes), average="macro", zero_division=0)
        )

    return metric


def accuracy(truth: Classes, found: Classes) -> float:
    """Share of equal classes."""
    return float((truth == found).mean())


def interval(
    metric: Metric, truth: Classes, found: Classes, seed: int = 0
) -> tuple[float, float]:
    """95 % bootstrap interval of a metric."""
    rng = np.random.default_rng(seed)
    picks = rng.integers(0, len(truth), (_RESAMPLES, len(truth)))
    values = [metric(truth[pick], found[pick]) for pick in picks]
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def best_threshold(
    scores: NDArray[np.float64], truth: Classes, metric: Metric = macro_f1
) -> float:
    """The threshold with the highest metric; for dev rows only."""
    candidates = np.unique(np.quantile(scores, np.linspace(0.01, 0.99, 99)))
    values = [metric(truth, (scores >= c).astype(np.int64)) for c in candidates]
    return float(candidates[int(np.argmax(values))])


def best_offsets(
    log_probabilities: NDArray[np.float64], truth: Classes, metric: Metric = macro_f1
) -> NDArray[np.float64]:
    """What to add to each class [C] before the highest of [N, C] wins; for dev rows only.

    The counterpart of a threshold: corpora differ in how often they say "neutral". Classes
    that do not occur are never chosen.
    """
    classes = log_probabilities.shape[1]
    offsets = np.where(np.isin(np.arange(classes), truth), 0.0, -np.inf)
    best = metric(truth, (log_probabilities + offsets).argmax(1))
    for _ in range(2):
        for index in np.flatnonzero(np.isfinite(offsets)):
            for step in np.arange(-2, 2.01, 0.25):
                tried = offsets.copy()
                tried[index] = step
                value = metric(truth, (log_probabilities + tried).argmax(1))
                if value > best:
                    best, offsets = value, tried
    return offsets


def ranking(scores: NDArray[np.float64], truth: Classes) -> dict[str, float]:
    """Areas under the ROC and the precision-recall curve; empty with one class only."""
    if len(np.unique(truth)) < 2:
        return {}
    return {
        "auc": float(roc_auc_score(truth, scores)),
        "pr_auc": float(average_precision_score(truth, scores)),
    }


def recall_at_precision(scores: NDArray[np.float64], truth: Classes, precision: float) -> float:
    """Highest recall of any threshold whose precision is at least ``precision``; else 0."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(truth[order])
    reached = hits / np.arange(1, len(truth) + 1)
    good = hits[reached >= precision]
    return float(good.max() / truth.sum()) if len(good) and truth.sum() else 0.0


def classes_of(values: Sequence[float]) -> Classes:
    """Soft labels as classes: 0.5 and more is yes."""
    return (np.asarray(values, dtype=np.float64) >= 0.5).astype(np.int64)


def prevalence_weights(abusive: NDArray[np.bool_], prevalence: float) -> NDArray[np.float64]:
    """Row weights under which abusive rows have the given share of the total.

    Raises:
        CorpusError: all rows are abusive, or none is.
    """
    share = abusive.mean()
    if not 0 < share < 1:
        raise CorpusError("calibration needs both abusive and clean dev rows")
    weights = np.where(abusive, prevalence / share, (1 - prevalence) / (1 - share))
    return np.asarray(weights, dtype=np.float64)
