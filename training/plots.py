"""What the notebooks show of our own dataset and of a model's scores on it.

Whatever draws takes the axes to draw on; axes are labelled in English. Shares and costs are
those of a live stream, in which abuse has its stated share, not those of the labeled rows.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import roc_curve

from training.corpora import stable_fraction
from training.corpora.own import BINARY_LABELS, DATA
from training.corpora.rows import Split
from training.metrics import Classes, prevalence_weights
from training.operating import precision_at
from training.slices import Figures, calibration_error

Record = dict[str, Any]
Points = Mapping[str, float | None]

MASK = "•••"
LABELS = ("abusive", *BINARY_LABELS)
_ABUSIVE = 2  # of the four steps of toxicity
_BINS = 10
_COLOURS = {
    "precision_95": "tab:red",
    "precision_90": "tab:orange",
    "best_f1": "tab:green",
    "best_f2": "tab:olive",
    "missed_1": "tab:purple",
}


class Measured(NamedTuple):
    """Dev rows of one label; both classes must occur.

    Attributes:
        scores: calibrated probabilities [N]; truth: 0 or 1 [N].
        share: share of such comments in the live stream.
    """

    scores: NDArray[np.float64]
    truth: Classes
    share: float


class Cost(NamedTuple):
    """What a threshold does to 1,000 live comments.

    Attributes:
        held: comments a human must read; in_vain: those of them without abuse.
        missed: abusive comments that pass.
    """

    threshold: float
    held: float
    in_vain: float
    missed: float


def comments(split: Split, limit: int = 0) -> list[Record]:
    """Comments of one split with all their fields, in a stable order that mixes the items.

    Args:
        limit: how many; 0 is all.
    """
    lines = (DATA / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    records.sort(key=lambda record: stable_fraction(record["id"]))
    return records[: limit or None]


def masked(record: Record) -> str:
    """The comment's text, with a mask in place of each abusive stretch."""
    text, kept, end = record["text"], [], 0
    for span in sorted(record["spans"], key=lambda span: span["start"]):
        kept.append(text[end : span["start"]])
        end = max(end, span["end"])
    return MASK.join([*kept, text[end:]])


def examples(records: Sequence[Record], label: str, number: int = 3) -> list[Record]:
    """The first comments with a label; abuse that no span marks cannot be masked and is out."""
    chosen = [r for r in records if _has(r, label)]
    shown = [r for r in chosen if r["spans"] or not (_has(r, "abusive") or r["profanity"])]
    return shown[:number]


def co_occurrence(records: Sequence[Record]) -> NDArray[np.float64]:
    """Share of the comments with the label of a row that have that of a column [L, L]."""
    has = np.array([[_has(r, label) for label in LABELS] for r in records], dtype=np.float64)
    return np.asarray(has.T @ has / np.maximum(has.sum(0), 1)[:, None], dtype=np.float64)


def _has(record: Record, label: str) -> bool:
    return bool(record["toxicity"] >= _ABUSIVE if label == "abusive" else record[label])


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; what readers wrote in it stays what it is."""
    lines = [head, ["---"] * len(head), *([_cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    text = f"{value:.2f}" if isinstance(value, float) else " ".join(str(value).split())
    return re.sub(r"([\\`*_\[\]<>|#~$&])", r"\\\1", text)


def stacked_counts(ax: Axes, by_split: Mapping[str, Sequence[Record]], field: str) -> None:
    """Comments by a field's value, stacked by split; comments without one are left out."""
    counts = {s: Counter(r[field] for r in records) for s, records in by_split.items()}
    total = sum(counts.values(), Counter[str | None]())
    names = [name for name, _ in reversed(total.most_common()) if name]
    start = np.zeros(len(names))
    for split, found in counts.items():
        lengths = np.array([found[name] for name in names])
        ax.barh(names, lengths, left=start, label=split)
        start += lengths
    ax.set(xlabel="comments", title=field)
    ax.legend()


def heatmap(
    ax: Axes, values: ArrayLike, rows: Sequence[str], columns: Sequence[str], form: str = ".2f"
) -> None:
    """A matrix in colours, with its numbers written in."""
    cells = np.asarray(values)
    ax.imshow(cells, cmap="Blues", aspect="auto")
    ax.set_yticks(range(len(rows)), rows)
    ax.set_xticks(range(len(columns)), columns, rotation=30, ha="right")
    for (y, x), value in np.ndenumerate(cells):
        colour = "white" if value > cells.max() / 2 else "black"
        ax.text(x, y, format(value, form), ha="center", va="center", color=colour)


