"""One command, one table: the shipped model beside the SVM, on every test split.

    python -m training evaluate --model models/mizan-small

The model is measured as served (int8, through the service's own scorer). Each
corpus's threshold is chosen on its dev split; test splits are read here and
nowhere else.
"""

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track

from training.baseline import build_svm, predict_stance
from training.config import FinetuneStep
from training.corpora import CorpusError, Row, stable_fraction
from training.corpora.own import SOURCE as OWN
from training.corpora.own import read_own
from training.corpora.public import BY_NAME, CORPORA, corpus_path, read_public, with_dev
from training.corpora.rows import Split
from training.functional import SOURCE as FUNCTIONAL
from training.functional import generate
from training.metrics import (
    Classes,
    best_offsets,
    best_threshold,
    interval,
    ranking,
    recall_at_precision,
)
from training.scored import ScoredRows, labeled, outputs
from training.tasks import OWN_TASKS, TASKS, Task

# Rows that the SVM learns from where a corpus has no train split of its own.
_POOL_ROWS = 40_000
_FUNCTIONAL_TEST_ROWS = 2_000


@dataclass(slots=True)
class Line:
    """One line of the table; intervals are 95 %."""

    task: str
    metric: str
    rows: int
    model: float
    model_interval: tuple[float, float]
    svm: float | None
    svm_interval: tuple[float, float] | None
    threshold: float | None
    published: str
    details: dict[str, float] = field(default_factory=dict)


class Data:
    """Corpora, read once each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rows: dict[str, list[Row]] = {}

    def rows(self, corpus: str, split: str) -> list[Row]:
        """Rows of one split; dev is cut from train where a corpus has none."""
        if corpus not in self._rows:
            self._rows[corpus] = self._read(corpus)
        return [row for row in self._rows[corpus] if row.split == split]

    def _read(self, corpus: str) -> list[Row]:
        if corpus == OWN:
            return [*read_own("train"), *read_own("dev"), *read_own("test")]
        if corpus == FUNCTIONAL:
            train = generate("train", FinetuneStep().functional_rows)
            return [*train, *generate("test", _FUNCTIONAL_TEST_ROWS)]
        return with_dev(list(read_public(self._folder, BY_NAME[corpus])))

    def pool(self) -> list[Row]:
        """A stable sample of all train rows with a toxicity label."""
        found: list[Row] = []
        for corpus in CORPORA:
            if corpus_path(self._folder, corpus).exists():
                rows = self.rows(corpus.name, "train")
                found += [row for row in rows if "toxicity" in row.labels]
        found.sort(key=lambda row: stable_fraction(row.id))
        return found[:_POOL_ROWS]


def evaluate_task(
    task: Task, data: Data, scored: ScoredRows, with_svm: bool, split: Split = "test"
) -> Line:
    """Measure one task."""
    rows, truth = labeled(task, data.rows(task.corpus, split))
    if not rows:
        raise CorpusError(
            f"{task.corpus} has no {split} row that states {task.label}; "
            "put the whole corpus in place"
        )
    found = outputs(task, scored.of(rows))
    classes = classes_by(task, data, scored, split)
    threshold, details = None, {}
    if task.head == "abuse":
        threshold = threshold_of(task, data, scored)
        details = ranking(found, truth) | {
            "recall_at_precision_90": recall_at_precision(found, truth, 0.9),
            "recall_at_precision_95": recall_at_precision(found, truth, 0.95),
            "at_0.5": task.metric(truth, (found >= 0.5).astype(np.int64)),
        }
    baseline = _svm(task, data, rows) if with_svm else None
    return Line(
        task=task.name,
        metric=task.metric_name,
        rows=len(rows),
        model=task.metric(truth, classes),
        model_interval=interval(task.metric, truth, classes),
        svm=None if baseline is None else task.metric(truth, baseline),
        svm_interval=None if baseline is None else interval(task.metric, truth, baseline),
        threshold=threshold,
        published=task.published,
        details=details,
    )


def classes_by(task: Task, data: Data, scored: ScoredRows, split: Split = "test") -> Classes:
    """Decisions of a model, by the rule that is best on the corpus's dev split."""
    rows, _ = labeled(task, data.rows(task.corpus, split))
    found = outputs(task, scored.of(rows))
    if task.head == "abuse":
        return (found >= threshold_of(task, data, scored)).astype(np.int64)
    dev, truth = labeled(task, data.rows(task.corpus, "dev"))
    offsets = best_offsets(np.log(outputs(task, scored.of(dev))), truth, task.metric)
    return np.asarray((np.log(found) + offsets).argmax(1), dtype=np.int64)


def threshold_of(task: Task, data: Data, scored: ScoredRows) -> float:
    """The threshold that is best on the corpus's dev split."""
    # Templates have no dev part: ours stands in, as it would in use.
    corpus = OWN if task.corpus == FUNCTIONAL else task.corpus
    rows, truth = labeled(task, data.rows(corpus, "dev"))
    return best_threshold(outputs(task, scored.of(rows)), truth, task.metric)


def _svm(task: Task, data: Data, rows: Sequence[Row]) -> Classes:
    # A corpus without a train split is met as the service meets a new newsroom.
    train, truth = labeled(task, data.rows(task.corpus, "train") or data.pool())
    if task.head == "stance":
        return predict_stance(train, truth, rows)
    svm = build_svm().fit([row.text for row in train], truth)
    return np.asarray(svm.predict([row.text for row in rows]), dtype=np.int64)


def evaluate(
    data: Data, scored: ScoredRows, with_svm: bool = True, split: Split = "test"
) -> list[Line]:
    """All tasks whose corpus is there; the others are named and left out."""
    lines = []
    for task in track([*TASKS, *OWN_TASKS], "evaluating", console=Console(stderr=True)):
        if split == "dev" and task.corpus == FUNCTIONAL:
            continue
        try:
            lines.append(evaluate_task(task, data, scored, with_svm, split))
        except CorpusError as error:
            Console(stderr=True).print(f"skipped {task.name}: {error}", markup=False)
    return lines


def to_json(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """The table as plain data."""
    return [asdict(line) for line in lines]


if __name__ == "__main__":
    from training.cli import app

    app(["evaluate", *sys.argv[1:]])
