import json
from pathlib import Path

import pytest

from tests.fakes import FakeScorer
from tests.training.conftest import records, write_corpus
from training.corpora import ABUSE_LABELS, CorpusError, Row
from training.corpora.own import DATA, read_own
from training.corpora.public import BY_NAME, CORPORA, read_public, with_dev
from training.corpora.raw import read_lines
from training.evaluate import Data, evaluate_task
from training.scored import ScoredRows
from training.tasks import TASKS


def test_unknown_stays_unknown(tmp_path: Path) -> None:
    line = json.dumps({"id": "1", "text": "شكرا", "split": "train", "sentiment": "pos"})
    write_corpus(tmp_path, "astd", [line])
    [row] = read_public(tmp_path, BY_NAME["astd"])
    assert row.labels == {}
    assert row.sentiment == 2
    assert row.stance is None


@pytest.mark.parametrize(
    ("corpus", "record", "expected"),
    [
        ("omcd", {"offensive": 1}, {"toxicity": 1, "likely_to_reject": 1, "insult": 0.8}),
        ("omcd", {"offensive": 0}, {"toxicity": 0, "insult": 0, "threat": 0, "profanity": 0}),
        ("dangerous_ubc", {"threat": 1}, {"threat": 1}),
        ("osact5_2022", {"offensive": 1, "vulgar": 1}, {"profanity": 1}),
        ("osact5_2022", {"offensive": 1, "hate": 1}, {"identity_attack": 1}),
        ("aj_deleted_comments", {"offensive": 1, "vulgar": 0}, {"likely_to_reject": 1}),
        (
            "sohateful",
            {"offensive": 1, "raw_label": {"directed": "yes-directed"}},
            {"insult": 1},
        ),
    ],
)
def test_label_maps(
    tmp_path: Path, corpus: str, record: dict[str, object], expected: dict[str, float]
) -> None:
    base = {"id": "1", "text": "نص", "split": "train"}
    write_corpus(tmp_path, corpus, [json.dumps(base | record)])
    [row] = read_public(tmp_path, BY_NAME[corpus])
    assert {name: row.labels.get(name) for name in expected} == expected


def test_a_deleted_comment_without_swearing_is_not_called_toxic(tmp_path: Path) -> None:
    line = json.dumps({"id": "1", "text": "نص", "split": "train", "offensive": 1, "vulgar": 0})
    write_corpus(tmp_path, "aj_deleted_comments", [line])
    [row] = read_public(tmp_path, BY_NAME["aj_deleted_comments"])
    assert "toxicity" not in row.labels


@pytest.mark.parametrize(
    "line",
    [
        '{"id": "1", "text": "نص"',
        '{"id": "1", "split": "train"}',
        "[]",
        '{"id": "1", "text": "نص", "split": "validation"}',
        '{"id": "1", "text": "نص", "split": "train", "sentiment": "happy"}',
    ],
    ids=["broken", "no text", "no object", "unknown split", "unknown label"],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    good = json.dumps(records()[0])
    path = write_corpus(tmp_path, "omcd", [good, line])
    with pytest.raises(CorpusError) as error:
        list(read_public(tmp_path, BY_NAME["omcd"]))
    assert f"{path}, line 2" in str(error.value)


def test_an_id_that_came_before_is_named(tmp_path: Path) -> None:
    line = json.dumps(records()[0])
    path = write_corpus(tmp_path, "omcd", [line, line])
    with pytest.raises(CorpusError, match=r"line 2: ValueError id .* came before") as error:
        list(read_public(tmp_path, BY_NAME["omcd"]))
    assert str(path) in str(error.value)
    own = (DATA / "dev.jsonl").read_text("utf-8").splitlines()[0]
    (tmp_path / "dev.jsonl").write_text(f"{own}\n{own}\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"dev\.jsonl, line 2.*came before"):
        list(read_own("dev", tmp_path))


def test_a_split_without_rows_is_named(tmp_path: Path) -> None:
    train_only = [json.dumps(r) for r in records() if r["split"] != "test"]
    write_corpus(tmp_path, "omcd", train_only)
    task = next(t for t in TASKS if t.corpus == "omcd")
    with pytest.raises(CorpusError, match="omcd has no test row that states toxicity"):
        evaluate_task(task, Data(tmp_path), ScoredRows(FakeScorer()), with_svm=False)


def test_a_missing_corpus_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"omcd\.jsonl\.zst: not there\. Put"):
        list(read_public(tmp_path, BY_NAME["omcd"]))
    with pytest.raises(CorpusError, match="not there"):
        list(read_lines(tmp_path, ["comments"]))


def test_dev_is_cut_from_train_and_stays_put() -> None:
    rows = [Row(str(i), f"تعليق {i}", "x", "train") for i in range(1000)]
    first, shuffled = with_dev(rows), with_dev(rows[::-1])
    dev = {row.id for row in first if row.split == "dev"}
    assert 60 < len(dev) < 140
    assert dev == {row.id for row in shuffled if row.split == "dev"}


def test_a_given_dev_split_is_kept() -> None:
    rows = [Row("1", "أ", "x", "dev"), *(Row(str(i), f"{i}", "x", "train") for i in range(9))]
    assert with_dev(rows) == rows


def test_every_corpus_states_its_licence() -> None:
    assert len({corpus.name for corpus in CORPORA}) == len(CORPORA)
    assert all(corpus.licence and corpus.about for corpus in CORPORA)


def test_own_rows_know_every_label() -> None:
    rows = [row for row in read_own("dev") if row.labels]
    assert rows
    assert all(set(row.labels) == set(ABUSE_LABELS) for row in rows)


def test_stance_rows_carry_their_target() -> None:
    rows = [row for row in read_own("dev") if row.stance is not None]
    assert rows
    assert all(row.target and not row.labels for row in rows)


def test_a_broken_own_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "dev.jsonl").write_text('{"id": "x"}\n', encoding="utf-8")
    with pytest.raises(CorpusError, match=r"dev\.jsonl, line 1"):
        list(read_own("dev", tmp_path))
