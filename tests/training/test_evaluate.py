from tests.fakes import FakeScorer
from training.corpora import Row
from training.scored import ScoredRows


def test_each_input_is_scored_once_and_in_order() -> None:
    rows = [Row(str(i), text, "x", "test") for i, text in enumerate(["يا حمار", "شكرا"])]
    toward = Row("2", "شكرا", "x", "test", stance=0, target="الوزير")
    scorer = FakeScorer()
    scored = ScoredRows(scorer)
    first = scored.of(rows)
    again = scored.of([rows[1], toward, rows[0]])
    assert sum(scorer.batches) == 3
    assert [s.attributes["insult"] for s in first] == [0.97, 0.01]
    assert again[0] == first[1] and again[2] == first[0]
    assert [stance.target for stance in again[1].stance] == ["الوزير"]