def slice_bars(ax: Axes, slices: Mapping[str, Figures], *figures: str) -> None:
    """The named figures (shares) of each slice, side by side; a slice may lack one."""
    places, height = np.arange(len(slices)), 0.8 / len(figures)
    for number, figure in enumerate(figures):
        shares = [values.get(figure, np.nan) for values in slices.values()]
        label = figure.replace("_", " ")
        ax.barh(places + number * height, shares, height, label=label)
    names = [f"{name} ({values['rows']:.0f})" for name, values in slices.items()]
    ax.set_yticks(places + 0.4 - height / 2, names)
    ax.set(xlim=(0, 1))
    ax.invert_yaxis()
    # Below the axes: bars may fill all of them.
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.05), ncols=len(figures))


def live_share(truth: Classes, abusive: NDArray[np.bool_], prevalence: float) -> float:
    """Share of a label in a live stream in which abuse has the given prevalence."""
    return float(np.average(truth, weights=prevalence_weights(abusive, prevalence)))


def rates(measured: Measured, threshold: float) -> tuple[float, float]:
    """Recall and share of false alarms at a threshold."""
    held, positive = measured.scores >= threshold, measured.truth == 1
    return float(held[positive].mean()), float(held[~positive].mean())


def cost(measured: Measured, threshold: float) -> Cost:
    """What the threshold does to 1,000 comments of the live stream."""
    recall, alarms = rates(measured, threshold)
    abuse = 1000 * measured.share
    in_vain = (1000 - abuse) * alarms
    return Cost(threshold, abuse * recall + in_vain, in_vain, abuse * (1 - recall))


def precision_recall(ax: Axes, measured: Measured, points: Points) -> None:
    """Precision in the live stream by recall, with the operating points that there are."""
    alarms, recall, _ = roc_curve(measured.truth, measured.scores, drop_intermediate=False)
    # The first point holds nothing: its precision is not defined.
    pairs = list(zip(recall, alarms, strict=True))[1:]
    precision = [precision_at(r, a, measured.share) for r, a in pairs]
    ax.plot(recall[1:], precision, color="0.4", label="these rows")
    for name, threshold in _certified(points).items():
        found, false = rates(measured, threshold)
        right = precision_at(found, false, measured.share)
        ax.plot(found, right, "o", color=_COLOURS.get(name), label=_named(name, threshold))
    ax.set(xlabel="recall", ylabel="precision", xlim=(0, 1.02), ylim=(0, 1.02))
    ax.legend()


def score_histograms(ax: Axes, measured: Measured, points: Points) -> None:
    """Where the scores of both classes lie, as shares of each class."""
    edges = np.linspace(0, 1, 41).tolist()
    for value, name in enumerate(("without", "with")):
        scores = measured.scores[measured.truth == value]
        weights = np.full(len(scores), 1 / len(scores))
        ax.hist(scores, edges, weights=weights, alpha=0.5, label=f"{name} the label")
    _draw_lines(ax, points)
    ax.set(xlabel="score", ylabel="share of the class", yscale="log")
    ax.legend()


def reliability(ax: Axes, measured: Measured) -> None:
    """Mean score against the live share of abuse, in bins of equally many rows."""
    scores, truth, share = measured
    weights = prevalence_weights(truth == 1, share)
    parts = np.array_split(np.argsort(scores, kind="stable"), min(_BINS, len(scores)))
    said = [np.average(scores[part], weights=weights[part]) for part in parts]
    seen = [np.average(truth[part], weights=weights[part]) for part in parts]
    ax.plot([0, 1], [0, 1], color="0.8")
    ax.plot(said, seen, "o-")
    error = calibration_error(scores, truth, share)
    ax.set(xlabel="mean score", ylabel="share of abuse", title=f"calibration error {error:.3f}")


def cost_curve(ax: Axes, costs: Sequence[Cost], points: Points) -> None:
    """Held, held in vain and missed by threshold, each per 1,000 live comments."""
    thresholds = [c.threshold for c in costs]
    ax.plot(thresholds, [c.held for c in costs], color="black", label="held")
    ax.plot(thresholds, [c.in_vain for c in costs], ":", color="black", label="held in vain")
    ax.plot(thresholds, [c.missed for c in costs], color="tab:blue", label="abuse missed")
    _draw_lines(ax, points)
    ax.set(xlabel="threshold", ylabel="per 1,000 comments")
    ax.legend()


def _draw_lines(ax: Axes, points: Points) -> None:
    for name, threshold in _certified(points).items():
        label = _named(name, threshold)
        ax.axvline(threshold, color=_COLOURS.get(name), linestyle="--", label=label)


def _certified(points: Points) -> dict[str, float]:
    return {name: threshold for name, threshold in points.items() if threshold is not None}


def _named(name: str, threshold: float) -> str:
    return f"{name} ({threshold:.2f})"
