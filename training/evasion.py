"""What disguise costs: test rows as written and under each attack of ``training.noise``."""

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from training.corpora import Row
from training.metrics import Classes, macro_f1
from training.noise import ATTACKS
from training.scored import ScoredRows, labeled, outputs
from training.tasks import Task

_SEED = 0


def evasion(
    task: Task, rows: Sequence[Row], scored: ScoredRows, threshold: float
) -> dict[str, dict[str, float]]:
    """Macro-F1 and recall of an abuse label, clean and by attack, at one threshold."""
    rows, truth = labeled(task, rows)
    versions = {"clean": rows} | {name: attacked(rows, name) for name in ATTACKS}
    return {
        name: _figures(truth, outputs(task, scored.of(version)) >= threshold)
        for name, version in versions.items()
    }


def attacked(rows: Sequence[Row], name: str) -> list[Row]:
    """The rows with their texts disguised; the same rows give the same disguise."""
    rng = random.Random(f"{name}-{_SEED}")
    return [replace(row, text=ATTACKS[name](row.text, rng)) for row in rows]


def average_cost(figures: dict[str, dict[str, float]]) -> float:
    """Points of macro-F1 that an attack costs, mean over attacks."""
    clean = figures["clean"]["macro_f1"]
    attacks = [f["macro_f1"] for name, f in figures.items() if name != "clean"]
    return 100 * (clean - float(np.mean(attacks)))


def _figures(truth: Classes, held: np.ndarray) -> dict[str, float]:
    found = held.astype(np.int64)
    return {"macro_f1": macro_f1(truth, found), "recall": float(found[truth == 1].mean())}
