"""The project's own dataset keeps its promises."""

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from moderation.text.normalize import normalize
from training.corpora.own import DATA

SPLITS = ("train", "dev", "test")
Record = dict[str, Any]


@pytest.fixture(scope="module")
def rows() -> dict[str, list[Record]]:
    return {
        split: [
            json.loads(line)
            for line in Path(DATA, f"{split}.jsonl").read_text("utf-8").splitlines()
        ]
        for split in SPLITS
    }


def all_rows(rows: dict[str, list[Record]]) -> list[Record]:
    return [row for split in SPLITS for row in rows[split]]


def test_size_and_variety(rows: dict[str, list[Record]]) -> None:
    everything = all_rows(rows)
    assert len(everything) >= 6000
    assert len({row["item"] for row in everything}) >= 400
    assert sum(row["part"] == "hard" for row in everything) >= 2500
    dialects = Counter(row["dialect"] for row in everything)
    assert all(
        dialects[d]
        for d in ["msa", "eg", "lev", "gulf", "iraq", "ma", "dz", "tn", "ly", "sd", "ye"]
    )


def test_ids_are_unique_and_items_stay_in_one_split(rows: dict[str, list[Record]]) -> None:
    ids = [row["id"] for row in all_rows(rows)]
    assert len(set(ids)) == len(ids)
    homes = defaultdict(set)
    for split in SPLITS:
        for row in rows[split]:
            homes[row["item"]].add(split)
            homes[f"pair {row['pair'] or row['id']}"].add(split)
    assert [name for name, where in homes.items() if len(where) > 1] == []


def test_no_comment_is_in_two_splits(rows: dict[str, list[Record]]) -> None:
    texts = {s: {normalize(row["text"]) for row in rows[s]} for s in SPLITS}
    assert not texts["train"] & texts["test"]
    assert not texts["train"] & texts["dev"]
    assert not texts["dev"] & texts["test"]


def test_labels_agree_with_each_other(rows: dict[str, list[Record]]) -> None:
    for row in all_rows(rows):
        if row["insult"] or row["identity_attack"] or row["threat"]:
            assert row["toxicity"] >= 2, row["id"]
        if row["toxicity"] >= 2:
            assert row["likely_to_reject"], row["id"]
            assert row["spans"], row["id"]
        assert (row["group"] is not None) or not row["identity_attack"], row["id"]
        assert row["sentiment"] in ("negative", "neutral", "positive")
        assert (row["kind"] is None) == (row["part"] != "hard"), row["id"]


def test_spans_lie_inside_their_text(rows: dict[str, list[Record]]) -> None:
    for row in all_rows(rows):
        for span in row["spans"]:
            assert 0 <= span["start"] < span["end"] <= len(row["text"]), row["id"]
            assert row["text"][span["start"] : span["end"]].strip(), row["id"]


def test_the_natural_part_has_a_natural_prior(rows: dict[str, list[Record]]) -> None:
    natural = [row for row in all_rows(rows) if row["part"] == "natural"]
    assert 0.08 < sum(row["likely_to_reject"] for row in natural) / len(natural) < 0.16


@pytest.mark.parametrize("split", SPLITS)
def test_datasets_can_load_it(split: str) -> None:
    import datasets

    loaded = datasets.load_dataset("json", data_files=str(DATA / f"{split}.jsonl"))["train"]
    assert {"text", "insult", "stance", "spans", "dialect"} <= set(loaded.column_names)


def test_the_datasheet_counts_what_is_there(rows: dict[str, list[Record]]) -> None:
    sheet = Path(DATA, "README.md").read_text("utf-8")
    everything = all_rows(rows)
    items = {split: len({row["item"] for row in rows[split]}) for split in SPLITS}
    assert f"{len(everything):,} comments under {sum(items.values())} news items" in sheet
    table = {
        "comments": {split: len(rows[split]) for split in SPLITS},
        "news items": items,
    }
    for label in ("insult", "identity_attack", "threat", "profanity", "likely_to_reject"):
        counts = {split: sum(row[label] for row in rows[split]) for split in SPLITS}
        table[label.replace("_", " ")] = counts
    for name, counts in table.items():
        assert f"| {name} | " + " | ".join(f"{counts[s]:,}" for s in SPLITS) + " |" in sheet
    for part, count in Counter(row["part"] for row in everything).items():
        assert f"`{part}` ({count:,})" in sheet
