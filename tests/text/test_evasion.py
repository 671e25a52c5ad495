"""What readers hide behind symbols, and what only looks like it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.text.evasion import reveal


@pytest.mark.parametrize(
    ("typed", "plain", "kind"),
    [
        ("يا ح*م*ا*ر", "يا حمار", "symbols"),
        ("كل$ب", "كلب", "symbols"),
        ("الشـ☆ـفـ☆ـارة", "الشفارة", "symbols"),
        ("ح م ا ر ة", "حمارة", "apart"),
        ("ك\u200bل\u200bب", "كلب", "hidden"),
        ("ك\u202eلب", "كلب", "hidden"),
        ("كُُّّلب", "كلب", "stacked"),
        ("كlب", "كلب", "latin"),
    ],
)
def test_a_disguise_without_an_innocent_reading(typed: str, plain: str, kind: str) -> None:
    revealed = reveal(typed)
    assert revealed.plain.text == plain
    assert [sign.kind for sign in revealed.signs] == [kind]
    assert revealed.score() == 0.5


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("يا 7مار", "يا حمار"),
        ("يا ٧مار", "يا حمار"),
        ("م3رص", "معرص"),
        ("ك.ل.ب", "كلب"),
        ("ك-ل-ب", "كلب"),
        ("ح م ا ر", "حمار"),
        ("شر.موطة", "شرموطة"),
        ("كل❤️ب", "كلب"),
    ],
)
def test_what_may_be_innocent_counts_once_it_turns_out_to_hide_abuse(
    typed: str, plain: str
) -> None:
    revealed = reveal(typed)
    assert revealed.plain.text == plain
    assert revealed.score() == 0
    assert revealed.score(revealed.signs) == pytest.approx(0.6)


@pytest.mark.parametrize(
    "typed",
    [
        "هههههههه جمييييل",
        "خصم 20% اليوم",
        "فزنا 3-0 يا رجال",
        "عام 2011م",
        "3 أيام و10كيلو",
        "شركة 5 نجوم، شركة5نجوم",
        "د. محمد، أ.د.سعاد، م. ع.",
        "قالت أ.ف.ب إن الخبر صحيح",
        "أ.م.د. علي، ش.م.م، لوحة ه ن ج 6789",
        "ه ه ه ه ه",
        "#غزة#فلسطين",
        "الأهلي&الزمالك",
        "ألف*مبروك",
        "اللَّٰه",
        "طيّّّب",
        "المسgي",
        "کتاب‌ها",
        "#مصر_تنتصر في الملعب",
        "user@mail.com راسلني",
        "جدا.الله يوفقكم",
        "مَا شَاءَ اللَّهُ تَبَارَكَ",
        "iPhone15 والله",
        "مبروك 😂🇪🇬❤️",
        "١٢٣٤٥",
        "",
    ],
)
def test_ordinary_writing_is_no_disguise(typed: str) -> None:
    assert reveal(typed).score() == 0


def test_the_more_signs_the_higher() -> None:
    scores = [reveal(" ".join(["كل$ب"] * n)).score() for n in range(4)]
    assert scores == sorted(scores)
    assert scores[3] == pytest.approx(1 - 0.5**3)


alphabet = st.text(alphabet="كلبحماري 37.*-$ \u200bُّـabc😂\n", max_size=60)


@given(st.text() | alphabet)
def test_every_letter_of_the_plain_form_came_from_somewhere(text: str) -> None:
    revealed = reveal(text)
    plain = revealed.plain
    assert len(plain.places) == len(plain.text)
    assert all(0 <= place < len(text) for place in plain.places)
    assert list(plain.places) == sorted(plain.places)
    for sign in revealed.signs:
        assert 0 <= sign.start < sign.end <= len(text)
    assert 0 <= revealed.score() <= revealed.score(revealed.signs) < 1 or not revealed.signs


LONG = 20_000


@pytest.mark.parametrize(
    "unit", ["ك ", "ا", "ك*", "ك.ل", "1ا", "ك\u064b", "كa", "ك\u200b", "ك, ", "a", "٣ا ", "_"]
)
def test_time_grows_with_length_and_no_faster(unit: str) -> None:
    def seconds(length: int) -> float:
        text = unit * (length // len(unit))
        best = []
        for _ in range(3):
            start = time.perf_counter()
            reveal(text)
            best.append(time.perf_counter() - start)
        return min(best)

    seconds(100)
    # Quadratic would be a hundred times as long for ten times the length.
    assert seconds(LONG) < 40 * seconds(LONG // 10) + 0.01
