"""The word list finds abuse as it is typed, and leaves innocent words alone."""

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.analysis import open_analyzer
from moderation.errors import LexiconError
from moderation.lexicon import Entry, Lexicon, check_examples, load_entries, open_lexicon
from moderation.text.normalize import normalize

ENTRIES = load_entries()
LEXICON = Lexicon(ENTRIES)
INNOCENT = [
    line
    for line in Path(__file__).with_name("innocent.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


def entry(*forms: str, **more: Any) -> Entry:
    """An entry for the tests."""
    fields: dict[str, Any] = {
        "id": "w",
        "category": "insult",
        "severity": 2,
        "match": forms[:1],
        "passes": ("سلام عليكم",),
    }
    return Entry(forms=forms, **(fields | more))


def found(text: str, *entries: Entry) -> list[tuple[str, bool]]:
    """Stretches that are found, as normalized, and whether for sure."""
    normalized = normalize(text)
    hits = Lexicon(entries).find(normalized)
    return [(normalized[hit.start : hit.end], hit.sure) for hit in hits]


def test_the_shipped_list_is_large_and_wide() -> None:
    assert len(ENTRIES) >= 600
    spoken = {dialect for each in ENTRIES for dialect in each.dialect}
    assert spoken >= {"msa", "eg", "lev", "gulf", "iraq", "ma", "dz", "tn", "ly", "sd", "ye"}
    assert {each.category for each in ENTRIES} == {
        "insult", "profanity", "identity_attack", "threat"
    }  # fmt: skip


def test_every_entrys_own_examples() -> None:
    assert check_examples(ENTRIES) == []


# The spellings on which a regular expression with word boundaries finds three.
SPELLINGS = [
    "يا كلب", "ياكلب", "انت حمار", "والكلب", "الكلب", "كلبَ", "كـلـب", "كَلْب", "كَلْبٌ",
    "ك ل ب", "كلبب", "كلاب", "حمااار",
]  # fmt: skip


@pytest.mark.parametrize("text", SPELLINGS)
def test_thirteen_ordinary_spellings(text: str) -> None:
    assert any(hit.sure for hit in LEXICON.find(normalize(text)))


def test_innocent_look_alikes() -> None:
    assert len(INNOCENT) >= 200
    analyzer = open_analyzer()
    wrong = {
        text: entries
        for text in INNOCENT
        if (entries := [hit.entry for hit in analyzer.analyze(text).words if hit.sure])
    }
    assert wrong == {}


DOG = entry("كلب", "كلبة", "كلاب", plain_sense=True, excepted=("كلب حراسة",))
VILE = entry("حقير", "حقيرة")
CURSE = entry("يلعن * والد", id="curse")
SON = entry("ابن كلب", "كلاب مسعورة", id="son")


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("وللكلاب", [("وللكلاب", True)]),
        ("شفت كلبهم في الشارع", [("كلبهم", False)]),
        ("يالكلب اسكت", [("يالكلب", True)]),
        ("انت واحد كلب والله", [("كلب", True)]),
        ("كلب ابن كلب هذا", [("كلب", False), ("كلب", True)]),
        ("معه كلب حراسة", []),
        ("انقلب الكلبش مكلبش", []),
        ("يا وكلب", [("وكلب", False)]),
        ("عندي ابن. كلب الجيران نبح", [("كلب", False)]),
        ("محمد بن كلب", [("كلب", False)]),
        ("@ali كلب ههههه", [("كلب", True)]),
    ],
)
def test_a_word_that_may_be_innocent(text: str, spans: list[tuple[str, bool]]) -> None:
    assert found(text, DOG) == spans


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("يلعن والدك", 1),
        ("يلعن شرف والدك", 1),
        ("يلعن والله والد والدك", 1),
        ("يلعن كل من كذب على والدك", 0),
        ("ويلعن والدكم", 1),
    ],
)
def test_phrases_with_gaps(text: str, count: int) -> None:
    assert len(found(text, CURSE)) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("يا ابن الكلب", 1),
        ("يابن كلب", 1),
        ("ياابن الكلب", 1),
        ("هذا ابن. كلب الجيران", 0),
        ("ابني الكلب عضه", 0),
        ("الابن كلب", 0),
        ("الكلاب المسعورة", 1),
        ("الكلاب مسعورة", 0),
        ("ابن وكلب", 0),
    ],
)
def test_articles_in_phrases(text: str, count: int) -> None:
    assert len(found(text, SON)) == count


