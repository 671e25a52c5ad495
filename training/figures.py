"""The evaluation table as a picture, beside the model."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

FIGURES_FILE = "figures.png"
_ROW_INCHES = 0.32


def write_figures(model: Path, table: Sequence[Mapping[str, Any]]) -> Path:
    """Draw every line of ``metrics.json``'s table with its interval, the SVM beside it.

    Returns:
        the file, in the model's folder.
    """
    figure = Figure(figsize=(8, 1 + _ROW_INCHES * len(table)), layout="constrained")
    axes = figure.subplots()
    for place, row in enumerate(reversed(table)):
        _dot(axes, place + 0.12, row["model"], row["model_interval"], "C0", "o")
        if row.get("svm") is not None:
            _dot(axes, place - 0.12, row["svm"], row["svm_interval"], "0.5", "s")
    axes.set_yticks(
        range(len(table)), [f"{r['task']} ({r['metric']})" for r in reversed(table)]
    )
    axes.set_xlim(0, 1)
    axes.set_xlabel("test splits, 95 % intervals; round: the model, square: the SVM")
    axes.grid(axis="x", alpha=0.3)
    path = model / FIGURES_FILE
    # Without the date and version that matplotlib writes, equal figures are equal files.
    figure.savefig(path, dpi=110, metadata={"Software": None})
    return path


def _dot(
    axes: Any, place: float, value: float, interval: Sequence[float], colour: str, marker: str
) -> None:
    axes.plot(interval, [place, place], color=colour, linewidth=1.5)
    axes.plot([value], [place], marker, color=colour, markersize=4)
