"""Our own test part cut into slices: where the model is right and where it is not."""

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from training.corpora import Row
from training.metrics import prevalence_weights
from training.scored import ScoredRows, labeled, outputs
from training.tasks import OWN_TASKS, Task

_BINS = 10
# Smaller slices say nothing.
FEWEST = 20

Figures = dict[str, float]


def _length(row: Row) -> str:
    words = len(row.text.split())
    return "1–4 words" if words < 5 else "5–24 words" if words < 25 else "25 words and more"


SLICES: dict[str, Callable[[Row], Sequence[str]]] = {
    "dialect": lambda row: [str(row.dialect)],
    "script": lambda row: [str(row.script)],
    "part": lambda row: [str(row.part)],
    "attacked": lambda row: row.attacked or ["nobody attacked"],
    "length": lambda row: [_length(row)],
}


def slice_figures(
    task: Task, rows: Sequence[Row], scored: ScoredRows, threshold: float
) -> dict[str, dict[str, Figures]]:
    """By kind of slice and slice: rows, positives, recall, share of false alarms."""
    rows, truth = labeled(task, rows)
    held = outputs(task, scored.of(rows)) >= threshold
    found: dict[str, dict[str, Figures]] = {}
    for name, cut in SLICES.items():
        places: dict[str, list[int]] = defaultdict(list)
        for index, row in enumerate(rows):
            for value in cut(row):
                places[value].append(index)
        found[name] = {
            value: _rates(truth[chosen] == 1, held[chosen])
            for value, chosen in sorted(places.items())
            if len(chosen) >= FEWEST
        }
    return found


def _rates(positive: NDArray[np.bool_], held: NDArray[np.bool_]) -> Figures:
    figures: Figures = {"rows": len(positive), "positives": int(positive.sum())}
    if positive.any():
        figures["recall"] = float(held[positive].mean())
    if not positive.all():
        figures["false_alarms"] = float(held[~positive].mean())
    return figures


def hard_cases(
    rows: Sequence[Row], scored: ScoredRows, threshold: float
) -> dict[str, tuple[int, float]]:
    """Rows and accuracy by kind: is what should be held back held back, and nothing else?"""
    task = next(t for t in OWN_TASKS if t.label == "likely_to_reject")
    return _accuracy_by_kind(task, [r for r in rows if r.kind and r.labels], scored, threshold)


def functional_cases(
    rows: Sequence[Row], scored: ScoredRows, threshold: float
) -> dict[str, tuple[int, float]]:
    """The same over the templated sentences' test part, by what a sentence does."""
    task = next(t for t in OWN_TASKS if t.label == "toxicity")
    return _accuracy_by_kind(task, rows, scored, threshold)


def _accuracy_by_kind(
    task: Task, rows: Sequence[Row], scored: ScoredRows, threshold: float
) -> dict[str, tuple[int, float]]:
    rows, truth = labeled(task, rows)
    held = outputs(task, scored.of(rows)) >= threshold
    right: dict[str, list[bool]] = defaultdict(list)
    for row, positive, is_held in zip(rows, truth, held, strict=True):
        right[str(row.kind)].append(bool(is_held) == bool(positive))
    return {kind: (len(r), float(np.mean(r))) for kind, r in sorted(right.items())}


def calibration_error(
    scores: NDArray[np.float64], truth: NDArray[np.int64], prevalence: float
) -> float:
    """Expected calibration error over bins of equal mass (Naeini et al. 2015).

    Rows are weighted so that positives have their stated share: a probability that is
    right at the live prevalence is not right among labeled rows, which hold more abuse.

    Args:
        scores: probabilities [N]; truth: 0 or 1 [N].
        prevalence: share of positives that the probabilities assume.
    """
    weights = prevalence_weights(truth == 1, prevalence)
    order = np.argsort(scores, kind="stable")
    error = 0.0
    for part in np.array_split(order, _BINS):
        mass = weights[part].sum()
        if mass:
            gap = np.average(scores[part], weights=weights[part]) - np.average(
                truth[part], weights=weights[part]
            )
            error += mass / weights.sum() * abs(float(gap))
    return error
