import pytest

from moderation.pages.naming import clean_author, clean_posted, heading_count, is_date
from moderation.pages.prose import fragment_text, without_interface


@pytest.mark.parametrize(
    "line",
    [
        "الأربعاء، 14-02-2024 09:12 ص",
        "02:10 صباحاً 2011/03/09",
        "11/06/2009 07:15:20 PM",
        "11-06-2009 07:15",
        "١٤/٠٢/٢٠٢٤",
        "8 مايو 2010 - 14:15",
        "12 ربيع الأول 1433 هـ",
        "منذ 3 ساعات",
        "قبل يومين",
        "5 hours ago",
        "2023-01-02T10:00:00",
    ],
)
def test_dates(line: str) -> None:
    assert is_date(line)


@pytest.mark.parametrize(
    "line",
    ["", "3-1", "2023", "انتظرناكم يوم 14-02-2024", "أبو محمد", "منذ متى؟", "مايو", "قبل"],
)
def test_not_dates(line: str) -> None:
    assert not is_date(line)


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("التعليقات (2)", 2),
        ("التعليقات", 0),
        ("تعليقات القراء", 0),
        ("تعليقات القرّاء:", 0),
        ("عدد التعليقات : 39", 39),
        ("٥ تعليقات", 5),
        ("3 Comments", 3),
        ("آراء القراء", 0),
        ("تعليقات على هذا الخبر كثيرة ومفيدة", None),
        ("هذا تعليق", None),
        ("قواعد نشر التعليقات", None),
    ],
)
def test_headings(line: str, count: int | None) -> None:
    assert heading_count(line) == count


@pytest.mark.parametrize(
    ("shown", "name"),
    [
        ("بواسطة: سامي (زائر)", "سامي"),
        ("منى تقول:", "منى"),
        ("  أبو\n خالد ", "أبو خالد"),
        ("كتبي المفضلة", "كتبي المفضلة"),
        (" ", None),
        (None, None),
    ],
)
def test_author(shown: str | None, name: str | None) -> None:
    assert clean_author(shown) == name


def test_posted() -> None:
    assert clean_posted("بتاريخ: الأحد، 8 مايو 2010") == "الأحد، 8 مايو 2010"
    assert clean_posted("(11/06/2009 07:15 PM)") == "11/06/2009 07:15 PM"
    assert clean_posted("") is None


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("أحسنت\nأضف رداً\n3", "أحسنت"),
        ("رد\nأحسنت\n5 إعجاب\nإبلاغ", "أحسنت"),
        ("كم النتيجة؟\n5", "كم النتيجة؟\n5"),
        ("قلت له\nرد\nفلم يرد", "قلت له\nرد\nفلم يرد"),
        ("موافق\nأضف ردا\nإبلاغ", "موافق"),
        ("", ""),
    ],
)
def test_interface_words_go_only_from_the_ends(text: str, left: str) -> None:
    assert without_interface(text) == left


def test_markup_to_text() -> None:
    markup = "<p>سطر&nbsp;أول<br/>سطر\n ثان</p><script>x</script><p>&lt;ختام&gt; &#1578;م</p>"
    assert fragment_text(markup) == "سطر أول\nسطر ثان\n<ختام> تم"
