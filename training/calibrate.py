"""Turn logits into probabilities that mean something at a stated live prevalence.

Labeled sets hold far more abuse than a live stream of comments does. Rows are
weighted so that the abusive ones make up ``prevalence`` of the total, then each
attribute gets Platt scaling (Platt 1999) and the two softmax heads one
temperature each (Guo et al. 2017), fitted on dev rows only.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax
from sklearn.linear_model import LogisticRegression

from moderation.scoring.bundle import Calibration, MeasuredPoint
from training.corpora import ABUSE_LABELS, CorpusError, Row
from training.corpora.own import read_own
from training.corpora.public import BY_NAME, corpus_path, read_public
from training.metrics import prevalence_weights
from training.operating import operating_points
from training.predict import Predictions, predict

# Corpora that look like what the service will read.
_LIKE_LIVE = ("mpold",)
_FEWEST_POSITIVES = 20
CALIBRATION_FILE = "calibration.json"


class Calibrations(BaseModel):
    """What ``bundle.json`` stores of this step."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    abuse: dict[str, Calibration]
    temperature: dict[str, float]
    prevalence: float
    operating_points: dict[str, dict[str, MeasuredPoint]]


def fit_platt(
    logits: NDArray[np.float64], truth: NDArray[np.float64], weights: NDArray[np.float64]
) -> Calibration:
    """Platt scaling of one attribute.

    Args:
        logits, weights: [N].
        truth: [N] in 0..1; NaN where unknown.
    """
    known = ~np.isnan(truth)
    positive = truth[known] >= 0.5
    if positive.sum() < _FEWEST_POSITIVES:
        return Calibration()
    fitted = LogisticRegression(C=1e3).fit(
        logits[known, None], positive, sample_weight=weights[known]
    )
    return Calibration(scale=float(fitted.coef_[0, 0]), bias=float(fitted.intercept_[0]))


def fit_temperature(logits: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    """The temperature with the least log-loss; logits [N, C], truth [N]."""

    def loss(log_temperature: float) -> float:
        scaled = log_softmax(logits / np.exp(log_temperature), axis=1)
        return float(-scaled[np.arange(len(truth)), truth].mean())

    best = minimize_scalar(loss, bounds=(-1.5, 1.5), method="bounded")
    return float(np.exp(best.x))


def dev_rows(folder: Path) -> list[Row]:
    """The dev rows that calibration uses: our own and those of news comments."""
    rows = list(read_own("dev"))
    for name in _LIKE_LIVE:
        if corpus_path(folder, BY_NAME[name]).exists():
            rows += [r for r in read_public(folder, BY_NAME[name]) if r.split == "dev"]
    return rows


def truth_matrix(rows: Sequence[Row]) -> NDArray[np.float64]:
    """Labels [N, 8], NaN where unknown."""
    return np.array([[r.labels.get(k, np.nan) for k in ABUSE_LABELS] for r in rows])


def calibrate(run: Path, folder: Path, prevalence: float, max_tokens: int) -> Calibrations:
    """Fit every head of the run's model on dev rows."""
    rows = dev_rows(folder)
    abuse_rows = [r for r in rows if r.labels]
    stance_rows = [r for r in rows if r.stance is not None]
    found: Predictions = predict(run, abuse_rows, max_tokens)
    truth = truth_matrix(abuse_rows)
    weights = prevalence_weights(truth[:, 0] >= 0.5, prevalence)
    abuse = {
        name: fit_platt(found.abuse[:, i], truth[:, i], weights)
        for i, name in enumerate(ABUSE_LABELS)
    }
    felt = [i for i, r in enumerate(abuse_rows) if r.sentiment is not None]
    sentiment = np.array([abuse_rows[i].sentiment for i in felt], dtype=np.int64)
    stance = np.array([r.stance for r in stance_rows], dtype=np.int64)
    toward = predict(run, stance_rows, max_tokens).stance
    points = {
        name: _points(abuse[name], found.abuse[:, i], truth[:, i], weights)
        for i, name in enumerate(ABUSE_LABELS)
    }
    return Calibrations(
        abuse=abuse,
        temperature={
            "sentiment": fit_temperature(found.sentiment[felt], sentiment),
            "stance": fit_temperature(toward, stance),
        },
        prevalence=prevalence,
        operating_points=points,
    )


def save_calibrations(calibrations: Calibrations, run: Path) -> None:
    """Keep them in the run folder, for ``export``."""
    text = calibrations.model_dump_json(indent=1)
    (run / CALIBRATION_FILE).write_text(text + "\n", encoding="utf-8")


def load_calibrations(run: Path) -> Calibrations:
    """What ``save_calibrations`` kept.

    Raises:
        CorpusError: the run was not calibrated.
    """
    path = run / CALIBRATION_FILE
    if not path.is_file():
        raise CorpusError(f"{path}: not there. Run the calibrate step first.")
    return Calibrations.model_validate_json(path.read_bytes())


def _points(
    calibration: Calibration,
    logits: NDArray[np.float64],
    truth: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> dict[str, MeasuredPoint]:
    """Operating points of one attribute, at its own share of the weighted rows."""
    known = ~np.isnan(truth)
    positive = truth[known] >= 0.5
    share = float(weights[known][positive].sum() / weights[known].sum())
    probability = expit(calibration.scale * logits[known] + calibration.bias)
    return operating_points(probability, positive, share)
