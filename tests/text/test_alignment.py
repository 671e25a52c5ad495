"""Spans always point at the words they name."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from moderation.text.alignment import Span, merged, normalized_places, utf16_length
from moderation.text.normalize import normalize

arabic = st.text(alphabet="كلبحماري ـُّأإةى.،😂👍🏽\u200bABCabc٣3\n", max_size=60)


@given(st.text() | arabic)
def test_every_normalized_letter_has_its_place(text: str) -> None:
    places = normalized_places(text)
    assert len(places) == len(normalize(text))
    assert all(0 <= start <= end <= len(text) for start, end in places)


@given(arabic)
def test_letters_that_stay_are_where_they_were(text: str) -> None:
    for char, (start, end) in zip(normalize(text), normalized_places(text), strict=True):
        if char in "كلبحمر":
            assert char in normalize(text[start:end])


def test_a_word_under_marks_and_tatweel() -> None:
    text = "قال: يا كَـــلْب!"
    normalized, places = normalize(text), normalized_places(text)
    at = normalized.index("كلب")
    assert text[places[at][0] : places[at + 2][1]] == "كَـــلْب"


@given(st.text(), st.data())
def test_utf16(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    units = text.encode("utf-16-le", "surrogatepass")
    first, last = Span(start, end).utf16(text)
    assert units[2 * first : 2 * last] == text[start:end].encode("utf-16-le", "surrogatepass")
    assert utf16_length(text) == len(units) // 2


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9))))
def test_merged_spans_cover_the_same_and_do_not_touch(pairs: list[tuple[int, int]]) -> None:
    spans = [Span(start, start + length) for start, length in pairs]
    found = merged(spans)
    covered = {i for span in spans for i in range(span.start, span.end)}
    assert {i for span in found for i in range(span.start, span.end)} == covered
    for one, other in pairwise(found):
        assert one.end < other.start
