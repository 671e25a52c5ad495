from pathlib import Path

import pytest

from moderation.errors import PageError
from moderation.pages import MAX_PAGE_BYTES, Article, PageComment, read_page

FIXTURES = Path(__file__).parent / "fixtures"

YOUM7_COMMENTS = """
<h2>التعليقات (2)</h2><ul><li>1<h4>بواسطة: راكب يومى</h4>
<h5>بتاريخ: الأحد، 8 مايو 2010 - 15:02</h5>
<p>أخيرا<br>الحمد لله</p></li><li>2<h4>بواسطة: سلوى</h4>
<h5>بتاريخ: الأحد، 8 مايو 2010 - 16:40</h5>
<p>والزحمة؟</p></li></ul>"""


def page(name: str, encoding: str = "utf-8", **replaced: str) -> Article:
    text = (FIXTURES / name).read_text("utf-8")
    for old, new in replaced.items():
        text = text.replace(old, new)
    return read_page(text.encode(encoding))


def rows(article: Article) -> list[tuple[str | None, str | None, str, int | None]]:
    return [(one.author, one.posted, one.text, one.parent) for one in article.comments]


def html(inner: str) -> bytes:
    return f"<html><head><title>خبر</title></head><body>{inner}</body></html>".encode()


def test_alghad() -> None:
    article = page("alghad.html", "cp1256")
    assert (article.adapter, article.encoding) == ("alghad", "windows-1256")
    assert article.title == "بلدية الوادي تؤجل افتتاح الحديقة العامة"
    assert article.body.startswith("مراسل الغد\n")
    assert article.body.endswith("تعتذر من السكان.")
    assert rows(article) == [
        (
            "أبو سند",
            "11/06/2009 07:15:20 PM",
            "شكرا للبلدية\nوالله تعبنا من التأجيل & الوعود .\nبس الله يعطيهم العافية",
            None,
        ),
        ("مواطن (غيور)", "11/06/2009 05:01:02 PM", "إلى متى؟؟\nكل سنة نفس الكلام", None),
        ("لينا", "11/06/2009 04:00:00 PM", "تعليق\nبالتوفيق", None),
    ]
    assert "reader@example.com" not in repr(article.comments)


def test_alriyadh() -> None:
    article = page("alriyadh.html")
    assert (article.adapter, article.encoding) == ("alriyadh", "utf-8")
    assert article.title == "نادي الواحة يتعاقد مع مدرب جديد"
    assert rows(article) == [
        ("ابن الواحة", "02:10 صباحاً 2011/03/09", "ألف مبروك يا واحة", None),
        # The last line is a number, and the reader's own.
        (
            "أم ريان",
            "02:25 صباحاً 2011/03/09",
            "مدرب فاشل\nوإدارة نايمة <> الله يعين\n100",
            None,
        ),
    ]
    assert [one.number for one in article.comments] == [1, 2]


def test_youm7_saved_with_comments() -> None:
    article = page("youm7.html", "cp1256", COMMENTS=YOUM7_COMMENTS)
    assert (article.adapter, article.title) == ("youm7", "وزارة النقل تطلق خط حافلات جديدا")
    assert rows(article) == [
        ("راكب يومى", "الأحد، 8 مايو 2010 - 15:02", "أخيرا\nالحمد لله", None),
        ("سلوى", "الأحد، 8 مايو 2010 - 16:40", "والزحمة؟", None),
    ]


def test_youm7_saved_before_the_comments_were_loaded() -> None:
    with pytest.raises(PageError) as caught:
        page("youm7.html", "cp1256", COMMENTS="<script>load()</script>")
    error = caught.value
    assert error.code == "no_comments_found"
    assert error.details["title"] == "وزارة النقل تطلق خط حافلات جديدا"
    assert error.details["encoding"] == "windows-1256"
    assert any("#commentsList" in pattern for pattern in error.details["looked_for"])


