"""One command, one table: the shipped model beside the SVM, on every test split.

    python -m training evaluate --model models/mizan-small

The model is measured as served (int8, through the service's own scorer). Each
corpus's threshold is chosen on its dev split; test splits are read here and
nowhere else.
"""

import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from moderation.domain import SENTIMENTS, STANCES, Comment, Context, Scores
from moderation.scoring import Scorer
from training.baseline import build_svm
from training.config import FinetuneStep
from training.corpora import CorpusError, Row, stable_fraction
from training.corpora.own import SOURCE as OWN
from training.corpora.own import read_own
from training.corpora.public import BY_NAME, CORPORA, corpus_path, read_public, with_dev
from training.functional import SOURCE as FUNCTIONAL
from training.functional import generate
from training.metrics import (
    Classes,
    best_threshold,
    classes_of,
    interval,
    ranking,
    recall_at_precision,
)
from training.tasks import OWN_TASKS, TASKS, Task

_SCORED_AT_ONCE = 256
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


def evaluate_task(task: Task, data: Data, scored: ScoredRows, with_svm: bool) -> Line:
    """Measure one task."""
    rows, truth = _labeled(task, data.rows(task.corpus, "test"))
    found = outputs(task, scored.of(rows))
    threshold, details = None, {}
    if task.head == "abuse":
        threshold = _threshold(task, data, scored)
        classes = (found >= threshold).astype(np.int64)
        details = ranking(found, truth) | {
            "recall_at_precision_90": recall_at_precision(found, truth, 0.9),
            "at_0.5": task.metric(truth, (found >= 0.5).astype(np.int64)),
        }
    else:
        # Classes that a corpus does not use are not offered to it.
        _, train_truth = _labeled(task, data.rows(task.corpus, "train"))
        unused = np.setdiff1d(np.arange(found.shape[1]), train_truth)
        found[:, unused] = -1
        classes = found.argmax(1)
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


def _labeled(task: Task, rows: Sequence[Row]) -> tuple[list[Row], Classes]:
    chosen = [row for row in rows if task.truth(row) is not None]
    values = [task.truth(row) or 0 for row in chosen]
    if task.head == "abuse":
        return chosen, classes_of(values)
    return chosen, np.array(values, dtype=np.int64)


def _threshold(task: Task, data: Data, scored: ScoredRows) -> float:
    """The best on the corpus's dev split."""
    # Templates have no dev part: ours stands in, as it would in use.
    corpus = OWN if task.corpus == FUNCTIONAL else task.corpus
    rows, truth = _labeled(task, data.rows(corpus, "dev"))
    return best_threshold(outputs(task, scored.of(rows)), truth, task.metric)


def _svm(task: Task, data: Data, rows: Sequence[Row]) -> Classes:
    # A corpus without a train split is met as the service meets a new newsroom.
    train, truth = _labeled(task, data.rows(task.corpus, "train") or data.pool())
    if task.head != "stance":
        svm = build_svm().fit([row.text for row in train], truth)
        return np.asarray(svm.predict([row.text for row in rows]), dtype=np.int64)
    return _stance_svm(train, truth, rows)


def _stance_svm(train: Sequence[Row], truth: Classes, rows: Sequence[Row]) -> Classes:
    """One SVM per target where a target recurs; else one over target and text."""
    groups: dict[str | None, list[int]] = defaultdict(list)
    for index, row in enumerate(train):
        groups[row.target].append(index)
    if len(groups) > 20:
        svm = build_svm().fit([f"{r.target} {r.text}" for r in train], truth)
        texts = [f"{r.target} {r.text}" for r in rows]
        return np.asarray(svm.predict(texts), dtype=np.int64)
    found = np.zeros(len(rows), dtype=np.int64)
    for target, indexes in groups.items():
        svm = build_svm().fit([train[i].text for i in indexes], truth[indexes])
        places = [i for i, row in enumerate(rows) if row.target == target]
        if places:
            found[places] = svm.predict([rows[i].text for i in places])
    return found


def hard_cases(data: Data, scored: ScoredRows) -> dict[str, tuple[int, float]]:
    """Rows and accuracy by kind: is what should be held back held back, and nothing else?"""
    task = next(t for t in OWN_TASKS if t.label == "likely_to_reject")
    threshold = _threshold(task, data, scored)
    rows = [r for r in data.rows(OWN, "test") if r.kind and r.labels]
    held = outputs(task, scored.of(rows)) >= threshold
    right: dict[str, list[bool]] = defaultdict(list)
    for row, is_held in zip(rows, held, strict=True):
        right[str(row.kind)].append(bool(is_held) == (row.labels[task.label] >= 0.5))
    return {kind: (len(r), float(np.mean(r))) for kind, r in sorted(right.items())}


def evaluate(data: Data, scored: ScoredRows, with_svm: bool = True) -> list[Line]:
    """All tasks whose corpus is there; the others are named and left out."""
    lines = []
    for task in track([*TASKS, *OWN_TASKS], "evaluating", console=Console(stderr=True)):
        try:
            lines.append(evaluate_task(task, data, scored, with_svm))
        except CorpusError as error:
            Console(stderr=True).print(f"skipped {task.name}: {error}", markup=False)
    return lines


def to_json(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """The table as plain data."""
    return [asdict(line) for line in lines]


def to_markdown(rows: Sequence[dict[str, Any]]) -> str:
    """The table, from its plain data."""
    out = [
        "| task | metric | rows | Mizan | 95 % | AUC | SVM | 95 % | published |",
        "|---|---|---:|---:|---|---:|---:|---|---|",
    ]
    for row in rows:
        svm, auc = row["svm"], row["details"].get("auc")
        out.append(
            f"| {row['task']} | {row['metric']} | {row['rows']} | {row['model']:.3f} "
            f"| {_range(row['model_interval'])} | {'–' if auc is None else f'{auc:.3f}'} "
            f"| {'–' if svm is None else f'{svm:.3f}'} | {_range(row['svm_interval'])} "
            f"| {row['published']} |"
        )
    return "\n".join(out)


def _range(interval_: Sequence[float] | None) -> str:
    return "–" if interval_ is None else f"{interval_[0]:.3f}–{interval_[1]:.3f}"


if __name__ == "__main__":
    from training.cli import app

    app(["evaluate", *sys.argv[1:]])
