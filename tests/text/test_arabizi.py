"""Arabic in Latin letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.text.arabizi import MAX_SPELLINGS, spellings, to_arabic
from moderation.text.normalize import normalize
from moderation.text.script import detect


@pytest.mark.parametrize(
    ("typed", "arabic"),
    [
        ("ya 7mar", "يا حمار"),
        ("hada kalb", "هذا كلب"),
        ("wallah enta 7ayawan", "والله انت حيوان"),
        ("Ya KALB!", "يا كلب!"),
        ("يا kalb", "يا كلب"),
        ("شكرا", "شكرا"),
    ],
)
def test_the_likeliest_spelling(typed: str, arabic: str) -> None:
    assert to_arabic(typed).text == arabic


def test_known_words_are_preferred() -> None:
    assert to_arabic("jahil").text != "جاهل"
    assert to_arabic("jahil", {"جاهل"}).text == "جاهل"


@given(st.text() | st.text(alphabet="aeiouklb7351'xshg ", max_size=40))
def test_any_text_has_its_letters_placed(text: str) -> None:
    arabic = to_arabic(text)
    assert len(arabic.text) == len(arabic.places)
    assert all(0 <= place < len(text) for place in arabic.places)


@given(st.from_regex(r"[a-z0-9']{1,30}", fullmatch=True))
def test_spellings_are_few_and_different(word: str) -> None:
    found = list(spellings(word))
    assert len(found) <= MAX_SPELLINGS
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ya 7mar", "ar-Latn"),
        ("wach rak khoya", "ar-Latn"),
        ("the minister is right about this", "other"),
        ("le ministre est nul", "other"),
        ("شكرا على المقال", "ar"),
        ("شكرا ok", "ar"),
        ("😂😂", "und"),
        ("123 456", "und"),
        ("", "und"),
        ("k", "und"),
        ("שלום", "und"),
        ("https://example.org/a/b", "und"),
        ("@someone", "und"),
    ],
)
def test_the_language(text: str, language: str) -> None:
    assert detect(normalize(text)).language == language


def test_both_scripts_side_by_side() -> None:
    assert detect(normalize("يا أخي this is crazy والله")).mixed
    assert not detect(normalize("شكرا لكم")).mixed


@given(st.text())
def test_no_text_is_an_error(text: str) -> None:
    assert detect(normalize(text)).language in ("ar", "ar-Latn", "other", "und")
