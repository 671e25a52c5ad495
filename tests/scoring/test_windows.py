"""Windows over a long comment."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.scoring.windows import MAX_WINDOWS, cut


@given(st.integers(0, 3000), st.integers(1, 130), st.integers(1, 64))
def test_nothing_is_left_out_unless_it_says_so(length: int, size: int, limit: int) -> None:
    windows = cut(range(length), size, limit)
    assert 1 <= len(windows.parts) <= limit
    assert all(len(part) <= size for part in windows.parts)
    read = [token for part in windows.parts for token in part]
    assert sorted(set(read)) == list(range(max(read, default=-1) + 1))
    assert windows.truncated == (len(set(read)) < length)


@given(st.integers(0, 3000), st.integers(4, 130))
def test_neighbours_overlap_by_a_quarter(length: int, size: int) -> None:
    parts = cut(range(length), size).parts
    for left, right in pairwise(parts):
        assert len(set(left) & set(right)) == size // 4
        assert len(left) == size


@given(st.integers(0, 3000), st.integers(4, 130))
def test_no_window_is_a_repetition(length: int, size: int) -> None:
    parts = cut(range(length), size).parts
    for left, right in pairwise(parts):
        assert set(right) - set(left)


@pytest.mark.parametrize(
    ("ids", "size", "parts"),
    [
        ([], 4, ((),)),
        ([1], 4, ((1,),)),
        ([1, 2, 3, 4], 4, ((1, 2, 3, 4),)),
        ([1, 2, 3, 4, 5], 4, ((1, 2, 3, 4), (4, 5))),
        ([1, 2, 3, 4, 5, 6, 7, 8], 4, ((1, 2, 3, 4), (4, 5, 6, 7), (7, 8))),
    ],
)
def test_examples(ids: list[int], size: int, parts: tuple[tuple[int, ...], ...]) -> None:
    assert cut(ids, size).parts == parts


def test_the_bound_is_told() -> None:
    windows = cut(range(1_000_000), 100)
    assert len(windows.parts) == MAX_WINDOWS
    assert windows.truncated
