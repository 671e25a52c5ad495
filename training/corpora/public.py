"""The public corpora: where they come from, under which licence, what their labels mean here.

All of them are stored as ``<folder>/labeled/<name>.jsonl.zst`` with the fields
described in ``docs/training.md``. A label that a corpus does not state stays
unknown; the rules below only add what a corpus implies (a comment that is not
offensive at all is no threat either).
"""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import zstandard

from training.corpora.rows import SENTIMENTS, STANCES, CorpusError, Row, stable_fraction

# An insult is what "offensive" mostly means in these corpora, but not always.
_OFFENSIVE_IS_INSULT = 0.8
_DEV_SHARE = 0.1
_SENTIMENT = {
    "neg": SENTIMENTS.index("negative"),
    "neu": SENTIMENTS.index("neutral"),
    "pos": SENTIMENTS.index("positive"),
}
_FAVOR, _AGAINST, _NO_STANCE = (STANCES.index(s) for s in ("favor", "against", "neutral"))
_STANCE = {"favor": _FAVOR, "against": _AGAINST, "none": _NO_STANCE}
_TARGET_SENTIMENT = {"pos": _FAVOR, "neg": _AGAINST, "neu": _NO_STANCE}

Record = dict[str, Any]
LabelMap = Callable[[Record], dict[str, float]]


def offensive_labels(record: Record) -> dict[str, float]:
    """Offensive, hate, vulgar, threat and violence as our attributes."""
    labels: dict[str, float] = {}
    offensive = record.get("offensive")
    if offensive is not None:
        labels["toxicity"] = labels["likely_to_reject"] = float(offensive)
        labels["insult"] = _OFFENSIVE_IS_INSULT * offensive
        if not offensive:
            labels |= dict.fromkeys(
                ("severe_toxicity", "profanity", "identity_attack", "threat"), 0.0
            )
    for field, label in (("hate", "identity_attack"), ("vulgar", "profanity")):
        if record.get(field) is not None:
            labels[label] = float(record[field])
    threats = [record[f] for f in ("threat", "violence") if record.get(f) is not None]
    if threats:
        labels["threat"] = float(max(threats))
    if record.get("hate") or record.get("violence"):
        labels["severe_toxicity"] = 0.7
    return labels


def deleted_comment_labels(record: Record) -> dict[str, float]:
    """Comments that moderators removed: the crowd's "offensive" is wider than ours."""
    labels = {"likely_to_reject": 1.0 if record["offensive"] else 0.6}
    if record.get("vulgar"):
        labels |= {"profanity": 1.0, "toxicity": 1.0}
    if not record["offensive"]:
        labels |= {"toxicity": 0.0, "insult": 0.0, "profanity": 0.0, "threat": 0.0}
    return labels


def directed_labels(record: Record) -> dict[str, float]:
    """SoHateful says whether an offensive tweet is directed at somebody: then it insults."""
    labels = offensive_labels(record)
    directed = (record.get("raw_label") or {}).get("directed")
    if directed and record.get("offensive"):
        labels["insult"] = 1.0 if directed.startswith("yes") else 0.2
    return labels


def noisy_hate_labels(record: Record) -> dict[str, float]:
    """Sets whose "hate" is any remark about a group: a hint, not a verdict."""
    labels = offensive_labels(record)
    if labels.get("identity_attack") == 1.0:
        labels["identity_attack"] = 0.7
        labels.pop("severe_toxicity", None)
        labels["insult"] = 0.5
    return labels


@dataclass(frozen=True, slots=True)
class PublicCorpus:
    """One public corpus.

    Attributes:
        weight: how often training samples it, times its size to a power.
        report_half: it came as one dev split; half of it, by a stable hash, is
            kept apart as test, so that what calibrates is not what is reported.
    """

    name: str
    licence: str
    about: str
    labels: LabelMap = offensive_labels
    weight: float = 1.0
    report_half: bool = False


