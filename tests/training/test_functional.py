import pytest

from training.functional import generate
from training.functional.generate import Part, fill, frames


@pytest.mark.parametrize("part", ["train", "test"])
def test_every_frame_can_be_filled(part: Part) -> None:
    import random

    for frame in frames(part):
        for seed in range(20):
            text = fill(frame.text, part, random.Random(seed))
            assert "{" not in text and "}" not in text


def test_words_and_frames_of_the_test_part_are_new() -> None:
    assert not {f.text for f in frames("train")} & {f.text for f in frames("test")}
    train = {row.text for row in generate("train", 20_000)}
    test = {row.text for row in generate("test", 2_000)}
    assert len(train) > 5_000 and len(test) > 500
    assert not train & test


def test_the_same_seed_gives_the_same_sentences() -> None:
    assert list(generate("train", 300)) == list(generate("train", 300))
    assert list(generate("train", 300)) != list(generate("train", 300, seed=1))


def test_one_word_is_abuse_in_one_frame_and_none_in_the_next() -> None:
    rows = [row for row in generate("train", 20_000) if "حقير" in row.text]
    insults = {row.labels["insult"] for row in rows}
    assert insults == {0.0, 1.0}


def test_the_adjective_agrees() -> None:
    import random

    for frame, right, wrong in (
        ("{person} {insult.agree}", "الوزيرة كلبة", "الوزيرة كلب "),
        ("ال{insult.agree} {person}", "الكلبة الوزيرة", "الكلب الوزيرة"),
    ):
        filled = [fill(frame, "train", random.Random(i)) + " " for i in range(3000)]
        assert any(right in text for text in filled)
        assert not any(wrong in text for text in filled)


def test_no_real_leader_is_threatened() -> None:
    leaders = ("السيسي", "أردوغان", "بشار", "نصر الله", "ترامب", "محمود عباس", "البرهان")
    for row in generate("train", 20_000):
        if row.kind == "threat":
            assert not any(name in row.text for name in leaders), row.text
