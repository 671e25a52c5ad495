"""The project's own dataset: reader comments under news items, ``training/data/``.

What the labels mean is told in ``training/data/GUIDELINES.md``.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training.corpora.rows import SENTIMENTS, STANCES, TOXICITY, CorpusError, Row, Split

DATA = Path(__file__).parents[1] / "data"
SECOND_PASS = "second_pass.jsonl"
SOURCE = "mizan"
BINARY_LABELS = (
    "insult",
    "profanity",
    "identity_attack",
    "threat",
    "likely_to_reject",
    "sarcasm",
)


def read_own(split: Split, folder: Path = DATA) -> Iterator[Row]:
    """Rows of one split; a comment with two stance targets gives two rows.

    Training rows that were labelled twice carry the mean of both passes: where two readers
    differ, the model may doubt. Dev and test keep the label that was settled on.

    Raises:
        CorpusError: a missing file or a broken line, with file, line and remedy.
    """
    path = folder / f"{split}.jsonl"
    if not path.is_file():
        raise CorpusError(f"{path}: not there. Restore it from the repository.")
    seen: set[str] = set()
    second = _second_pass(folder) if split == "train" else {}
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                record = json.loads(line)
                if record["id"] in seen:
                    raise ValueError(f"id {record['id']!r} came before")
                seen.add(record["id"])
                yield from _rows(record, split, second.get(record["id"]))
            except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
                raise CorpusError(
                    f"{path}, line {number}: {type(error).__name__} {error}. "
                    "See training/data/README.md for the fields."
                ) from error


def _second_pass(folder: Path) -> dict[str, dict[str, Any]]:
    path = folder / SECOND_PASS
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return {record["id"]: record for record in map(json.loads, lines)}


def _labels(record: dict[str, Any]) -> dict[str, float]:
    labels = {name: float(record[name]) for name in BINARY_LABELS}
    labels["toxicity"] = TOXICITY[record["toxicity"]]
    labels["severe_toxicity"] = float(record["toxicity"] == 3)
    return labels


def _rows(record: dict[str, Any], split: Split, second: dict[str, Any] | None) -> Iterator[Row]:
    labels = _labels(record)
    if second is not None:
        other = _labels(second)
        labels = {name: (value + other[name]) / 2 for name, value in labels.items()}
    common: dict[str, Any] = {
        "text": record["text"],
        "source": SOURCE,
        "split": split,
        "dialect": record["dialect"],
        "kind": record["kind"],
        "part": record["part"],
        "script": record["script"],
        "attacked": tuple(record["attacked"]),
    }
    yield Row(
        id=record["id"],
        labels=labels,
        sentiment=SENTIMENTS.index(record["sentiment"]),
        **common,
    )
    for number, stance in enumerate(record["stance"]):
        yield Row(
            id=f"{record['id']}#stance{number}",
            stance=STANCES.index(stance["label"]),
            target=stance["target"],
            **common,
        )
