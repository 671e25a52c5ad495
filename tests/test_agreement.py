"""Kappa and alpha against the packages that everybody else uses."""

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from moderation.agreement import cohen_kappa, krippendorff_alpha, raw_agreement

ACTIONS = ("approve", "reject", "review")
pairs_of_opinions = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.sampled_from(ACTIONS)), min_size=1, max_size=40
)
opinions = st.one_of(st.none(), st.sampled_from(ACTIONS))
units_of_opinions = st.integers(1, 4).flatmap(
    lambda reviewers: st.lists(
        st.lists(opinions, min_size=reviewers, max_size=reviewers), min_size=1, max_size=30
    )
)


@given(pairs_of_opinions)
def test_kappa_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    kappa = cohen_kappa(pairs)
    firsts, seconds = zip(*pairs, strict=True)
    if len({*firsts, *seconds}) == 1:
        assert kappa is None
    else:
        assert kappa == pytest.approx(cohen_kappa_score(firsts, seconds))


@given(units_of_opinions)
def test_alpha_is_that_of_the_krippendorff_package(units: list[list[str | None]]) -> None:
    alpha = krippendorff_alpha(units)
    numbers = [[np.nan if v is None else ACTIONS.index(v) for v in unit] for unit in units]
    paired = [unit for unit in units if sum(v is not None for v in unit) > 1]
    if len({v for unit in paired for v in unit if v is not None}) < 2:
        assert alpha is None
    else:
        reference = krippendorff.alpha(
            reliability_data=np.array(numbers, dtype=float).T, level_of_measurement="nominal"
        )
        assert alpha == pytest.approx(reference)


def test_an_example_by_hand() -> None:
    # 20 both approve, 15 both reject, 5 and 10 differ: (0.7 - 0.5) / (1 - 0.5).
    pairs = (
        [("approve", "approve")] * 20
        + [("approve", "reject")] * 5
        + [("reject", "approve")] * 10
        + [("reject", "reject")] * 15
    )
    assert raw_agreement(pairs) == 0.7
    assert cohen_kappa(pairs) == pytest.approx(0.4)


def test_the_example_of_krippendorff() -> None:
    """Section C of "Computing Krippendorff's alpha-reliability": 0.743."""
    observers = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]
    units = [[None if v is None else str(v) for v in u] for u in zip(*observers, strict=True)]
    assert krippendorff_alpha(units) == pytest.approx(0.743, abs=0.0005)


def test_one_opinion_each_says_nothing() -> None:
    assert raw_agreement([]) is None
    assert cohen_kappa([]) is None
    assert krippendorff_alpha([["approve", None], [None, "reject"]]) is None


def test_two_who_always_differ_are_worse_than_chance() -> None:
    pairs = [("approve", "reject"), ("reject", "approve")]
    assert cohen_kappa(pairs) == -1
    assert krippendorff_alpha(pairs) == pytest.approx(-0.5)
