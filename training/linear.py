"""The linear part of the model: logistic regression over hashed n-grams, fitted to the end.

    python -m training linear --config training/configs/cpu-small.yaml

A network trained by small steps does not get the best out of hundreds of thousands of rare
features; a convex solver does, in minutes. So the n-grams have their own fit, on the same
rows, the same mixture of corpora and the same disguises as the encoder, and the two are
weighed against each other on dev rows once the encoder is trained (``blend``).
"""

import random
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track
from safetensors.numpy import load_file, save_file
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression

from moderation.text.ngrams import BUCKETS, ngram_ids
from moderation.text.normalize import normalize
from training.config import FinetuneStep, Recipe
from training.corpora import ABUSE_LABELS, SENTIMENTS, CorpusError, Row
from training.corpora.rows import Split
from training.examples import mixture_weights
from training.finetune import load_rows, source_weights
from training.model import NGRAM_OUTPUTS, NGRAM_SCALE, load_model
from training.noise import training_noise
from training.predict import predict_parts

TABLE_FILE = "ngrams.safetensors"
# A corpus's own habits: hardly held back by the penalty, and left out of the table.
_CORPUS_VALUE = 3.0
_MOST_STEPS = 100
_HIGHEST_RATIO = 5.0


def linear(recipe: Recipe, folder: Path, run: Path) -> Path:
    """Fit the n-gram table of the recipe's rows; returns its file in the run folder."""
    step = recipe.finetune
    rows, weights = _weighted(step, folder, "train")
    noisy = [i for i, row in enumerate(rows) if _draw(row, "noise").random() < step.noise_share]
    texts = [row.text for row in rows]
    texts += [training_noise(rows[i].text, _draw(rows[i], "slip")) for i in noisy]
    rows += [rows[i] for i in noisy]
    weights = np.concatenate([weights, weights[noisy]])
    features, scale = _scaled(_features(texts))
    everything = sparse.hstack([features, _corpora([row.source for row in rows])], format="csr")
    table = np.zeros((BUCKETS + 1, NGRAM_OUTPUTS), dtype=np.float32)
    for column, label in enumerate(track(ABUSE_LABELS, "n-grams", transient=True)):
        truth = np.array([row.labels.get(label, np.nan) for row in rows])
        found = _fit_label(everything, truth, weights, step.linear_strength)
        table[:BUCKETS, column] = found[:BUCKETS] * scale
    felt = np.array([-1 if r.sentiment is None else r.sentiment for r in rows])
    table[:BUCKETS, len(ABUSE_LABELS) :] = (
        _fit_classes(everything, felt, weights, step.linear_strength)[:, :BUCKETS] * scale
    ).T
    save_file({"table": table}, str(run / TABLE_FILE))
    return run / TABLE_FILE


def blend(recipe: Recipe, folder: Path, run: Path) -> dict[str, float]:
    """Weigh the n-gram table against the trained encoder on dev rows, and put it in.

    Per output the ratio that gives the least log-loss, corpora weighted as in training.

    Returns:
        the ratio by label, and one for ``sentiment``.
    """
    step = recipe.finetune
    path = run / TABLE_FILE
    if not path.is_file():
        raise CorpusError(f"{path}: not there. Run the linear step first.")
    model = load_model(run / "model")
    with torch.no_grad():
        model.ngram_scores.table.weight.copy_(torch.from_numpy(load_file(path)["table"]))
    model.save(run / "model")
    rows, weights = _weighted(step, folder, "dev")
    deep, wide = predict_parts(run, rows, step.max_length)
    sources = np.array([row.source for row in rows])
    ratios: dict[str, float] = {}
    for column, label in enumerate(ABUSE_LABELS):
        truth = np.array([row.labels.get(label, np.nan) for row in rows])
        known = ~np.isnan(truth)
        ratios[label] = ratio_of_label(
            deep[known, column],
            wide[known, column],
            truth[known],
            sources[known],
            weights[known],
        )
    felt = np.array([-1 if r.sentiment is None else r.sentiment for r in rows])
    known, first = felt >= 0, len(ABUSE_LABELS)
    ratios["sentiment"] = ratio_of_classes(
        deep[known, first:], wide[known, first:], felt[known], sources[known], weights[known]
    )
    factors = [ratios[label] for label in ABUSE_LABELS] + [ratios["sentiment"]] * len(
        SENTIMENTS
    )
    with torch.no_grad():
        model.ngram_scores.table.weight.mul_(torch.tensor(factors))
    model.save(run / "model")
    return ratios


def _weighted(
    step: FinetuneStep, folder: Path, split: Split
) -> tuple[list[Row], NDArray[np.float64]]:
    """Rows that state abuse or sentiment, with their weights [N] in the mixture."""
    rows = [
        row
        for row in load_rows(step, folder)
        if row.split == split and (row.labels or row.sentiment is not None)
    ]
    sources = [row.source for row in rows]
    return rows, mixture_weights(sources, source_weights(step), step.source_power)