def test_wordpress_nesting() -> None:
    article = page("wordpress.html")
    assert article.adapter == "wordpress"
    assert article.title == "افتتاح مكتبة الحي"
    assert article.body.endswith("وتضم مكتبة الحي خمسة آلاف كتاب.")
    assert rows(article) == [
        ("هدى", "3 مارس 2021 الساعة 9:10 ص", "خبر جميل.\nننتظر المزيد", None),
        ("منى", "3 مارس 2021 الساعة 9:30 ص", "أتفق معك 🙂", 0),
        ("هدى", None, "شكرا", 1),
        ("سالم", "4 مارس 2021", "المكان ضيق", None),
    ]


def test_disqus_thread() -> None:
    article = page("disqus.html")
    assert article.adapter == "disqus"
    assert rows(article) == [
        ("قارئ قديم", "قبل 4 سنوات", "الغلاء طال كل شيء\nحتى الخبز", None),
        ("سوسن", "قبل 4 سنوات", "صدقت", 0),
    ]


def test_json_ld() -> None:
    article = page("json_ld.html")
    assert (article.adapter, article.title) == ("schema.org", "جسر جديد فوق النهر")
    assert rows(article) == [
        ("وليد", "2022-05-01T10:00:00+03:00", "عمل «رائع»\nشكرا لكم", None),
        ("نوال", None, "بل متأخر", 0),
        ("عابر", None, "من دفع الثمن؟", 1),
    ]


def test_microdata() -> None:
    article = page("microdata.html")
    assert article.adapter == "schema.org"
    assert rows(article) == [
        ("راشد", "2 يناير 2023", "الأسعار نار", None),
        ("حصة", None, "صحيح", 0),
    ]


def test_common_class_names() -> None:
    article = page("classes.html")
    assert (article.adapter, article.title) == ("common", "حملة نظافة في الشاطئ")
    assert article.body == "شارك مئات المتطوعين في حملة نظافة على الشاطئ استمرت حتى المساء."
    assert rows(article) == [
        ("ياسر", "5 أكتوبر 2022", "الله يعطيكم العافية\nعمل يستحق الشكر", None),
        ("دانة", None, "وين البلدية؟\nنايمة كالعادة", None),
    ]


def test_heading_without_class_names() -> None:
    article = page("heading.html")
    assert article.adapter == "common"
    assert rows(article) == [
        ("متضرر", "الأحد، 10-10-2021 11:20 م", "كل يوم نفس القصة\nمتى الحل؟", None),
        ("أبو محمد", "الأحد، 10-10-2021 11:45 م", "الشركة تعمل ما بوسعها", None),
    ]


def test_plain_text() -> None:
    article = page("plain.txt")
    assert (article.adapter, article.encoding) == ("plain text", "utf-8")
    assert article.title == "نقابة المعلمين تعلن موعد الانتخابات الجديدة"
    assert "اظهار أخبار متعلقة" not in article.body
    assert rows(article) == [
        (
            "معلم متقاعد",
            "الأربعاء، 14-02-2024 09:12 ص",
            "النقابة نايمة من سنين\nولا أحد يسأل عنا",
            None,
        ),
        ("قارئة", "الأربعاء، ١٤-٠٢-٢٠٢٤ ٠٨:٤٠ ص", "بالتوفيق للجميع\n3-1", None),
        ("شاهد عيان", "منذ 3 ساعات", "كلام فاضي", None),
    ]


@pytest.mark.parametrize(
    ("below", "expected"),
    [
        (
            "تعليقات القراء\n\nسعاد\nهذا ظلم\n\nمراد\nمعك حق",
            [("سعاد", "هذا ظلم"), ("مراد", "معك حق")],
        ),
        (
            "التعليقات (2)\nسعاد\nهذا ظلم\nمراد\nمعك حق",
            [("سعاد", "هذا ظلم"), ("مراد", "معك حق")],
        ),
        ("2 تعليقات\nهذا ظلم\nمعك حق", [(None, "هذا ظلم"), (None, "معك حق")]),
        ("عدد التعليقات : 1\nالاسم: سعاد\nالتعليق: هذا ظلم", [("سعاد", "هذا ظلم")]),
        ("آراء القراء\nسعاد - 2020-01-02\nهذا ظلم", [("سعاد", "هذا ظلم")]),
        (
            "التعليقات\n2020-01-02\nهذا ظلم\n2020-01-03\nمعك حق",
            [(None, "هذا ظلم"), (None, "معك حق")],
        ),
    ],
)
def test_plain_text_shapes(below: str, expected: list[tuple[str | None, str]]) -> None:
    article = read_page(f"عنوان الخبر في هذا اليوم\n\nمتن الخبر.\n\n{below}\n".encode())
    assert [(one.author, one.text) for one in article.comments] == expected
    assert article.body == "متن الخبر."


