"""How far two independent passes over the same comments agree.

    python -m training agreement

Krippendorff's alpha (Krippendorff 2011, "Computing Krippendorff's
Alpha-Reliability"): 1 is perfect, 0 is chance. Toxicity is ordinal, all else nominal.
"""

import json
from pathlib import Path
from typing import Any, Literal

import krippendorff
import numpy as np

from training.corpora import SENTIMENTS, STANCES, CorpusError
from training.corpora.own import BINARY_LABELS, DATA, SECOND_PASS

Level = Literal["nominal", "ordinal"]


def agreement(folder: Path = DATA) -> dict[str, tuple[int, float]]:
    """Rows and alpha by label, over the comments of the second pass.

    Raises:
        CorpusError: the second pass names a comment that the dataset does not hold.
    """
    first: dict[str, dict[str, Any]] = {}
    for split in ("train", "dev", "test"):
        first |= {row["id"]: row for row in _read(folder / f"{split}.jsonl")}
    second = _read(folder / SECOND_PASS)
    unknown = [row["id"] for row in second if row["id"] not in first]
    if unknown:
        raise CorpusError(f"{folder / SECOND_PASS}: {unknown[0]} is in no split")
    found: dict[str, tuple[int, float]] = {}
    for label in ("toxicity", *BINARY_LABELS):
        pairs = [(first[row["id"]][label], row[label]) for row in second]
        found[label] = _alpha(pairs, "ordinal" if label == "toxicity" else "nominal")
    feelings = [(first[row["id"]]["sentiment"], row["sentiment"]) for row in second]
    found["sentiment"] = _alpha(
        [(SENTIMENTS.index(a), SENTIMENTS.index(b)) for a, b in feelings], "nominal"
    )
    stances = [
        (STANCES.index(a["label"]), STANCES.index(b["label"]))
        for row in second
        for a, b in zip(first[row["id"]]["stance"], row["stance"], strict=True)
    ]
    found["stance"] = _alpha(stances, "nominal")
    return found


def _alpha(pairs: list[tuple[int, int]], level: Level) -> tuple[int, float]:
    ratings = np.array(pairs, dtype=np.float64).T  # [2 passes, N]
    return len(pairs), float(
        krippendorff.alpha(reliability_data=ratings, level_of_measurement=level)
    )


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