def ratio_of_label(
    deep: NDArray[np.float64],
    wide: NDArray[np.float64],
    truth: NDArray[np.float64],
    sources: Sequence[str] | NDArray[np.str_],
    weights: NDArray[np.float64],
) -> float:
    """How much the n-grams' logit counts beside the encoder's, for one label; all [N].

    Every corpus has a bias of its own: priors differ, and that says nothing about a logit.
    """
    features = sparse.hstack(
        [sparse.csr_matrix(np.column_stack([deep, wide])), _corpora(sources)], format="csr"
    )
    fitted = _solver(1e-3).fit(features, truth >= 0.5, sample_weight=weights)
    first, second = fitted.coef_[0, :2]
    return _bounded(second / first if first > 0 else _HIGHEST_RATIO)


def ratio_of_classes(
    deep: NDArray[np.float64],
    wide: NDArray[np.float64],
    truth: NDArray[np.int64],
    sources: Sequence[str] | NDArray[np.str_],
    weights: NDArray[np.float64],
) -> float:
    """The same for a softmax over classes; logits [N, C], the rest [N]."""
    corpora = _corpora(sources)
    shape = (corpora.shape[1], deep.shape[1])
    right = np.eye(deep.shape[1])[truth]

    def loss(x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = x[0] * deep + x[1] * wide + corpora @ x[2:].reshape(shape)
        likelihood = log_softmax(logits, axis=1)
        off = weights[:, None] * (np.exp(likelihood) - right)
        gradient = [np.sum(off * deep), np.sum(off * wide), *np.ravel(corpora.T @ off)]
        return float(-(weights[:, None] * right * likelihood).sum()), np.array(gradient)

    start = np.zeros(2 + shape[0] * shape[1])
    first, second = minimize(loss, start, jac=True, method="L-BFGS-B").x[:2]
    return _bounded(second / first if first > 0 else _HIGHEST_RATIO)


def _bounded(ratio: float) -> float:
    return float(np.clip(ratio, 0, _HIGHEST_RATIO))


def _draw(row: Row, purpose: str) -> random.Random:
    return random.Random(zlib.crc32(f"{purpose} {row.text}".encode()))


def _features(texts: Sequence[str]) -> sparse.csr_matrix:
    """One row per text [N, BUCKETS], as ``NgramScores`` weighs its n-grams."""
    found = [ngram_ids(normalize(t)) for t in track(texts, "reading", transient=True)]
    counts = np.array([len(ids) for ids in found])
    values = np.repeat(NGRAM_SCALE / np.sqrt(np.maximum(counts, 1)), counts)
    ends = np.concatenate([[0], np.cumsum(counts)])
    return sparse.csr_matrix(
        (values.astype(np.float32), np.concatenate(found).astype(np.int32), ends),
        shape=(len(texts), BUCKETS),
    )


def _scaled(features: sparse.csr_matrix) -> tuple[sparse.csr_matrix, NDArray[np.float32]]:
    """Rare n-grams are penalized less (inverse document frequency); those seen once are out."""
    seen = np.bincount(features.indices, minlength=BUCKETS)
    scale = (np.log((1 + features.shape[0]) / (1 + seen)) + 1) / 4
    scale[seen < 2] = 0
    scaled = sparse.csr_matrix(features @ sparse.diags_array(scale), dtype=np.float32)
    scaled.eliminate_zeros()
    return scaled, scale.astype(np.float32)


def _corpora(sources: Sequence[str] | NDArray[np.str_]) -> sparse.csr_matrix:
    """Which corpus each row is of [N, corpora]."""
    names, columns = np.unique(sources, return_inverse=True)
    values = np.full(len(columns), _CORPUS_VALUE, dtype=np.float32)
    return sparse.csr_matrix(
        (values, (np.arange(len(columns)), columns)), shape=(len(columns), len(names))
    )


def _fit_label(
    features: sparse.csr_matrix,
    truth: NDArray[np.float64],
    weights: NDArray[np.float64],
    strength: float,
) -> NDArray[np.float32]:
    """Coefficients [F] of one label; a row that is 0.8 yes is a yes of 0.8 and a no of 0.2."""
    yes, no = np.flatnonzero(truth > 0), np.flatnonzero(truth < 1)
    picked = np.concatenate([yes, no])
    classes = np.repeat([1, 0], [len(yes), len(no)])
    shares = np.concatenate([truth[yes], 1 - truth[no]]) * weights[picked]
    if not len(yes) or not len(no):
        return np.zeros(features.shape[1], dtype=np.float32)
    fitted = _solver(strength).fit(features[picked], classes, sample_weight=shares)
    return np.asarray(fitted.coef_[0], dtype=np.float32)


def _fit_classes(
    features: sparse.csr_matrix,
    truth: NDArray[np.int64],
    weights: NDArray[np.float64],
    strength: float,
) -> NDArray[np.float32]:
    """Coefficients [C, F] of the sentiments; a class that no row has stays at zero."""
    table = np.zeros((len(SENTIMENTS), features.shape[1]), dtype=np.float32)
    known = np.flatnonzero(truth >= 0)
    if len(np.unique(truth[known])) < len(SENTIMENTS):
        return table
    fitted = _solver(strength).fit(features[known], truth[known], sample_weight=weights[known])
    table[fitted.classes_] = fitted.coef_
    return table


def _solver(strength: float) -> LogisticRegression:
    return LogisticRegression(C=1 / strength, max_iter=_MOST_STEPS, tol=1e-3)
