"""What the word list and the disguise engine add: to a plain regular expression, to the model.

    python -m bench.words

On the test splits of the public corpora that label abuse, and on our own. The plain list is
what comment systems ship: the same words, one regular expression, a letter on neither side.
Then whole decisions by the shipped policy, and by the same policy without the word list, the
disguise rules and the plain forms.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import re2
import yaml
from rich.progress import track

from moderation.analysis import open_analyzer
from moderation.domain import Action, Comment
from moderation.lexicon import Entry, Lexicon, load_entries
from moderation.pipeline import Moderator, Surroundings, facts_of
from moderation.policy import Policy, decide, load_policy, parse_policy
from moderation.scoring import OnnxScorer, load_bundle
from moderation.settings import Settings
from moderation.text.normalize import normalize
from training.corpora import Row
from training.corpora.own import read_own
from training.corpora.public import BY_NAME, read_public
from training.environment import corpora_folder

CORPORA = ("osact4_offenseval2020_ar", "omcd", "egyptian_5way", "mpold")
_WITHOUT = ("words", "disguise")
_SEVERITY = 2
_LIST_SIZE = 5_000
_NOW = datetime(2026, 1, 1, tzinfo=UTC)

Judge = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Figures:
    """How often a judge is right when it speaks, and how much it finds."""

    precision: float
    recall: float
    false_alarms: float

    def __str__(self) -> str:
        return f"{self.precision:.3f} / {self.recall:.3f} / {self.false_alarms:.3f}"


def main() -> None:
    """Measure and print."""
    rows = {name: _public(name) for name in CORPORA}
    rows["mizan (own)"] = [
        (row.text, row.labels["toxicity"] >= 0.5) for row in read_own("test") if row.labels
    ]
    scorer = OnnxScorer(load_bundle(Settings().model))
    judges = {
        "plain regular expression": plain_list(load_entries()),
        "word list": _word_list(),
        "word list, disguises and Arabizi undone": _analyzed(),
        "decisions, model alone": _decisions(scorer, without_words(load_policy()), plain=False),
        "decisions, model and word list": _decisions(scorer, load_policy(), plain=True),
    }
    print("precision / recall / share of civil comments held\n")
    print("| corpus | rows |" + "".join(f" {name} |" for name in judges))
    print("|---|---:|" + "---:|" * len(judges))
    for name, pairs in rows.items():
        found = [str(figures(judge, pairs)) for judge in judges.values()]
        print(f"| {name} | {len(pairs):,} | {' | '.join(found)} |")
    print(f"\n{speed()}")


def figures(judge: Judge, pairs: Sequence[tuple[str, bool]]) -> Figures:
    """Hold a judge against labeled texts."""
    held = [judge(text) for text, _ in track(pairs, "judging", transient=True)]
    truth = [abusive for _, abusive in pairs]
    right = sum(h and t for h, t in zip(held, truth, strict=True))
    wrong = sum(held) - right
    return Figures(
        right / max(1, sum(held)),
        right / max(1, sum(truth)),
        wrong / max(1, len(truth) - sum(truth)),
    )


def plain_list(entries: Sequence[Entry]) -> Judge:
    """The words as one regular expression with a letter on neither side, as typed."""
    severe = (entry for entry in entries if entry.severity >= _SEVERITY)
    words = sorted({form for entry in severe for form in entry.forms if "*" not in form})
    options = re2.Options()
    options.max_mem = 256 << 20
    options.case_sensitive = False
    joined = "|".join(map(re2.escape, words))
    pattern = re2.compile(rf"(^|[^\p{{L}}]+)({joined})($|[^\p{{L}}]+)", options)
    return lambda text: pattern.search(text) is not None


def without_words(policy: Policy) -> Policy:
    """The same policy without the rules about words and disguise."""
    content: dict[str, Any] = yaml.safe_load(policy.text)
    content["groups"] = [g for g in content["groups"] if g["id"] not in _WITHOUT]
    return parse_policy(json.dumps(content).encode())


def speed() -> str:
    """Comments a second of the matcher alone, on one core, with thousands of entries."""
    texts = [normalize(row.text) for row in read_own("dev")]
    entries = list(load_entries())
    lexicon = Lexicon(entries + [_made_up(i) for i in range(_LIST_SIZE - len(entries))])
    started = time.perf_counter()
    for text in texts:
        lexicon.find(text)
    rate = len(texts) / (time.perf_counter() - started)
    return (
        f"Word list of {_LIST_SIZE:,} entries over normalized comments of "
        f"{sum(map(len, texts)) / len(texts):.0f} characters: {rate:,.0f}/s on one core."
    )


def _made_up(number: int) -> Entry:
    """A word that nobody writes, made of common letters, so that the automaton is as busy."""
    letters = "ابتحدرسعفقكلمنهوي"
    word = "".join(
        letters[(number // len(letters) ** i + 5 * i) % len(letters)] for i in range(5)
    )
    return Entry(
        id=f"made-up-{number}",
        forms=(f"{word}ظ",),
        category="suspect",
        severity=1,
        match=(f"{word}ظ",),
        passes=("سلام",),
    )


def _public(name: str) -> list[tuple[str, bool]]:
    rows: list[Row] = [
        row for row in read_public(corpora_folder(), BY_NAME[name]) if row.split == "test"
    ]
    return [(r.text, r.labels["toxicity"] >= 0.5) for r in rows if "toxicity" in r.labels]


def _word_list() -> Judge:
    lexicon = Lexicon(load_entries())
    return lambda text: any(
        hit.sure and hit.entry.severity >= _SEVERITY for hit in lexicon.find(normalize(text))
    )


def _analyzed() -> Judge:
    analyzer = open_analyzer()
    return lambda text: any(
        hit.sure and hit.severity >= _SEVERITY for hit in analyzer.analyze(text).words
    )


def _decisions(scorer: OnnxScorer, policy: Policy, *, plain: bool) -> Judge:
    """Whether a comment is held; ``plain``: its form without disguise is scored too."""
    moderator = Moderator(scorer, policy, mark_spans=False)

    def judge(text: str) -> bool:
        comment = Comment(text)
        if plain:
            decision = moderator.moderate([comment])[0].decision
        else:
            [scores] = scorer.score([comment])
            facts = facts_of(comment, moderator.analyzer.analyze(text), Surroundings(), _NOW)
            decision = decide(scores, facts, moderator.policy)
        return decision.action is not Action.APPROVE

    return judge


if __name__ == "__main__":
    main()
