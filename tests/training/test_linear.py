"""The linear part, and how much it counts beside the encoder."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file

from moderation.text.ngrams import BUCKETS, ngram_ids
from moderation.text.normalize import normalize
from training.config import Recipe
from training.corpora import ABUSE_LABELS, CorpusError
from training.examples import mixture_weights
from training.linear import blend, linear, ratio_of_classes, ratio_of_label

RNG = np.random.default_rng(3)


@pytest.mark.usefixtures("few_own_rows")
def test_it_learns_which_words_are_abuse(corpora: Path, recipe: Recipe, tmp_path: Path) -> None:
    table = load_file(str(linear(recipe, corpora, tmp_path)))["table"]
    assert table.shape == (BUCKETS + 1, 11)
    assert np.isfinite(table).all()
    toxicity = table[:, ABUSE_LABELS.index("toxicity")]

    def score(text: str) -> float:
        return float(toxicity[ngram_ids(normalize(text))].sum())

    assert score("وزير حقير ونصاب") > 0 > score("شكرا على الخبر")
    # The row that fills up batches weighs nothing.
    assert not table[BUCKETS].any()


@pytest.mark.usefixtures("few_own_rows")
def test_the_same_rows_give_the_same_table(
    corpora: Path, recipe: Recipe, tmp_path: Path
) -> None:
    tables = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        tables.append(load_file(str(linear(recipe, corpora, tmp_path / name)))["table"])
    assert np.array_equal(tables[0], tables[1])


def test_without_a_table_there_is_nothing_to_weigh(
    corpora: Path, recipe: Recipe, tmp_path: Path
) -> None:
    with pytest.raises(CorpusError, match="Run the linear step first"):
        blend(recipe, corpora, tmp_path)


def evidence(strength: float, truth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logits that know this much of the truth."""
    return strength * (2 * truth - 1) + RNG.normal(0, 1, len(truth))


def test_the_part_that_knows_more_counts_more() -> None:
    truth = RNG.integers(0, 2, 4000).astype(float)
    weak, strong = evidence(0.2, truth), evidence(1.5, truth)

    def ratio(deep: NDArray[np.float64], wide: NDArray[np.float64]) -> float:
        return ratio_of_label(deep, wide, truth, ["x"] * len(truth), np.ones(len(truth)))

    assert ratio(weak, strong) > 2
    assert ratio(strong, weak) < 0.5
    assert ratio(strong, evidence(1.5, truth)) == pytest.approx(1, abs=0.2)
    assert ratio(strong, RNG.normal(0, 1, len(truth))) < 0.1


def test_that_corpora_differ_in_their_priors_says_nothing_about_a_part() -> None:
    truth = RNG.integers(0, 2, 4000).astype(float)
    sources = np.where(np.arange(4000) < 2000, "a", "b")
    deep, wide, ones = evidence(1.0, truth), evidence(1.0, truth), np.ones(4000)
    shifted = wide + np.where(sources == "a", 5, -5)
    alike = ratio_of_label(deep, wide, truth, sources, ones)
    other = ratio_of_label(deep, shifted, truth, sources, ones)
    assert other == pytest.approx(alike, abs=0.05)


def test_classes_are_weighed_alike() -> None:
    truth = RNG.integers(0, 3, 3000)
    right = np.eye(3)[truth]
    weak, strong = (s * right + RNG.normal(0, 1, right.shape) for s in (0.3, 3.0))
    sources, ones = ["x"] * len(truth), np.ones(len(truth))
    assert ratio_of_classes(weak, strong, truth, sources, ones) > 2
    assert ratio_of_classes(strong, weak, truth, sources, ones) < 0.5


def test_weights_follow_the_mixture() -> None:
    sources = ["large"] * 900 + ["small"] * 100
    weights = mixture_weights(sources, {"small": 2.0}, 0.5)
    assert weights.mean() == pytest.approx(1)
    # 900^0.5 = 30 against 2 · 100^0.5 = 20.
    assert weights[:900].sum() / weights[900:].sum() == pytest.approx(1.5)
