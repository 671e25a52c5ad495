import pytest

from moderation.pages.subject import find_subjects


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        pytest.param(
            "وفد صيني يزور تونس استجابة لدعوة شاكر البحري",
            "وصل وفد إلى تونس بدعوة من شاكر البحري. والتقى البحري الوفد، وقال للبحري مقربون إن"
            " تونس ترحب. وفي تونس قال البحري إن تونس والصين شريكتان.",
            ("شاكر البحري",),
            id="full name once, surname afterwards",
        ),
        pytest.param(
            "لقاء لسمير الوردي في القاهرة",
            "التقى سمير الوردي الصحفيين. وأشاد سمير الوردي بالقاهرة. القاهرة القاهرة القاهرة",
            ("سمير الوردي",),
            id="clitic in the title",
        ),
        pytest.param(
            "الوزارة ترد على نقابة المعلمين",
            "اجتمعت نقابة المعلمين أمس. وقالت نقابة المعلمين إنها مستمرة، فنقابة المعلمين قوية",
            ("نقابة المعلمين",),
            id="institution",
        ),
        pytest.param(
            "ماذا يجري في السودان؟",
            "يعيش السودان أزمة، وفي السودان جوع، وللسودان جيران",
            ("السودان",),
            id="a country when nothing else recurs",
        ),
        pytest.param(
            "الخميس: 300 قتيل وأنباء عن يوم دام",
            "الخميس الخميس يوم يوم 300 300",
            (),
            id="weekdays and numbers never",
        ),
        pytest.param("عنوان لا يتكرر", "نص آخر تماما", (), id="nothing recurs"),
        pytest.param("", "", (), id="empty"),
    ],
)
def test_subject(title: str, body: str, expected: tuple[str, ...]) -> None:
    assert find_subjects(title, body) == expected


TITLE = "الواحة والساحل يتعادلان في مباراة النادي الوطني"
BODY = (
    "بدأ الواحة قويا ورد الساحل. ضغط الواحة وتراجع الساحل. الواحة أضاع."
    " النادي الوطني النادي الوطني"
)


def test_several_subjects_share_no_words() -> None:
    assert find_subjects(TITLE, BODY, limit=5) == ("الواحة", "الساحل", "النادي الوطني")
    assert find_subjects(TITLE, BODY, limit=2) == ("الواحة", "الساحل")
    assert find_subjects(TITLE, BODY) == ("الواحة",)


def test_spelling_of_the_title_is_kept() -> None:
    body = "قال احمد الامين. واضاف أحمد الأمين. وخرج احمد الأمين"
    assert find_subjects("استقالة أحمد الأمين", body) == ("أحمد الأمين",)


def test_name_does_not_cross_punctuation() -> None:
    body = "هدى هدى سليم هدى سليم هدى"
    assert find_subjects("سليم: هدى", body) == ("هدى",)
