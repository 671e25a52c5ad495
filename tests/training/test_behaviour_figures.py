"""Evasion, swaps, slices and comparison, over a scorer that knows a few words."""

from pathlib import Path

import numpy as np
import pytest

from moderation.domain import ABUSE_ATTRIBUTES
from tests.fakes import FakeScorer
from training.compare import Comparison, compare, paired_interval
from training.corpora import Row
from training.evaluate import Data
from training.evasion import average_cost, evasion
from training.metrics import best_offsets, macro_f1
from training.report import sections_markdown
from training.scored import ScoredRows
from training.slices import calibration_error, slice_figures
from training.swaps import ATTRIBUTES, swaps
from training.tasks import OWN_TASKS

INSULT = next(task for task in OWN_TASKS if task.name == "own: insult")
HALF = dict.fromkeys(ABUSE_ATTRIBUTES, 0.5)


def rows(abusive: int = 30, civil: int = 30) -> list[Row]:
    """Comments that the fake scorer gets right."""
    texts = [("أنت حمار كبير", 1.0)] * abusive + [("أنت رجل كبير", 0.0)] * civil
    return [
        Row(str(i), f"{text} {i}", "mizan", "test", {"insult": label}, dialect="eg")
        for i, (text, label) in enumerate(texts)
    ]


def test_disguise_costs_what_the_scorer_no_longer_sees() -> None:
    figures = evasion(INSULT, rows(), ScoredRows(FakeScorer()), 0.5)
    assert figures["clean"] == {"macro_f1": 1.0, "recall": 1.0}
    assert figures["arabizi"]["recall"] < 0.7
    assert figures["tatweel"]["recall"] < 0.9
    assert 0 < average_cost(figures) < 100


def test_a_scorer_that_minds_one_leader_is_found_out() -> None:
    fair = swaps([], ScoredRows(FakeScorer()), HALF)
    assert fair["leaders"]["insult_flips"] == 0 and fair["leaders"]["insult_max"] == 0
    biased = FakeScorer({"ماكرون": ("insult", 0.97), "الأكراد": ("threat", 0.97)})
    found = swaps([], ScoredRows(biased), HALF)
    assert found["leaders"]["insult_flips"] > 0
    assert found["leaders"]["insult_max"] == pytest.approx(0.96)
    assert found["groups"]["threat_flips"] > 0


def test_comments_that_name_a_leader_are_retold() -> None:
    own = [
        Row("1", "ماكرون زار بيروت", "mizan", "test", {"insult": 0.0}),
        Row("2", "والماكرونة لذيذة", "mizan", "test", {"insult": 0.0}),
    ]
    found = swaps(own, ScoredRows(FakeScorer({"بوتين": ("insult", 0.97)})), HALF)
    assert found["comments"]["sentences"] == 1
    assert found["comments"]["versions"] > 5


def test_slices_count_what_is_caught_and_what_is_not() -> None:
    missed = [Row(f"m{i}", "كلام", "mizan", "test", {"insult": 1.0}) for i in range(20)]
    figures = slice_figures(INSULT, rows() + missed, ScoredRows(FakeScorer()), 0.5)
    assert figures["dialect"]["eg"] == {
        "rows": 60,
        "positives": 30,
        "recall": 1.0,
        "false_alarms": 0.0,
    }
    assert figures["dialect"]["None"] == {"rows": 20, "positives": 20, "recall": 0.0}


def test_calibration_error_of_honest_and_of_doubled_probabilities() -> None:
    rng = np.random.default_rng(0)
    honest = rng.random(50_000) * 0.5
    truth = (rng.random(50_000) < honest).astype(np.int64)
    assert calibration_error(honest, truth, truth.mean()) < 0.01
    assert calibration_error(honest * 2, truth, truth.mean()) == pytest.approx(0.25, abs=0.02)


def test_offsets_mend_a_class_that_is_said_too_seldom() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 600)
    logits = rng.normal(size=(600, 3)) + 2 * np.eye(3)[truth] - np.array([0, 0, 2])
    before = macro_f1(truth, logits.argmax(1))
    offsets = best_offsets(logits, truth)
    assert macro_f1(truth, (logits + offsets).argmax(1)) > before + 0.05


def test_a_class_that_never_occurs_is_never_chosen() -> None:
    truth = np.array([0, 2, 0, 2])
    offsets = best_offsets(np.zeros((4, 3)), truth)
    assert (np.zeros((4, 3)) + offsets).argmax(1).tolist() != [1] * 4
    assert offsets[1] == -np.inf


def test_a_model_is_the_same_as_itself(tmp_path: Path) -> None:
    # Without public corpora our own tasks are compared, the others skipped.
    data = Data(tmp_path)
    scored = ScoredRows(FakeScorer())
    lines = compare(data, scored, scored)
    assert {line.task for line in lines} >= {"own: insult"}
    assert {line.verdict for line in lines} == {"same"}
    assert all(line.interval == (0.0, 0.0) for line in lines)


def test_better_and_worse_need_more_than_chance() -> None:
    truth = np.array([0, 1] * 200)
    wrong = truth.copy()
    wrong[:100] = 1 - wrong[:100]
    low, high = paired_interval(macro_f1, truth, wrong, truth)
    assert low > 0.1
    assert Comparison("t", "m", 400, 0.7, 1.0, (low, high)).verdict == "better"
    assert Comparison("t", "m", 400, 1.0, 0.7, (-high, -low)).verdict == "worse"
    one = truth.copy()
    one[0] = 1 - one[0]
    low, high = paired_interval(macro_f1, truth, one, truth)
    assert low == 0


def test_every_section_is_written() -> None:
    figures = {"rows": 30, "positives": 10, "recall": 0.5}
    swap: dict[str, float] = {"versions": 9, "sentences": 3}
    for attribute in ATTRIBUTES:
        swap |= {f"{attribute}_{k}": 0.0 for k in ("mean", "max", "flips")}
    details = {"pr_auc": 0.5, "recall_at_precision_90": 0.1, "recall_at_precision_95": 0.0}
    attack = {"macro_f1": 0.8, "recall": 0.7}
    text = sections_markdown(
        {
            "table": [{"task": "own: threat", "details": details}, {"details": {}}],
            "hard_cases": {"negation": (20, 0.9)},
            "functional": {"dua": (50, 0.8)},
            "slices": {"dialect": {"eg": figures}},
            "swaps": {"leaders": swap},
            "evasion": {"own: toxicity": {"clean": attack, "dots": attack}},
            "calibration_error": {"insult": 0.02},
        }
    )
    for cell in (
        "| own: threat | 0.500 | 0.10 | 0.00 |",
        "| negation | 20 | 0.90 |",
        "| dua | 50 | 0.80 |",
        "| dialect: eg | 30 | 10 | 0.50 | – |",
        "| leaders | insult | 9 | 0.000 | 0.00 | 0.0% |",
        "| mean cost | 0.0 points | |",
        "| insult | 0.020 |",
    ):
        assert cell in text
