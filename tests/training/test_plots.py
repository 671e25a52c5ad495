"""What the notebooks show is counted and drawn right."""

import json

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training import plots
from training.corpora.own import DATA

RECORD: plots.Record = {
    "id": "x-1",
    "text": "اسكت يا حمار يا غبي، انتهى",
    "dialect": "msa",
    "kind": None,
    "toxicity": 2,
    "spans": [{"start": 16, "end": 19}, {"start": 8, "end": 12}],
    "insult": 1,
    "profanity": 0,
    "identity_attack": 0,
    "threat": 0,
    "likely_to_reject": 1,
    "sarcasm": 0,
}
CLEAN: plots.Record = {
    **RECORD,
    **{"id": "x-2", "text": "شكرا", "toxicity": 0, "spans": [], "kind": "banter"},
    **{"insult": 0, "likely_to_reject": 0},
}
# Of four abusive rows three are held at 0.5, of six others one.
MEASURED = plots.Measured(
    np.array([0.9, 0.8, 0.5, 0.2, 0.7, 0.4, 0.3, 0.2, 0.1, 0.0]),
    np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0]),
    share=0.1,
)
POINTS = {"precision_95": None, "best_f1": 0.5}


@pytest.fixture
def ax() -> Axes:
    return Figure().subplots()


def points_of(ax: Axes, line: int) -> list[list[float]]:
    """Pairs x, y of a line."""
    return np.asarray(ax.lines[line].get_xydata()).tolist()  # type: ignore[no-any-return]


def legend(ax: Axes) -> list[str]:
    """The texts of the legend."""
    found = ax.get_legend()
    assert found is not None
    return [text.get_text() for text in found.get_texts()]


