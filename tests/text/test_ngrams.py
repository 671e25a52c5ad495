"""Hashed n-grams: the same word gives the same ids wherever it stands."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.text.ngrams import BUCKETS, ngram_ids
from moderation.text.normalize import normalize

arabic = st.text(alphabet="ابتثجحخدذرزسشصضطظعغفقكلمنهوي 7😂!", max_size=60)


@given(arabic)
def test_ids_are_sorted_and_in_range(text: str) -> None:
    ids = ngram_ids(normalize(text))
    assert (np.diff(ids) > 0).all()
    assert ((ids >= 0) & (ids < BUCKETS)).all()
    assert bool(len(ids)) == bool(normalize(text))


@given(arabic, arabic)
def test_a_text_holds_the_ngrams_of_its_parts(one: str, other: str) -> None:
    whole = set(ngram_ids(f"{one} {other}"))
    assert set(ngram_ids(one)) <= whole
    assert set(ngram_ids(other)) <= whole


def test_spaces_do_not_count() -> None:
    assert (ngram_ids("  يا   كلب ") == ngram_ids("يا كلب")).all()


def test_order_matters_to_pairs_of_words_only() -> None:
    one, other = set(ngram_ids("قط اسود")), set(ngram_ids("اسود قط"))
    assert len(one - other) == len(other - one) == 1


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_nothing_has_no_ngrams(text: str) -> None:
    assert ngram_ids(text).shape == (0,)


def test_disguises_that_the_normalizer_undoes_leave_no_trace() -> None:
    plain = ngram_ids(normalize("يا كلب"))
    for disguised in ("يا كَـــلْبُ", "يا ک\u200bلب", "يا ك.ل.ب"):
        assert (ngram_ids(normalize(disguised)) == plain).all()


def test_other_words_share_few_buckets() -> None:
    words = ["المدرسة", "تفتح", "ابوابها", "غدا", "والطريق", "الى", "البحر", "طويل"]
    ids = [set(ngram_ids(word)) for word in words]
    shared = sum(len(a & b) for i, a in enumerate(ids) for b in ids[:i])
    assert shared < 0.2 * sum(map(len, ids))
