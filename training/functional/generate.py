"""Fill frames with words: predicate × target × frame, with labels.

A bag of words cannot tell «الوزير حمار» from «الوزير ليس حمارا» or «شفت حمار في
السوق»; these sentences give training the pairs to learn it from. Words and
frames of the test part occur in no train sentence, so that the test measures
the construction and not the vocabulary.

After Röttger et al. 2021, "HateCheck: Functional Tests for Hate Speech
Detection Models": the idea, none of its sentences.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from training.corpora.rows import ABUSE_LABELS, SENTIMENTS, TOXICITY, Row, Split

SOURCE = "mizan_functional"
_HERE = Path(__file__).parent
_HOLE = re.compile(r"\{(\w+?)2?(?:\.(\w+))?\}")
_LISTS_OF = {
    "insult": ("insults",),
    "praise": ("praises",),
    "role": ("roles",),
    "person": ("roles", "leaders"),
    "group": ("groups",),
    "thing": ("things",),
    "harsh": ("harsh",),
    "act": ("acts",),
    "place": ("places",),
    "animal": ("animals",),
}
_TRIES = 20
# Share of sentences that get a head, and of those that get a tail.
_EXTRA = 0.35

Part = Literal["train", "test"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One sentence with holes, and what it means."""

    kind: str
    text: str
    labels: dict[str, int]
    sentiment: str


@cache
def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((_HERE / name).read_text(encoding="utf-8"))
    return content


def words(name: str, part: Part) -> list[Any]:
    """One word list of one part, entries as ``words.yaml`` writes them."""
    entries: list[Any] = _read("words.yaml")[name][part]
    return entries


def frames(part: Part) -> list[Frame]:
    """All frames of one part."""
    return [
        Frame(kind, text, group["labels"], group["sentiment"])
        for kind, group in _read("frames.yaml")[part].items()
        for text in group["frames"]
    ]


def generate(part: Part, count: int, seed: int = 0) -> Iterator[Row]:
    """At most ``count`` different sentences, kinds in equal shares.

    The train part gives rows of split "train", the test part of split "test".
    Kinds whose frames have few fillings run out and give fewer.
    """
    rng = random.Random(f"{part}-{seed}")
    by_kind: dict[str, list[Frame]] = {}
    for frame in frames(part):
        by_kind.setdefault(frame.kind, []).append(frame)
    split: Split = "train" if part == "train" else "test"
    for kind, choices in by_kind.items():
        seen: set[str] = set()
        for _ in range(count // len(by_kind)):
            frame, text = _fresh(choices, part, rng, seen)
            if text is not None:
                seen.add(text)
                yield _row(frame, text, split, f"{SOURCE}-{part}-{kind}-{len(seen)}")


def _fresh(
    choices: list[Frame], part: Part, rng: random.Random, seen: set[str]
) -> tuple[Frame, str | None]:
    for _ in range(_TRIES):
        frame = rng.choice(choices)
        text = fill(frame.text, part, rng)
        if text not in seen:
            return frame, text
    return frame, None


def fill(text: str, part: Part, rng: random.Random) -> str:
    """Put words into the holes; ``.agree`` takes the gender of the person or thing.

    Example: ``"{person} {insult.agree}"`` may become ``"الوزيرة غبية"``.
    """
    lists, gender = _read("words.yaml"), "m"

    def name(hole: re.Match[str]) -> str:
        nonlocal gender
        kind = hole[1]
        if kind not in ("role", "person", "thing"):
            return hole[0]
        entry = rng.choice([w for group in _LISTS_OF[kind] for w in lists[group][part]])
        gender = entry[1]
        return str(entry[0])

    def put(hole: re.Match[str]) -> str:
        kind, form = hole[1], hole[2]
        entry = rng.choice([w for group in _LISTS_OF[kind] for w in lists[group][part]])
        if isinstance(entry, str):
            return entry
        order = "pmf" if kind == "group" else "mfp"
        return str(entry[order.index(gender if form == "agree" else form)])

    # Names first: an epithet may stand before the one it is said of.
    filled = _HOLE.sub(put, _HOLE.sub(name, text))
    head = f"{rng.choice(lists['heads'][part])} " if rng.random() < _EXTRA else ""
    tail = f" {rng.choice(lists['tails'][part])}" if rng.random() < _EXTRA else ""
    return f"{head}{filled}{tail}"


def _row(frame: Frame, text: str, split: Split, row_id: str) -> Row:
    labels = {name: float(frame.labels.get(name, 0)) for name in ABUSE_LABELS}
    toxicity = frame.labels.get("toxicity", 0)
    if toxicity >= 2 and "{insult" in frame.text:
        labels["insult"] = 1.0
    labels["toxicity"] = TOXICITY[toxicity]
    labels["severe_toxicity"] = float(toxicity == 3)
    # A template says nothing about irony.
    del labels["sarcasm"]
    return Row(
        id=row_id,
        text=text,
        source=SOURCE,
        split=split,
        labels=labels,
        sentiment=SENTIMENTS.index(frame.sentiment),
        kind=frame.kind,
        part="functional",
    )
