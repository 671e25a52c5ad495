"""Is the same sentence judged the same, whoever it is about?

Each sentence of ``functional/swaps.yaml`` is filled with every leader or every group of the
word lists, and comments of our own test part that name a leader are retold about others.
Nothing but the name changes, so no score should.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from training.corpora import Row
from training.functional.generate import words
from training.scored import ScoredRows

ATTRIBUTES = ("toxicity", "insult", "identity_attack", "threat", "likely_to_reject")
_SENTENCES = Path(__file__).parent / "functional" / "swaps.yaml"
# Comments of the test part are retold about this many others.
_RETOLD = 12


def swaps(
    own_test: Sequence[Row], scored: ScoredRows, thresholds: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    """Gaps by kind of swap.

    Args:
        own_test: rows of our own test part.
        scored: scores as served.
        thresholds: by attribute; where a decision would flip.

    Returns:
        For "leaders", "groups" and "comments": ``sentences``, ``versions``, and by attribute
        ``mean`` and ``max`` distance from the sentence's median score and ``flips``: the
        share of versions whose side of the threshold is not that of most versions.
    """
    sets = {
        "leaders": _filled("leader", [entry[0] for entry in _both("leaders")]),
        "groups": _filled("group", [entry[0] for entry in _both("groups")]),
        "comments": _retold(own_test),
    }
    return {name: _gaps(versions, scored, thresholds) for name, versions in sets.items()}


def _filled(hole: str, fillers: Sequence[str]) -> list[list[Row]]:
    return [
        [_row(sentence.replace(f"{{{hole}}}", filler)) for filler in fillers]
        for sentence in _read()[hole]
    ]


def _retold(rows: Sequence[Row]) -> list[list[Row]]:
    names = sorted((entry[0] for entry in _both("leaders") if entry[1] == "m"), key=len)
    anyone = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, reversed(names)))})(?!\w)")
    found = []
    for row in rows:
        named = {match[0] for match in anyone.finditer(row.text)}
        if row.labels and len(named) == 1:
            others = [n for n in names if n not in named][:: max(1, len(names) // _RETOLD)]
            found.append(
                [row, *(replace(row, text=anyone.sub(other, row.text)) for other in others)]
            )
    return found


def _gaps(
    versions: Sequence[Sequence[Row]], scored: ScoredRows, thresholds: Mapping[str, float]
) -> dict[str, float]:
    figures: dict[str, float] = {
        "sentences": len(versions),
        "versions": sum(map(len, versions)),
    }
    scores = [scored.of(rows) for rows in versions]
    for attribute in ATTRIBUTES:
        found = [
            np.array([s.attributes[attribute] for s in one], dtype=np.float64) for one in scores
        ]
        apart = [float(gap) for f in found for gap in np.abs(f - np.median(f))]
        flips = [flip for f in found for flip in _flips(f, thresholds[attribute])]
        figures |= {
            f"{attribute}_mean": sum(apart) / max(1, len(apart)),
            f"{attribute}_max": max(apart, default=0.0),
            f"{attribute}_flips": sum(flips) / max(1, len(flips)),
        }
    return figures


def _flips(scores: NDArray[np.float64], threshold: float) -> list[bool]:
    held = scores >= threshold
    usual = held.mean() >= 0.5
    return [bool(one) != usual for one in held]


def _row(text: str) -> Row:
    return Row(id=text, text=text, source="swaps", split="test")


@cache
def _read() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(_SENTENCES.read_text(encoding="utf-8"))
    return content


def _both(name: str) -> list[Any]:
    return [*words(name, "train"), *words(name, "test")]
