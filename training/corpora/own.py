"""The project's own dataset: reader comments under news items, ``training/data/``.

What the labels mean is told in ``training/data/GUIDELINES.md``.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training.corpora.rows import SENTIMENTS, STANCES, TOXICITY, CorpusError, Row, Split

DATA = Path(__file__).parents[1] / "data"
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

    Raises:
        CorpusError: a missing file or a broken line, with file, line and remedy.
    """
    path = folder / f"{split}.jsonl"
    if not path.is_file():
        raise CorpusError(f"{path}: not there. Restore it from the repository.")
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield from _rows(json.loads(line), split)
            except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
                raise CorpusError(
                    f"{path}, line {number}: {type(error).__name__} {error}. "
                    "See training/data/README.md for the fields."
                ) from error


def _rows(record: dict[str, Any], split: Split) -> Iterator[Row]:
    labels = {name: float(record[name]) for name in BINARY_LABELS}
    labels["toxicity"] = TOXICITY[record["toxicity"]]
    labels["severe_toxicity"] = float(record["toxicity"] == 3)
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
