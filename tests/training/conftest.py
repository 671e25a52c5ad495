"""A corpus of a few dozen comments in the documented format, and a recipe for a tiny model."""

import json
import lzma
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
import zstandard

from moderation.domain import ABUSE_ATTRIBUTES, OPERATING_POINTS
from moderation.scoring.bundle import Calibration, MeasuredPoint
from training.calibrate import Calibrations
from training.config import FinetuneStep, PretrainStage, Recipe, Shape, TokenizerStep
from training.corpora.own import read_own
from training.corpora.rows import Row, Split

CLEAN = [
    "شكرا على الخبر",
    "أختلف مع القرار",
    "متى يبدأ التسجيل؟",
    "الله يوفق الجميع",
    "كلام جميل",
]
ABUSIVE = ["يا حمار اسكت", "أنت كلب وضيع", "وزير حقير ونصاب", "كلهم خنازير", "اخرس يا تافه"]


def records(name: str = "omcd", copies: int = 6) -> list[dict[str, Any]]:
    """Labeled records, two thirds train, the rest dev and test."""
    found = []
    for copy in range(copies):
        for label, texts in enumerate((CLEAN, ABUSIVE)):
            for number, text in enumerate(texts):
                split = ("train", "train", "train", "train", "dev", "test")[copy % 6]
                found.append(
                    {
                        "id": f"{name}-{copy}-{label}-{number}",
                        "text": f"{text} {'و' * copy}",
                        "split": split,
                        "offensive": label,
                    }
                )
    return found


def write_corpus(folder: Path, name: str, lines: list[str]) -> Path:
    """A corpus file as the loaders expect it."""
    path = folder / "labeled" / f"{name}.jsonl.zst"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zstandard.compress("\n".join(lines).encode()))
    return path


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Models this small lose more time to waiting for each other's threads than they gain."""
    torch.set_num_threads(1)


@pytest.fixture
def calibrations() -> Calibrations:
    """Scores as they are, and one threshold for everything."""
    point = MeasuredPoint(threshold=0.5, positives=1, negatives=1)
    return Calibrations(
        abuse=dict.fromkeys(ABUSE_ATTRIBUTES, Calibration()),
        temperature={"sentiment": 1.0, "stance": 1.0},
        prevalence=0.1,
        operating_points=dict.fromkeys(
            ABUSE_ATTRIBUTES, dict.fromkeys(OPERATING_POINTS, point)
        ),
    )


@pytest.fixture
def few_own_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the first rows of our own dataset, where all of them would only take time."""

    def few(split: Split) -> Iterator[Row]:
        return islice(read_own(split), 300)

    monkeypatch.setattr("training.finetune.read_own", few)


@pytest.fixture
def corpora(tmp_path: Path) -> Path:
    """A corpora folder with one labeled corpus and one raw text."""
    folder = tmp_path / "corpora"
    lines = [json.dumps(record, ensure_ascii=False) for record in records()]
    write_corpus(folder, "omcd", lines)
    (folder / "text").mkdir()
    with lzma.open(folder / "text" / "comments.txt.xz", "wt", encoding="utf-8") as file:
        file.write("\n".join((CLEAN + ABUSIVE) * 60))
    return folder


@pytest.fixture
def recipe() -> Recipe:
    """A model of two layers, trained for a few steps."""
    return Recipe(
        name="tiny",
        shape=Shape(layers=2, hidden=32, heads=2, feed_forward=64, positions=64),
        tokenizer=TokenizerStep(vocab_size=300, adopt_base=False),
        pretrain=[
            PretrainStage(
                name="only",
                texts={"comments": 1},
                sequence_length=16,
                batch_size=8,
                max_tokens=2048,
                save_steps=4,
            )
        ],
        finetune=FinetuneStep(
            corpora=["omcd"],
            epochs=1,
            rows_per_epoch=96,
            batch_size=16,
            max_length=32,
            save_steps=2,
            functional_rows=30,
        ),
    )
