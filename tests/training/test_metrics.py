import numpy as np
import pytest

from training.metrics import (
    best_threshold,
    classes_of,
    f1_of,
    interval,
    macro_f1,
    ranking,
    recall_at_precision,
)

TRUTH = np.array([1, 1, 0, 0, 0, 1, 0, 0])
FOUND = np.array([1, 0, 0, 0, 1, 1, 0, 0])


def test_macro_f1_is_the_mean_of_both_classes() -> None:
    assert macro_f1(TRUTH, FOUND) == pytest.approx((2 / 3 + 0.8) / 2)


def test_f1_of_one_class() -> None:
    assert f1_of(1)(TRUTH, FOUND) == pytest.approx(2 / 3)


def test_classes_that_do_not_occur_do_not_count() -> None:
    assert macro_f1(np.array([0, 2]), np.array([0, 2])) == 1.0


def test_the_interval_holds_the_figure_and_narrows() -> None:
    small = interval(macro_f1, TRUTH, FOUND)
    large = interval(macro_f1, np.tile(TRUTH, 50), np.tile(FOUND, 50))
    assert small[0] <= macro_f1(TRUTH, FOUND) <= small[1]
    assert large[1] - large[0] < small[1] - small[0]


def test_best_threshold_separates() -> None:
    scores = np.array([0.1, 0.2, 0.3, 0.8, 0.9])
    truth = np.array([0, 0, 0, 1, 1])
    assert 0.3 < best_threshold(scores, truth) <= 0.8


def test_recall_at_precision() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.6])
    assert recall_at_precision(scores, np.array([1, 1, 0, 1]), 0.9) == pytest.approx(2 / 3)
    assert recall_at_precision(scores, np.array([0, 0, 0, 1]), 0.9) == 0.0


def test_ranking_needs_both_classes() -> None:
    assert ranking(np.array([0.1, 0.2]), np.array([1, 1])) == {}
    assert ranking(np.array([0.1, 0.2]), np.array([0, 1]))["auc"] == 1.0


def test_soft_labels_become_classes() -> None:
    assert classes_of([0.8, 0.15, 0.5]).tolist() == [1, 0, 1]
