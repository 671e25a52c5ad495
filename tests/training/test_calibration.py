"""Calibration and the parity check before a model is shipped."""

import numpy as np
import pytest

from moderation.scoring.bundle import Calibration
from training.calibrate import fit_platt, fit_temperature
from training.corpora import CorpusError
from training.export import ParityError, check_parity
from training.metrics import prevalence_weights


def test_platt_scaling_finds_the_probability_at_the_stated_prevalence() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(20_000) < 0.5
    logits = rng.normal(np.where(truth, 1.0, -1.0), 1.0)
    weights = prevalence_weights(truth, 0.1)
    fitted = fit_platt(logits, truth.astype(float), weights)
    # Two unit normals at ±1: the log-odds are 2·x plus those of the prior.
    assert fitted.scale == pytest.approx(2, abs=0.1)
    assert fitted.bias == pytest.approx(np.log(0.1 / 0.9), abs=0.1)


def test_too_few_positives_are_not_fitted() -> None:
    truth = np.array([1.0] * 5 + [0.0] * 500)
    assert fit_platt(truth * 3, truth, np.ones(505)) == Calibration()


def test_temperature_undoes_overconfidence() -> None:
    rng = np.random.default_rng(0)
    honest = rng.normal(size=(5000, 3)) * 2
    p = np.exp(honest) / np.exp(honest).sum(1, keepdims=True)
    truth = np.array([rng.choice(3, p=row) for row in p])
    assert fit_temperature(honest * 2, truth) == pytest.approx(2, abs=0.15)


def test_calibration_needs_both_classes() -> None:
    with pytest.raises(CorpusError, match="both"):
        prevalence_weights(np.zeros(5, dtype=bool), 0.1)


def test_a_graph_that_scores_otherwise_is_refused() -> None:
    exact = np.full((10, 8), 0.5)
    assert check_parity(exact, exact + 0.001)["worst"] == pytest.approx(0.001)
    with pytest.raises(ParityError):
        check_parity(exact, exact + 0.1)
    with pytest.raises(ParityError):
        check_parity(exact, exact * np.nan)
