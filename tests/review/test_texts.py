"""Texts in both languages, numbers, dates, and untrusted text on a page."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import moderation.review
from moderation.review.languages import LANGUAGES, texts, translator
from moderation.review.shown import shown_text, visible

ROOM = Path(moderation.review.__file__).parent
ARABIC, ENGLISH = translator("ar", "Asia/Riyadh"), translator("en", "UTC")
# Every plural form that each language has.
FORMS = {"ar": {"zero", "one", "two", "few", "many", "other"}, "en": {"one", "other"}}


@pytest.mark.parametrize("key", sorted(texts()))
def test_every_text_is_there_in_both_languages_and_says_the_same_things(key: str) -> None:
    names = []
    for language in LANGUAGES:
        text = texts()[key][language]
        forms = {"only": text} if isinstance(text, str) else dict(text)
        if not isinstance(text, str):
            assert set(forms) == FORMS[language]
        # Dual and singular may spell the number out.
        names.append({n for f in forms.values() for n in re.findall(r"{(\w+)}", f)} - {"n"})
        # A form may be empty only where nothing is not told of.
        assert all(form.strip() == form and (form or n == "zero") for n, form in forms.items())
    assert names[0] == names[1]


def test_every_text_that_a_page_names_exists() -> None:
    sources = [*ROOM.rglob("*.html"), *ROOM.rglob("*.py")]
    named = {
        key
        for path in sources
        for key in re.findall(
            r"""\bt\(\s*["']([a-z_]+\.[\w-]+)["']\s*[,)]""", path.read_text("utf-8")
        )
    }
    assert len(named) > 100
    assert named - set(texts()) == set()


def test_arabic_counts_things_as_arabic_does() -> None:
    assert ARABIC("queue.waiting", n=0) == "لا تعليق ينتظر"
    assert ARABIC("queue.waiting", n=1) == "تعليق واحد ينتظر"
    assert ARABIC("queue.waiting", n=2) == "تعليقان ينتظران"
    assert ARABIC("queue.waiting", n=7) == "٧ تعليقات تنتظر"
    assert ARABIC("queue.waiting", n=11) == "١١ تعليقًا ينتظر"
    assert ARABIC("queue.waiting", n=102) == "١٠٢ تعليق ينتظر"
    assert ENGLISH("queue.waiting", n=1) == "1 comment waits"


def test_numbers_and_dates_in_the_sites_time_zone() -> None:
    assert ARABIC.number(12345.678, 1) == "١٢٬٣٤٥٫٧"
    assert ENGLISH.number(12345.678, 1) == "12,345.7"
    assert ARABIC.percent(0.123, 1).startswith("١٢٫٣")
    late = datetime(2026, 5, 4, 22, 5, tzinfo=UTC)
    assert ARABIC.moment(late) == "٥ مايو ٢٠٢٦، ٠١:٠٥"
    assert ENGLISH.moment(late) == "4 May 2026, 22:05"
    assert ARABIC.midnight(late) == datetime(2026, 5, 4, 21, 0, tzinfo=UTC)
    assert ENGLISH.duration(timedelta(hours=5)) == "5 hours"


def test_untrusted_text_is_escaped_and_marked() -> None:
    text = "<script>alert('يا حمار')</script>"
    start = text.index("حمار")
    html = shown_text(text, [(start, start + 4)], [(start, start + 4)])
    assert "<script" not in html
    assert '<mark><span class="slur" tabindex="0">حمار</span></mark>' in html


def test_invisible_controls_are_shown() -> None:
    html = shown_text("أهلا\u202eabc\u202c\u0000 \u200bنعم\r\nسطر")
    assert '<span class="control">RLO</span>abc<span class="control">PDF</span>' in html
    assert "U+0000" in html and "U+200B" in html
    assert not {"\u202e", "\u202c", "\u0000", "\u200b", "\r"} & set(html)
    assert "نعم\nسطر" in html


def test_joiners_stay_for_they_shape_letters_and_emojis() -> None:
    assert shown_text("می\u200cخواهم 👩\u200d👧") == "می\u200cخواهم 👩\u200d👧"


def test_towers_of_marks_are_cut() -> None:
    assert len(shown_text("ش" + "\u0651" * 5000)) < 20
    assert len(visible("ش" + "\u0651" * 5000)) < 20


@given(
    st.text(max_size=200),
    st.lists(st.tuples(st.integers(0, 220), st.integers(0, 220)), max_size=8),
)
def test_no_text_breaks_out(text: str, spans: list[tuple[int, int]]) -> None:
    ordered = [(min(span), max(span)) for span in spans]
    html = str(shown_text(text, ordered, ordered))
    bare = re.sub(r'</?mark>|<span class="(slur" tabindex="0|control)">|</span>', "", html)
    assert "<" not in bare and '"' not in bare
    assert html.count("<mark>") == html.count("</mark>")
    assert html.count("<span") == html.count("</span>")
    html.encode()
