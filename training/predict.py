"""Logits of a trained (float32) model over many rows, in batches."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track

from training.corpora import Row
from training.examples import Collator, Example
from training.model import load_model
from training.tokenizer import load_tokenizer

_BATCH = 64


class Predictions(NamedTuple):
    """Raw logits, float64 [N, n], in the order of the rows."""

    abuse: NDArray[np.float64]
    sentiment: NDArray[np.float64]
    stance: NDArray[np.float64]


@torch.inference_mode()
def predict(run: Path, rows: Sequence[Row], max_tokens: int) -> Predictions:
    """Score rows with the model of a run folder; rows with a target are read after it."""
    model = load_model(run / "model")
    tokenizer = load_tokenizer(run)
    collator = Collator(tokenizer, model.sources, max_tokens)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i].text))
    parts: list[list[torch.Tensor]] = []
    for start in track(range(0, len(order), _BATCH), "scoring", transient=True):
        chosen = [rows[i] for i in order[start : start + _BATCH]]
        batch = collator.encode(
            [Example(r.text, r.target, r.source, {}, -1, -1) for r in chosen]
        )
        parts.append(list(model.logits(**batch)))
    inverse = np.argsort(order)
    columns = [
        torch.cat([p[i] for p in parts]).double().numpy()[inverse]
        for i in range(len(Predictions._fields))
    ]
    return Predictions(*columns)
