"""Disguises and slips: they hide words, never all of them, and the normalizer undoes some."""

import random

import pytest

from moderation.text.normalize import normalize
from training.noise import ATTACKS, slips, training_noise

TEXT = "والله كلام الوزير عن الكهرباء كله كذب، وأنت يا حمار صدقته 😂 2024"
UNDONE = ("tatweel", "diacritics", "zero_width", "look_alikes")


def changed(name: str, seed: int, text: str = TEXT) -> str:
    return ATTACKS[name](text, random.Random(seed))


@pytest.mark.parametrize("name", ATTACKS)
def test_the_same_chance_gives_the_same_disguise(name: str) -> None:
    assert changed(name, 1) == changed(name, 1)
    assert len({changed(name, seed) for seed in range(20)}) > 5


@pytest.mark.parametrize("name", [n for n in ATTACKS if n not in ("diacritics", "arabizi")])
def test_about_half_of_the_words_stay(name: str) -> None:
    words = TEXT.split()
    kept = [len(set(words) & set(changed(name, s).split())) / len(words) for s in range(40)]
    assert 0.2 < sum(kept) / len(kept) < 0.85


@pytest.mark.parametrize("name", UNDONE)
def test_what_the_normalizer_undoes(name: str) -> None:
    for seed in range(20):
        assert normalize(changed(name, seed)) == normalize(TEXT)


@pytest.mark.parametrize("name", [n for n in ATTACKS if n not in UNDONE])
def test_what_it_does_not(name: str) -> None:
    assert any(normalize(changed(name, seed)) != normalize(TEXT) for seed in range(20))


def test_arabizi_has_no_arabic_letters() -> None:
    latin = changed("arabizi", 0, "أنت  حُمار كبيـر")
    assert not any("\u0600" <= char <= "\u06ff" for char in latin)
    assert len(latin.split()) == 3


@pytest.mark.parametrize("text", ["", " ", "ك", "لا", "  يا  ", "😂", "؟", "ok"])
@pytest.mark.parametrize("name", ATTACKS)
def test_nothing_is_too_short(name: str, text: str) -> None:
    assert isinstance(changed(name, 0, text), str)
    assert isinstance(training_noise(text, random.Random(0)), str)


def test_slips_are_small() -> None:
    for seed in range(50):
        assert abs(len(slips(TEXT, random.Random(seed))) - len(TEXT)) <= 3