@pytest.mark.parametrize(
    "raw", [b"", b"\0\xff\xfe", "خبر بلا تعليقات".encode(), html("<p>خبر</p>")]
)
def test_no_comments(raw: bytes) -> None:
    with pytest.raises(PageError) as caught:
        read_page(raw)
    assert caught.value.details["looked_for"]


def test_error_does_not_repeat_the_page() -> None:
    with pytest.raises(PageError) as caught:
        read_page("عنوان طويل لهذا الخبر\nيا نصاب".encode())
    assert "نصاب" not in f"{caught.value}{caught.value.details}"


def test_too_large() -> None:
    with pytest.raises(PageError) as caught:
        read_page(b"x" * (MAX_PAGE_BYTES + 1))
    assert caught.value.details == {"limit_bytes": MAX_PAGE_BYTES}


ONE = '<div class="comment"><b class="author">سامي</b><p class="text">نص التعليق</p></div>'


@pytest.mark.parametrize(
    "inner",
    [
        "<div>" * 10_000 + ONE + "</div>" * 10_000,
        "<div>" * 10_000 + ONE,
        "<b><font><i>" * 5_000 + ONE,
        "".join(f"<p><b id={number}>" for number in range(3_000)) + ONE,
        f"<div {' '.join(f'a{number}' for number in range(50_000))}>{ONE}",
        "<!--" * 10_000 + "-->" + ONE,
        "<table><tr><td>" * 3_000 + ONE,
        "</div></p></ul>" * 10_000 + ONE,
    ],
    ids=[
        "nested",
        "unclosed",
        "formatting",
        "reopened",
        "attributes",
        "comment",
        "tables",
        "ends",
    ],
)
def test_broken_markup_is_read_quickly(inner: str) -> None:
    try:
        texts = [one.text for one in read_page(html(inner)).comments]
    except PageError:
        texts = []
    # Beyond the depth that is kept, elements go; the comment after them may too.
    assert texts in ([], ["نص التعليق"])


def test_comment_after_deep_nesting_is_found() -> None:
    article = read_page(html("<div>" * 10_000 + "</div>" * 10_000 + ONE))
    assert article.comments == (PageComment("سامي", None, "نص التعليق", None, 1),)


def test_ten_thousand_nested_comments() -> None:
    comments = read_page(
        html('<div class="comment"><b class="author">م</b>نص' * 10_000)
    ).comments
    assert [one.parent for one in comments[:3]] == [None, 0, 1]


@pytest.mark.parametrize(
    "inner",
    [
        '<div class="comment-form"><p class="author">الاسم</p><textarea></textarea></div>',
        '<span class="comment">7 تعليقات</span>',
        '<div class="comment">(3) تعليقات</div>',
        '<div class="comment"><a href="#">أضف ردا</a></div>',
        '<div class="comment"><script>var x = "نص";</script></div>',
        '<div id="comments"><h3>التعليقات</h3><p>لا توجد تعليقات</p></div>',
    ],
)
def test_what_is_not_a_comment(inner: str) -> None:
    with pytest.raises(PageError):
        read_page(html(inner))


def test_nameless_comment_is_kept() -> None:
    article = read_page(html('<div class="comment"><p>حسبي الله</p><p>ونعم الوكيل</p></div>'))
    assert rows(article) == [(None, None, "حسبي الله\nونعم الوكيل", None)]
