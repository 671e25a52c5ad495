"""Logits of a trained (float32) model over many rows, in batches."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track

from moderation.text.ngrams import ngram_ids
from moderation.text.normalize import normalize
from training.corpora import Row
from training.examples import Collator, Example
from training.model import NO_NGRAM, Logits, ModerationModel, load_model
from training.tokenizer import load_tokenizer

_BATCH = 64


class Predictions(NamedTuple):
    """Raw logits, float64 [N, n], in the order of the rows."""

    abuse: NDArray[np.float64]
    sentiment: NDArray[np.float64]
    stance: NDArray[np.float64]


def predict(run: Path, rows: Sequence[Row], max_tokens: int) -> Predictions:
    """Score rows with the model of a run folder; rows with a target are read after it."""
    parts = _by_batch(run, rows, max_tokens)
    whole = [list(ModerationModel.combine(deep, wide)) for deep, wide in parts]
    return Predictions(*_in_order(rows, whole))


def predict_parts(
    run: Path, rows: Sequence[Row], max_tokens: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Logits [N, 11] for abuse and sentiment, of the encoder and of the n-grams apart."""
    parts = _by_batch(run, rows, max_tokens)
    deep, wide = _in_order(
        rows,
        [[torch.cat([deep.abuse, deep.sentiment], 1), wide] for deep, wide in parts],
    )
    return deep, wide


def _order(rows: Sequence[Row]) -> list[int]:
    return sorted(range(len(rows)), key=lambda i: len(rows[i].text))


@torch.inference_mode()
def _by_batch(
    run: Path, rows: Sequence[Row], max_tokens: int
) -> list[tuple[Logits, torch.Tensor]]:
    model = load_model(run / "model")
    collator = Collator(load_tokenizer(run), model.sources, max_tokens)
    order = _order(rows)
    found = []
    for start in track(range(0, len(order), _BATCH), "scoring", transient=True):
        chosen = [rows[i] for i in order[start : start + _BATCH]]
        batch = collator.encode(
            [Example(r.text, r.target, r.source, {}, -1, -1) for r in chosen]
        )
        wide = model.ngram_scores(padded_ngrams([row.text for row in chosen]))
        found.append((model.deep(**batch), wide))
    return found


def _in_order(
    rows: Sequence[Row], parts: list[list[torch.Tensor]]
) -> list[NDArray[np.float64]]:
    inverse = np.argsort(_order(rows))
    columns = zip(*parts, strict=True)
    return [torch.cat(column).double().numpy()[inverse] for column in columns]


def padded_ngrams(texts: Sequence[str]) -> torch.Tensor:
    """N-gram ids int64 [B, M] of texts as typed, filled up with ``NO_NGRAM``."""
    found = [ngram_ids(normalize(text)) for text in texts]
    out = np.full((len(texts), max(1, *map(len, found))), NO_NGRAM, dtype=np.int64)
    for index, ids in enumerate(found):
        out[index, : len(ids)] = ids
    return torch.from_numpy(out)
