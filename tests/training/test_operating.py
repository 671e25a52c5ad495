"""Operating points: what is certified holds on rows that were never seen."""

import numpy as np
import pytest
from numpy.typing import NDArray

from training.operating import missed_at, operating_points, precision_at

PREVALENCE = 0.1


def sample(
    rng: np.random.Generator, positives: int, negatives: int, apart: float = 4.0
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Scores of two normals ``apart`` from each other, squashed to 0..1."""
    truth = np.repeat([True, False], [positives, negatives])
    logits = rng.normal(np.where(truth, apart / 2, -apart / 2), 1.0)
    return 1 / (1 + np.exp(-logits)), truth


def test_bayes_rule_on_counts() -> None:
    # 1,000 comments, 100 abusive: 80 of them and 9 of the 900 others are held.
    assert precision_at(0.8, 0.01, 0.1) == pytest.approx(80 / 89)
    assert missed_at(0.8, 0.01, 0.1) == pytest.approx(20 / 911)
    assert precision_at(0.0, 0.0, 0.1) == 0.0


def test_what_is_certified_holds_on_fresh_rows() -> None:
    """In 40 repetitions the promise may break in 5 %, and that more than 5 times is 1 in 70."""
    rng = np.random.default_rng(0)
    broken = dict.fromkeys(("precision_95", "precision_90", "missed_1"), 0)
    for _ in range(40):
        points = operating_points(*sample(rng, 500, 3000), PREVALENCE)
        fresh, truth = sample(rng, 20_000, 20_000)
        for name, promise in (("precision_95", 0.95), ("precision_90", 0.90)):
            threshold = points[name].threshold
            assert threshold is not None
            held = fresh >= threshold
            real = precision_at(held[truth].mean(), held[~truth].mean(), PREVALENCE)
            broken[name] += real < promise
        threshold = points["missed_1"].threshold
        assert threshold is not None
        held = fresh >= threshold
        real = missed_at(held[truth].mean(), held[~truth].mean(), PREVALENCE)
        broken["missed_1"] += real > 0.01
    assert max(broken.values()) <= 5, broken


def test_a_stricter_promise_is_a_higher_threshold() -> None:
    points = operating_points(*sample(np.random.default_rng(1), 500, 3000), PREVALENCE)
    thresholds = {name: point.threshold or 0.0 for name, point in points.items()}
    assert thresholds["precision_95"] > thresholds["precision_90"]
    assert thresholds["best_f1"] >= thresholds["best_f2"]
    assert points["precision_95"].precision_low >= 0.95  # type: ignore[operator]
    assert points["missed_1"].positives == 500


def test_a_small_sample_certifies_nothing_but_a_guess_of_f1() -> None:
    points = operating_points(*sample(np.random.default_rng(2), 20, 60), PREVALENCE)
    assert points["precision_95"].threshold is None
    assert points["best_f1"].threshold is not None


def test_a_score_that_knows_nothing_certifies_nothing() -> None:
    rng = np.random.default_rng(3)
    points = operating_points(rng.random(4000), rng.random(4000) < 0.3, PREVALENCE)
    assert points["precision_90"].threshold is None


def test_equal_scores_are_not_told_apart() -> None:
    scores = np.repeat([0.9, 0.1], [500, 3000])
    points = operating_points(scores, scores > 0.5, PREVALENCE)
    assert points["best_f1"].threshold == pytest.approx(0.9)
    assert points["best_f1"].recall == 1.0 and points["best_f1"].false_alarms == 0.0
