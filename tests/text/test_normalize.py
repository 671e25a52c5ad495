"""Spellings that readers take for one, and those they do not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from moderation.scoring import Bundle
from moderation.text.normalize import (
    EMAIL,
    LINK,
    MENTION,
    PHONE,
    build_normalizer,
    is_blank,
    normalize,
    without_surrogates,
)

# Letters, marks, invisible characters, separators, digits and what addresses are made of.
ALPHABET = (
    "ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءآأإؤئٱپچگڤیکہ"
    "\u064b\u064e\u0651\u0670\u0653\u0654\u0640\u200c\u200d\u200e\u202e\u2067\ufeff"
    " \t\n.,_-*@#:/0123456789٠١٢۳۴+abcXYZ!?؟،😡👍🏽❤\ufe0fﷺﻻ"
)
_INVISIBLE = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufe00-\ufe0f\u0610-\u061c\u0640\u064b-\u0670]"
)
arabic = st.text(st.sampled_from(ALPHABET) | st.characters(), max_size=60)

OURS = build_normalizer()

EQUAL = [
    ("الحمدُ لله", "الحمـد للّه"),
    ("إسرائيل", "اسرائيل"),
    ("مدرسة", "مدرسه"),
    ("مصطفى", "مصطفي"),
    ("يا كـــلـب", "يا كلب"),
    ("كَلْب", "كلب"),
    ("ك.ل.ب", "كلب"),
    ("ك ل ب", "كلب"),
    ("ك_ل_ب", "كلب"),
    ("ك-ل-ب يا", "كلب يا"),
    ("ك\u200bل\u200dب", "كلب"),
    ("ك\u202eل\u2067ب", "كلب"),
    ("کلب", "كلب"),
    ("گلب", "كلب"),
    ("حماااااار", "حماار"),
    ("هههههههه", "هه"),
    ("!!!!!!", "!!"),
    ("😡😡😡😡", "😡😡"),
    ("👍🏽", "👍🏿"),
    ("مسؤول", "مسوول"),
    ("١٢٣", "123"),
    ("۱۲۳", "123"),
    ("ﻻ", "لا"),
    ("ﻛﻠﺐ", "كلب"),
    ("YA 7MAR", "ya 7mar"),
    ("#لا_للتجديد", "لا للتجديد"),
    ("سطر\n\n سطر", "سطر سطر"),
    ("https://example.com/a?b=ج", LINK),
    ("www.example.com", "http://t.co/x"),
    ("name@example.com", EMAIL),
    ("@someone", MENTION),
    ("0791234567", PHONE),
    ("+962 79 123 4567", PHONE),
    ("٠٧٩١٢٣٤٥٦٧", PHONE),
    ("أ\u0654نت", "أنت"),
]
APART = [
    ("كلب", "قلب"),
    ("حرب", "عرب"),
    ("ضلال", "ظلال"),
    ("سورة", "صورة"),
    ("ذل", "زل"),
    ("ثورة", "تورة"),
    ("لا", "لالا"),
    ("و أ", "وأ"),
    ("أ. محمد", "أمحمد"),
    ("من أ إلى ب", "من أإلىب"),
    ("علم", "عالم"),
    ("غبي", "غبيي"),
    ("2023-08-23", PHONE),
    ("10 000 000", PHONE),
    ("3.5", "35"),
    ("سماء", "سما"),
    ("😡", "😂"),
    ("?", "!"),
]


@pytest.mark.parametrize(("left", "right"), EQUAL)
def test_one_spelling(left: str, right: str) -> None:
    assert normalize(left) == normalize(right)


@pytest.mark.parametrize(("left", "right"), APART)
def test_two_spellings(left: str, right: str) -> None:
    assert normalize(left) != normalize(right)


@given(arabic)
def test_idempotent(text: str) -> None:
    once = normalize(text)
    assert normalize(once) == once


@pytest.mark.parametrize("text", ["ك  ل  ب", "ك\n\nل\nب", "ك#ل#ب", "ك..ل..ب", "ك _ ل _ ب"])
def test_letters_spelled_out_are_joined(text: str) -> None:
    assert normalize(text) == "كلب"


@given(arabic)
def test_no_space_at_the_ends_none_doubled(text: str) -> None:
    clean = normalize(text)
    assert clean == clean.strip()
    assert "  " not in clean and "\n" not in clean and "\t" not in clean


@given(st.text(st.characters(categories=["Cs", "Lo", "Mn", "Cc"])))
def test_surrogates_keep_their_length(text: str) -> None:
    readable = without_surrogates(text)
    assert len(readable) == len(text)
    readable.encode("utf-8")
    normalize(text)


@given(st.text(st.sampled_from(" \n\u064e\u200b\u202e\u0640\ufe0f\0")))
def test_nothing_visible_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", [".", "؟", "👍", "1", "ء", "\ufffd", "\ud800", "❤️"])
def test_anything_visible_is_not_blank(text: str) -> None:
    assert not is_blank(text)


@pytest.fixture(scope="module")
def tokenizer(shipped_bundle: Bundle) -> Tokenizer:
    """The tokenizer that is shipped."""
    return Tokenizer.from_file(str(shipped_bundle.tokenizer_path))


@given(text=arabic)
def test_offsets_point_into_the_original(tokenizer: Tokenizer, text: str) -> None:
    readable = without_surrogates(text)
    encoding = tokenizer.encode(readable, add_special_tokens=False)
    previous = 0
    for start, end in encoding.offsets:
        assert 0 <= start <= end <= len(readable)
        assert start >= previous or start == end
        previous = max(previous, start)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("يا كَـــلْب!", "كَـــلْب"),
        ("قال: ك.ل.ب", "ك.ل.ب"),
        ("نص\u202e كلب", "كلب"),
        ("😡 كلب", "كلب"),
    ],
)
def test_a_disguised_word_is_found_where_it_stands(
    tokenizer: Tokenizer, text: str, word: str
) -> None:
    encoding = tokenizer.encode(text, add_special_tokens=False)
    at = text.index(word)
    inside = [
        text[start:end]
        for start, end in encoding.offsets
        if start < at + len(word) and end > at
    ]
    assert "".join(inside).startswith(word[0])
    assert inside[-1].endswith(word[-1])


@given(text=arabic)
def test_the_shipped_tokenizer_normalizes_as_we_do(tokenizer: Tokenizer, text: str) -> None:
    readable = without_surrogates(text)
    shipped = tokenizer.normalizer
    assert shipped is not None
    assert shipped.normalize_str(readable) == OURS.normalize_str(readable)
