"""Two models on the same rows: better, same or worse, line by line.

    python -m training compare models/mizan-small runs/other/bundle

Each model keeps the thresholds that its own dev scores choose. Rows are resampled in pairs
(paired bootstrap, Berg-Kirkpatrick et al. 2012): a difference counts when its 95 % interval
leaves zero out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from rich.console import Console
from rich.progress import track

from training.corpora import CorpusError
from training.evaluate import Data, classes_by
from training.metrics import Classes, Metric
from training.scored import ScoredRows, labeled
from training.tasks import OWN_TASKS, TASKS

_RESAMPLES = 1000
Verdict = Literal["better", "same", "worse"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One line: the second model against the first."""

    task: str
    metric: str
    rows: int
    first: float
    second: float
    interval: tuple[float, float]

    @property
    def verdict(self) -> Verdict:
        """What the interval of the difference says of the second model."""
        low, high = self.interval
        return "better" if low > 0 else "worse" if high < 0 else "same"


def paired_interval(
    metric: Metric, truth: Classes, first: Classes, second: Classes, seed: int = 0
) -> tuple[float, float]:
    """95 % interval of ``metric(second) - metric(first)`` over resampled rows."""
    rng = np.random.default_rng(seed)
    picks = rng.integers(0, len(truth), (_RESAMPLES, len(truth)))
    gaps = [metric(truth[p], second[p]) - metric(truth[p], first[p]) for p in picks]
    low, high = np.quantile(gaps, [0.025, 0.975])
    return float(low), float(high)


def compare(data: Data, first: ScoredRows, second: ScoredRows) -> list[Comparison]:
    """Every task of the table whose corpus is there."""
    found = []
    for task in track([*TASKS, *OWN_TASKS], "comparing", console=Console(stderr=True)):
        try:
            _, truth = labeled(task, data.rows(task.corpus, "test"))
            one, other = (classes_by(task, data, scored) for scored in (first, second))
        except CorpusError as error:
            Console(stderr=True).print(f"skipped {task.name}: {error}", markup=False)
            continue
        found.append(
            Comparison(
                task.name,
                task.metric_name,
                len(truth),
                task.metric(truth, one),
                task.metric(truth, other),
                paired_interval(task.metric, truth, one, other),
            )
        )
    return found


def to_markdown(lines: Sequence[Comparison]) -> str:
    """The comparison as a table."""
    out = [
        "| task | metric | rows | first | second | difference, 95 % | second is |",
        "|---|---|---:|---:|---:|---|---|",
    ]
    out += [
        f"| {c.task} | {c.metric} | {c.rows} | {c.first:.3f} | {c.second:.3f} "
        f"| {c.interval[0]:+.3f} to {c.interval[1]:+.3f} | {c.verdict} |"
        for c in lines
    ]
    return "\n".join(out)
