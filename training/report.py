"""Everything that is measured of a bundle, and how it is written down."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from moderation.domain import ABUSE_ATTRIBUTES, Comment
from moderation.scoring import OnnxScorer, load_bundle
from training.corpora.own import SOURCE as OWN
from training.evaluate import Data, evaluate, threshold_of, to_json
from training.evasion import average_cost, evasion
from training.functional import SOURCE as FUNCTIONAL
from training.metrics import prevalence_weights
from training.scored import ScoredRows, labeled, outputs
from training.slices import (
    FEWEST,
    calibration_error,
    functional_cases,
    hard_cases,
    slice_figures,
)
from training.swaps import ATTRIBUTES, swaps
from training.tasks import OWN_TASKS, TASKS, Task

# 24 tokens of the shipped tokenizer; what the speed figure is about.
_SPEED_TEXT = (
    "القرار جاء متأخرا لكنه خطوة صحيحة ونتمنى من الوزارة أن تتابع التنفيذ على الأرض هذا العام"
)
_SPEED_RUNS = 200


def _task(name: str) -> Task:
    return next(t for t in (*TASKS, *OWN_TASKS) if t.name == name)


def measure(model: Path, corpora: Path, with_svm: bool = True) -> dict[str, Any]:
    """All figures of a bundle, as plain data; test splits are read here."""
    data, bundle = Data(corpora), load_bundle(model)
    scorer = OnnxScorer(bundle)
    scored = ScoredRows(scorer)
    table = to_json(evaluate(data, scored, with_svm))
    own = data.rows(OWN, "test")
    insult, rejected, toxicity = (
        _task(f"own: {name}") for name in ("insult", "likely to reject", "toxicity")
    )
    at = {t.label: threshold_of(t, data, scored) for t in (insult, rejected, toxicity)}
    best = {
        name: points["best_f1"].threshold or 0.5
        for name, points in bundle.manifest.operating_points.items()
    }
    content = {
        "model": bundle.ref.sha256,
        "table": table,
        "hard_cases": hard_cases(own, scored, at[rejected.label]),
        "functional": functional_cases(
            data.rows(FUNCTIONAL, "test"), scored, at[toxicity.label]
        ),
        "slices": slice_figures(insult, own, scored, at[insult.label]),
        "swaps": swaps(own, scored, best),
        "evasion": {
            task.name: evasion(
                task,
                data.rows(task.corpus, "test"),
                scored,
                threshold_of(task, data, scored),
            )
            for task in (_task("OSACT4-A offensive"), toxicity)
        },
        "calibration_error": _calibration(data, scored, bundle.manifest.prevalence),
        "speed": _speed(scorer, model),
    }
    scorer.close()
    return content


def measure_dev(model: Path, corpora: Path) -> list[dict[str, Any]]:
    """The table on dev splits: what choices are made on."""
    scorer = OnnxScorer(load_bundle(model))
    lines = evaluate(Data(corpora), ScoredRows(scorer), with_svm=False, split="dev")
    scorer.close()
    return to_json(lines)


def _calibration(data: Data, scored: ScoredRows, prevalence: float) -> dict[str, float]:
    """Error of each label on our own test part, and of toxicity by dialect."""
    own, found = data.rows(OWN, "test"), {}
    for task in OWN_TASKS:
        if task.head == "abuse" and task.corpus == OWN:
            rows, truth = labeled(task, own)
            abusive = np.array([row.labels["toxicity"] >= 0.5 for row in rows])
            weights = prevalence_weights(abusive, prevalence)
            share = float(np.average(truth, weights=weights))
            found[task.label] = calibration_error(outputs(task, scored.of(rows)), truth, share)
    task = _task("own: toxicity")
    rows, truth = labeled(task, own)
    scores = outputs(task, scored.of(rows))
    dialects = np.array([str(row.dialect) for row in rows])
    for dialect in np.unique(dialects):
        chosen = dialects == dialect
        if min(truth[chosen].sum(), (1 - truth[chosen]).sum()) >= FEWEST:
            found[f"toxicity, {dialect}"] = calibration_error(
                scores[chosen], truth[chosen], prevalence
            )
    return found


def _speed(scorer: OnnxScorer, model: Path) -> dict[str, float]:
    comment, taken = Comment(_SPEED_TEXT), []
    for _ in range(_SPEED_RUNS):
        start = time.perf_counter()
        scorer.score([comment])
        taken.append(1000 * (time.perf_counter() - start))
    return {
        "median_ms_per_comment": round(float(np.median(taken)), 2),
        "onnx_mb": round((model / "model.onnx").stat().st_size / 1e6, 1),
    }


def table_markdown(rows: Sequence[dict[str, Any]]) -> str:
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


def _range(interval: Sequence[float] | None) -> str:
    return "–" if interval is None else f"{interval[0]:.3f}–{interval[1]:.3f}"


def sections_markdown(metrics: dict[str, Any]) -> str:
    """What the main table does not tell: rare labels, cases, slices, swaps, disguises."""
    return "\n\n".join(
        [
            "Rare labels: area under the precision-recall curve, and recall at the highest "
            f"threshold that keeps the precision.\n\n{_rare(metrics['table'])}",
            "Hard cases of our own test part: share of rows that are rightly held back or let "
            f"through.\n\n{_cases(metrics['hard_cases'])}",
            "Templated sentences in words and frames never trained on, the same.\n\n"
            + _cases(metrics["functional"]),
            f"Insult in slices of our own test part.\n\n{_slices(metrics['slices'])}",
            "The same comment about somebody else: distance of a score from its sentence's "
            "median, and share of versions on the other side of `best_f1`.\n\n"
            + _swaps(metrics["swaps"]),
            "Disguised on purpose (half of the words): macro-F1 and recall.\n\n"
            + _evasion(metrics["evasion"]),
            "Expected calibration error at the stated prevalence, own test part.\n\n"
            + _pairs(metrics["calibration_error"]),
        ]
    )


def _rare(table: Sequence[dict[str, Any]]) -> str:
    lines = [
        "| task | PR-AUC | recall at precision 0.90 | at 0.95 |\n|---|---:|---:|---:|",
        *(
            f"| {row['task']} | {d['pr_auc']:.3f} | {d['recall_at_precision_90']:.2f} "
            f"| {d['recall_at_precision_95']:.2f} |"
            for row in table
            if "pr_auc" in (d := row["details"])
        ),
    ]
    return "\n".join(lines)


def _cases(cases: dict[str, Sequence[float]]) -> str:
    lines = [f"| {kind} | {rows:.0f} | {share:.2f} |" for kind, (rows, share) in cases.items()]
    return "\n".join(["| kind | rows | right |\n|---|---:|---:|", *lines])


def _slices(slices: dict[str, dict[str, dict[str, float]]]) -> str:
    lines = ["| slice | rows | insults | recall | false alarms |\n|---|---:|---:|---:|---:|"]
    for name, values in slices.items():
        for value, f in values.items():
            recall, alarms = (
                "–" if key not in f else f"{f[key]:.2f}" for key in ("recall", "false_alarms")
            )
            lines.append(
                f"| {name}: {value} | {f['rows']:.0f} | {f['positives']:.0f} "
                f"| {recall} | {alarms} |"
            )
    return "\n".join(lines)


def _swaps(found: dict[str, dict[str, float]]) -> str:
    lines = [
        "| swapped | score | versions | mean | max | flips |\n|---|---|---:|---:|---:|---:|"
    ]
    lines += [
        f"| {name} | {attribute} | {f['versions']:.0f} | {f[f'{attribute}_mean']:.3f} "
        f"| {f[f'{attribute}_max']:.2f} | {f[f'{attribute}_flips']:.1%} |"
        for name, f in found.items()
        for attribute in ATTRIBUTES
    ]
    return "\n".join(lines)


def _evasion(found: dict[str, dict[str, dict[str, float]]]) -> str:
    names = list(found)
    head = "| disguise | " + " | ".join(f"{n}: macro-F1 | recall" for n in names) + " |"
    lines = [head, "|---|" + "---:|---:|" * len(names)]
    for attack in found[names[0]]:
        cells = (
            f"{found[n][attack]['macro_f1']:.3f} | {found[n][attack]['recall']:.2f}"
            for n in names
        )
        lines.append(f"| {attack.replace('_', ' ')} | " + " | ".join(cells) + " |")
    costs = (f"{average_cost(found[n]):.1f} points" for n in names)
    lines.append("| mean cost | " + " | | ".join(costs) + " | |")
    return "\n".join(lines)


def _pairs(values: dict[str, float]) -> str:
    lines = [f"| {name} | {value:.3f} |" for name, value in values.items()]
    return "\n".join(["| scores | error |\n|---|---:|", *lines])


def points_markdown(points: dict[str, dict[str, dict[str, Any]]]) -> str:
    """The operating points of ``bundle.json``."""
    lines = [
        "| score | point | threshold | recall | precision (at least) | missed | chosen on |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    for attribute in ABUSE_ATTRIBUTES:
        for name, p in points[attribute].items():
            n = f"n = {p['positives']} + {p['negatives']}"
            if p["threshold"] is None:
                lines.append(f"| {attribute} | {name} | not certified | | | | {n} |")
                continue
            lines.append(
                f"| {attribute} | {name} | {p['threshold']:.3f} | {p['recall']:.2f} "
                f"| {p['precision']:.2f} ({p['precision_low']:.2f}) | {p['missed']:.1%} | {n} |"
            )
    return "\n".join(lines)