CORPORA = (
    PublicCorpus("mpold", "Apache-2.0", "comments on news posts", report_half=True),
    PublicCorpus(
        "aj_deleted_comments",
        "none stated",
        "comments deleted by moderators of a news site",
        deleted_comment_labels,
    ),
    PublicCorpus("osact4_offenseval2020_ar", "CC BY 4.0", "tweets", weight=1.5),
    PublicCorpus("osact5_2022", "research", "tweets with emojis"),
    PublicCorpus("sohateful", "MIT", "tweets", directed_labels),
    PublicCorpus("mahed2025_t2_emotion_off_hate", "none stated", "tweets"),
    PublicCorpus("mahed2025_t1_hate_hope", "none stated", "tweets", weight=0.5),
    PublicCorpus("alakrot_youtube", "none stated", "YouTube comments"),
    PublicCorpus("l_hsab", "none stated", "Levantine tweets"),
    PublicCorpus("t_hsab", "none stated", "Tunisian comments"),
    PublicCorpus("omcd", "none stated", "Moroccan YouTube comments", weight=1.5),
    PublicCorpus("egyptian_5way", "MIT", "Egyptian posts", noisy_hate_labels, weight=0.7),
    PublicCorpus("mubarak2017_tweets", "none stated", "tweets"),
    PublicCorpus("saudi_hate_alhazmi", "none stated", "Saudi tweets", weight=0.3),
    PublicCorpus("mdoldd_moroccan", "none stated", "Moroccan posts", weight=0.3),
    PublicCorpus("mlma_ar", "MIT", "tweets sampled by keyword", noisy_hate_labels, weight=0.3),
    PublicCorpus("aref_sectarian", "none stated", "sectarian tweets", weight=0.3),
    PublicCorpus("dangerous_ubc", "none stated", "tweets sampled by violent verbs"),
    PublicCorpus("mawqif", "none stated", "stance to three targets", weight=1.5),
    PublicCorpus(
        "exaasc",
        "Apache-2.0",
        "replies to news tweets, stance",
        weight=1.5,
    ),
    PublicCorpus("at_odtsa", "none stated", "tweets, sentiment to a target"),
    PublicCorpus("semeval2017_ar", "research", "tweets, sentiment to a topic"),
    PublicCorpus(
        "ans_stance",
        "Apache-2.0",
        "headlines, agreement with a claim",
        weight=0.3,
    ),
    PublicCorpus(
        "austr",
        "none stated",
        "authority tweets, agreement with a claim",
        weight=0.3,
    ),
    PublicCorpus("arsarcasm_v2", "MIT", "tweets, sentiment and sarcasm", weight=1.5),
    PublicCorpus("isarcasmeval_ar", "MIT", "sarcasm told by its authors"),
    PublicCorpus("elecmorocco2016", "none stated", "comments under election news"),
    PublicCorpus("astd", "GPL-2.0", "Egyptian tweets"),
    PublicCorpus("ajgt", "AFL-3.0", "Jordanian tweets"),
    PublicCorpus("tsac", "LGPL-3.0", "Tunisian comments", weight=0.7),
    PublicCorpus("afrisenti_arq_ary", "CC BY 4.0", "Algerian and Moroccan tweets", weight=0.7),
    PublicCorpus("myc", "none stated", "Moroccan YouTube comments", weight=0.7),
)
BY_NAME = {corpus.name: corpus for corpus in CORPORA}


def corpus_path(folder: Path, corpus: PublicCorpus) -> Path:
    """Where a corpus lies; it may be absent."""
    return folder / "labeled" / f"{corpus.name}.jsonl.zst"


def read_public(folder: Path, corpus: PublicCorpus) -> Iterator[Row]:
    """Rows of one corpus under ``folder/labeled``.

    Raises:
        CorpusError: a missing file, a broken line, a missing field, an unknown label
            or an id that came before, with file, line and remedy.
    """
    seen: set[str] = set()
    path = corpus_path(folder, corpus)
    if not path.is_file():
        raise CorpusError(
            f"{path}: not there. Put the corpus in place or leave it out of the recipe."
        )
    with path.open("rb") as raw, zstandard.ZstdDecompressor().stream_reader(raw) as stream:
        for number, line in enumerate(io.TextIOWrapper(stream, encoding="utf-8"), 1):
            try:
                row = _row(json.loads(line), corpus)
                if row.id in seen:
                    raise ValueError(f"id {row.id!r} came before")
                seen.add(row.id)
                yield row
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise CorpusError(
                    f"{path}, line {number}: {type(error).__name__} {error}. "
                    "Each line needs an id of its own, text, split and labels from the "
                    "documented set."
                ) from error


def _row(record: Record, corpus: PublicCorpus) -> Row:
    labels = corpus.labels(record)
    if record.get("sarcasm") is not None:
        labels["sarcasm"] = float(record["sarcasm"])
    stance = None
    if record.get("stance") is not None:
        stance = _STANCE[record["stance"]]
    elif record.get("target_sentiment") is not None:
        stance = _TARGET_SENTIMENT[record["target_sentiment"]]
    sentiment = record.get("sentiment")
    split = record["split"]
    if split not in ("train", "dev", "test"):
        raise ValueError(f"unknown split {split!r}")
    if corpus.report_half and stable_fraction(str(record["id"])) >= 0.5:
        split = "test"
    return Row(
        id=str(record["id"]),
        text=str(record["text"]),
        source=corpus.name,
        split=split,
        labels=labels,
        sentiment=None if sentiment is None else _SENTIMENT[sentiment],
        stance=stance,
        target=record.get("target") if stance is not None else None,
        dialect=record.get("dialect"),
    )


def with_dev(rows: list[Row]) -> list[Row]:
    """``rows`` with a dev part cut from train by a stable hash, where the corpus has none."""
    if any(row.split == "dev" for row in rows):
        return rows
    return [
        replace(row, split="dev")
        if row.split == "train" and stable_fraction(row.text) < _DEV_SHARE
        else row
        for row in rows
    ]
