"""Personal data, Arabic-Indic digits included."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.text.personal import masked, personal_data


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("اتصل على ٠٥٠١٢٣٤٥٦٧ الآن", "phone", "٠٥٠١٢٣٤٥٦٧"),
        ("رقمي 0100-123-4567", "phone", "0100-123-4567"),
        ("+20 100 123 4567 واتساب", "phone", "+20 100 123 4567"),
        ("راسلني a.b+c@mail.example.org!", "email", "a.b+c@mail.example.org"),
        ("حسابي SA03 8000 0000 6080 1016 7519", "iban", "SA03 8000 0000 6080 1016 7519"),
        ("بطاقتي 29001011234567", "national_id", "29001011234567"),
        ("هويتي 784-1984-1234567-4", "national_id", "784-1984-1234567-4"),
        ("SA0380000000608010167519 bank", "iban", "SA0380000000608010167519"),
        ("SA03-8000-0000-6080-1016-7519 call me", "iban", "SA03-8000-0000-6080-1016-7519"),
        ("(050) 123 4567 واتساب", "phone", "(050) 123 4567"),
        ("هويته ١٠٥٨٥٢٩٩٤٠", "national_id", "١٠٥٨٥٢٩٩٤٠"),
    ],
)
def test_it_is_found(text: str, kind: str, found: str) -> None:
    [data] = personal_data(text)
    assert (data.kind, text[data.start : data.end]) == (kind, found)
    assert masked(text) == text.replace(found, "*" * len(found))


@pytest.mark.parametrize(
    "text",
    [
        "في 2023-08-23 الساعة 10:30",
        "عشرة ملايين 10 000 000 دينار",
        "بين 1990 و2011",
        "نسبة 12,345,678 من الناس",
        "المادة 7/2023/11",
        "ببجي 120 إطارا",
        "السعر 1.250.000",
        "@user",
        "05-06-2023 10:30",
        "01-01-2020",
        "500000000 دولار و1500000000 ريال",
        "ISBN 9789953000000",
        "SA03",
    ],
)
def test_ordinary_numbers_are_none(text: str) -> None:
    assert personal_data(text) == ()


def test_wrong_check_digits_are_no_account() -> None:
    assert [d.kind for d in personal_data("SA03 8000 0000 6080 1016 7518")] != ["iban"]


@given(st.text() | st.text(alphabet="0123456789٠١٢+- .@aA", max_size=60))
def test_masking_keeps_the_length_and_leaves_nothing(text: str) -> None:
    found = personal_data(text)
    starts = [data.start for data in found]
    assert starts == sorted(starts)
    hidden = masked(text)
    assert len(hidden) == len(text)
    for data in found:
        assert set(hidden[data.start : data.end]) == {"*"}