def test_comments_come_in_one_mixed_order_and_as_many_as_asked() -> None:
    everything, some = plots.comments("dev"), plots.comments("dev", 60)
    lines = (DATA / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    ids = [json.loads(line)["id"] for line in lines]
    assert sorted(r["id"] for r in everything) == sorted(ids)
    assert some == everything[:60]
    assert len({r["item"] for r in some}) > 20


def test_every_abusive_stretch_is_masked() -> None:
    assert plots.masked(RECORD) == "اسكت يا ••• يا •••، انتهى"
    assert plots.masked(CLEAN) == "شكرا"


def test_stretches_that_overlap_leave_nothing_over() -> None:
    spans = [{"start": 0, "end": 5}, {"start": 2, "end": 4}]
    assert plots.masked({"text": "abcdefg", "spans": spans}) == "••••••fg"


def test_no_abuse_is_shown_in_the_open() -> None:
    unmarked = {**RECORD, "spans": []}
    assert plots.examples([unmarked, RECORD, CLEAN], "insult") == [RECORD]
    advert = {**CLEAN, "likely_to_reject": 1}
    assert plots.examples([RECORD, advert], "likely_to_reject") == [RECORD, advert]
    assert plots.examples([{**CLEAN, "profanity": 1}], "profanity") == []


def test_co_occurrence_is_a_share_of_the_rows_label() -> None:
    threat = {**RECORD, "threat": 1}
    found = plots.co_occurrence([RECORD, RECORD, threat, CLEAN])
    insult, threats = plots.LABELS.index("insult"), plots.LABELS.index("threat")
    assert found[insult, threats] == pytest.approx(1 / 3)
    assert found[threats, insult] == 1.0
    assert not found[plots.LABELS.index("sarcasm")].any()


def test_a_table_keeps_what_readers_wrote() -> None:
    made = plots.table(["score", "text"], [[0.123, "أ | ب\n*ج*"], [None, "<b>"]])
    assert made.splitlines()[2:] == [r"| 0.12 | أ \| ب \*ج\* |", r"| – | \<b\> |"]


def test_cost_of_a_threshold_counted_by_hand() -> None:
    # 100 of 1,000 are abusive: 75 of them are held, and 150 of the 900 others.
    assert plots.rates(MEASURED, 0.5) == pytest.approx((3 / 4, 1 / 6))
    assert plots.cost(MEASURED, 0.5) == pytest.approx((0.5, 225, 150, 25))


def test_the_live_share_of_a_label_follows_from_that_of_abuse() -> None:
    abusive = np.array([True] * 4 + [False] * 6)
    assert plots.live_share(abusive.astype(np.int64), abusive, 0.1) == pytest.approx(0.1)
    half = np.array([1, 1] + [0] * 8)
    assert plots.live_share(half, abusive, 0.1) == pytest.approx(0.05)


def test_counts_are_stacked_by_split_and_most_come_first(ax: Axes) -> None:
    both = {"train": [RECORD, RECORD, CLEAN], "dev": [CLEAN, {**CLEAN, "dialect": "eg"}]}
    plots.stacked_counts(ax, both, "dialect")
    widths = [[bar.get_width() for bar in bars] for bars in ax.containers]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["eg", "msa"]
    assert widths == [[0, 3], [1, 1]] and legend(ax) == ["train", "dev"]


def test_a_field_that_is_not_stated_is_not_counted(ax: Axes) -> None:
    plots.stacked_counts(ax, {"train": [RECORD, CLEAN]}, "kind")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["banter"]


def test_a_heatmap_writes_its_numbers(ax: Axes) -> None:
    plots.heatmap(ax, [[7, 1], [0, 2]], ["no", "yes"], ["let through", "held"], "d")
    assert [text.get_text() for text in ax.texts] == ["7", "1", "0", "2"]


def test_a_slice_without_positives_has_no_recall_rather_than_none_found(ax: Axes) -> None:
    slices = {
        "eg": {"rows": 30, "recall": 0.5, "false_alarms": 0.1},
        "ly": {"rows": 20, "false_alarms": 0.0},
    }
    plots.slice_bars(ax, slices, "recall", "false_alarms")
    recall, alarms = ([bar.get_width() for bar in bars] for bars in ax.containers)
    assert recall[0] == 0.5 and np.isnan(recall[1]) and alarms == [0.1, 0.0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["eg (30)", "ly (20)"]


def test_nothing_to_draw_is_drawn(ax: Axes) -> None:
    plots.slice_bars(ax, {}, "recall")
    ax.figure.canvas.draw()


def test_operating_points_lie_on_the_curve(ax: Axes) -> None:
    plots.precision_recall(ax, MEASURED, POINTS)
    [point] = points_of(ax, 1)
    assert point == pytest.approx([3 / 4, 75 / 225])
    assert point in points_of(ax, 0)
    assert len(ax.lines) == 2
    assert legend(ax) == ["these rows", "best_f1 (0.50)"]


def test_histograms_are_shares_of_each_class(ax: Axes) -> None:
    plots.score_histograms(ax, MEASURED, POINTS)
    assert len(ax.lines) == 1
    for bars in ax.containers:
        assert sum(bar.get_height() for bar in bars) == pytest.approx(1)


def test_a_right_probability_lies_on_the_diagonal(ax: Axes) -> None:
    rng = np.random.default_rng(0)
    scores = rng.beta(0.5, 4.5, 20_000)
    truth = (rng.random(20_000) < scores).astype(np.int64)
    plots.reliability(ax, plots.Measured(scores, truth, float(truth.mean())))
    assert max(abs(said - seen) for said, seen in points_of(ax, 1)) < 0.03


def test_reliability_is_that_of_the_live_share(ax: Axes) -> None:
    scores, truth = np.repeat(0.1, 400), np.repeat([1, 0], 200)
    order = np.random.default_rng(0).permutation(400)
    plots.reliability(ax, plots.Measured(scores, truth[order], 0.1))
    seen = [share for _, share in points_of(ax, 1)]
    assert np.mean(seen) == pytest.approx(0.1, abs=0.03)


def test_costs_are_drawn_as_given(ax: Axes) -> None:
    costs = [plots.cost(MEASURED, t) for t in (0.25, 0.5, 0.75)]
    plots.cost_curve(ax, costs, POINTS)
    assert points_of(ax, 0) == [[c.threshold, c.held] for c in costs]
    assert points_of(ax, 1) == [[c.threshold, c.in_vain] for c in costs]
    assert points_of(ax, 2) == [[c.threshold, c.missed] for c in costs]
    assert points_of(ax, 3) == [[0.5, 0], [0.5, 1]]