@pytest.mark.parametrize(
    "text", ["عينيك جميلة", "كانت مرة حلوة", "أنت جعلتني أحب القراءة", "أنا عكسك تماما"]
)
def test_clitics_that_make_other_words(text: str) -> None:
    assert [hit for hit in LEXICON.find(normalize(text)) if hit.sure] == []


def test_what_one_entry_excuses_no_other_finds() -> None:
    other = entry("كلب", id="other")
    assert found("معه كلب حراسة", DOG, other) == []
    assert len(found("هذا كلب", DOG, other)) == 2


def test_a_feminine_before_a_pronoun() -> None:
    assert found("حقيرتهم", VILE) == [("حقيرتهم", True)]
    assert found("حقيرت", VILE) == []


def test_what_a_newsroom_adds_and_allows(tmp_path: Path) -> None:
    file = tmp_path / "words.yaml"
    file.write_text("blocked: [كلمتنا]\nsuspect: [بضاعة بايتة]\nallowed: [كلاب الحراسة]\n")
    lexicon = open_lexicon(file)
    hits = lexicon.find(normalize("وكلمتنا عن بضاعة بايتة"))
    assert [(hit.entry.category, hit.entry.severity) for hit in hits] == [
        ("blocked", 3),
        ("suspect", 1),
    ]
    assert lexicon.find(normalize("يا كلاب الحراسة")) == []
    assert LEXICON.find(normalize("يا كلاب الحراسة")) != []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- id: a\n  forms: [كلب\n", "line"),
        ("- id: A\n  forms: [كلب]\n", "A.id"),
        ("- forms: [كلب]\n  category: insult\n  severity: 4\n", "severity"),
        ("- id: a\n  forms: [كلب]\n  category: rude\n", "category"),
        ("a: 1\n", "valid list"),
    ],
)
def test_a_wrong_file(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "list.yaml"
    file.write_text(text)
    with pytest.raises(LexiconError) as caught:
        load_entries(file)
    assert str(file) in caught.value.message and says in caught.value.message


def test_wrong_places(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="holds no"):
        load_entries(tmp_path)
    with pytest.raises(LexiconError, match="cannot be read"):
        load_entries(tmp_path / "none.yaml")
    (tmp_path / "w.yaml").write_text("blokced: [x]\n")
    with pytest.raises(LexiconError, match="blokced"):
        open_lexicon(tmp_path / "w.yaml")


@pytest.mark.parametrize("form", ["* كلب", "يا *", "كل.ب", "!!", "**", "  ", " * "])
def test_forms_must_be_words(form: str) -> None:
    with pytest.raises(LexiconError, match="entry w"):
        Lexicon([entry(form)])


def test_an_entry_that_matches_its_negative_example_is_told() -> None:
    wrong = entry("حقير", passes=("هذا حقير",), match=("شيء آخر",))
    assert len(check_examples([wrong])) == 2


words = st.lists(st.sampled_from(["يا", "كلب", "ابن", "حمار", "وال", "سلام", "شعب", "لا", "x"]))


@given(st.text() | words.map(" ".join) | words.map("".join))
def test_hits_lie_in_the_text_and_hold_their_word(text: str) -> None:
    normalized = normalize(text)
    for hit in LEXICON.find(normalized):
        assert 0 <= hit.start < hit.end <= len(normalized)
        # Never a piece of a word.
        assert hit.start == 0 or not normalized[hit.start - 1].isalnum()
        assert hit.end == len(normalized) or not normalized[hit.end].isalnum()


@given(words.map(" ".join))
def test_offsets_in_the_text_as_typed(text: str) -> None:
    typed = "".join(f"{char}ـ" if char == "ل" else char for char in text)
    for hit in open_analyzer().analyze(typed).words:
        stretch = normalize(typed[hit.start : hit.end])
        assert any(h.entry.id == hit.entry for h in LEXICON.find(stretch)) or " " in stretch


@pytest.mark.parametrize(
    "unit", ["كلب", "كلب ", "يا ", "ا", "يلعن ", "ولد ابن ", "يا كلب ", "شعب حمار ", "xx "]
)
def test_time_grows_with_length_and_no_faster(unit: str) -> None:
    def seconds(length: int) -> float:
        text = normalize(unit * (length // len(unit)))
        best = []
        for _ in range(3):
            start = time.perf_counter()
            LEXICON.find(text)
            best.append(time.perf_counter() - start)
        return min(best)

    seconds(100)
    assert seconds(20_000) < 40 * seconds(2_000) + 0.01
