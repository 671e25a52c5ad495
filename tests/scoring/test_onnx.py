"""The real scorer over the shipped model."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from structlog.testing import capture_logs

from moderation.domain import ABUSE_ATTRIBUTES, SENTIMENTS, Comment, Context, Scores
from moderation.scoring import Bundle, OnnxScorer
from moderation.text.normalize import normalize

TEXTS = [
    "شكرًا للكاتب على هذا المقال المفيد",
    "ده كلام فاضي يا باشا 😂😂",
    "7aram 3leikom ya gama3a",
    "والله ما قصّرتوا 👏🏽",
    "قرأت \u202eالمقال\u202c في CNN",
    "الحَمْدُ لِلَّهِ",
    "x",
    "م" * 5000,
    "م\ud83d",
    "[SEP] [CLS] [MASK]",
]
BATCH = [
    Comment(TEXTS[n % len(TEXTS)], str(n), Context(targets=("البلدية", "الكاتب")[: n % 3]))
    for n in range(100)
]
CLEAN = "شكرًا للكاتب على هذا المقال المفيد، وأتمنى أن تستجيب البلدية لملاحظات السكان. "
ABUSE = "أنت حمار وكلب ابن كلب، الله يلعنك يا حقير يا غبي. "


@pytest.fixture(scope="module")
def scorer(shipped_bundle: Bundle) -> Iterator[OnnxScorer]:
    """The shipped model on two threads."""
    scorer = OnnxScorer(shipped_bundle, threads=2)
    yield scorer
    scorer.close()


def scored(scorer: OnnxScorer, comment: Comment) -> Scores:
    """The scores of one comment, which must have some."""
    [scores] = scorer.score([comment])
    assert scores is not None
    return scores


def test_alone_in_a_batch_or_from_many_threads_to_the_bit(scorer: OnnxScorer) -> None:
    alone = [scored(scorer, comment) for comment in BATCH]
    assert scorer.score(BATCH) == alone
    assert scorer.score(BATCH[::-1]) == alone[::-1]
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda comment: scored(scorer, comment), BATCH))
    assert runs == alone


def test_another_process_of_the_same_model_says_the_same(
    scorer: OnnxScorer, shipped_bundle: Bundle
) -> None:
    other = OnnxScorer(shipped_bundle, threads=1)
    assert other.score(BATCH[:10]) == scorer.score(BATCH[:10])
    other.close()


@pytest.mark.parametrize("text", TEXTS)
def test_scores_are_probabilities(scorer: OnnxScorer, text: str) -> None:
    scores = scored(scorer, Comment(text, context=Context(targets=("البلدية", "أ" * 200))))
    assert set(scores.attributes) == set(ABUSE_ATTRIBUTES)
    assert all(p is not None and 0 <= p <= 1 for p in scores.attributes.values())
    assert scores.sentiment is not None and set(scores.sentiment) == set(SENTIMENTS)
    assert sum(scores.sentiment.values()) == pytest.approx(1)
    assert [stance.target for stance in scores.stance] == ["البلدية", "أ" * 200]
    for stance in scores.stance:
        assert stance.favor + stance.against + stance.neutral == pytest.approx(1)


def test_targets_do_not_change_what_is_said_of_the_text(scorer: OnnxScorer) -> None:
    plain = scored(scorer, Comment(TEXTS[0]))
    aimed = scored(scorer, Comment(TEXTS[0], context=Context(targets=("البلدية",))))
    assert replace(aimed, stance=()) == plain


@pytest.mark.parametrize(
    ("left", "right"),
    [("يا كَـــلْب", "يا كلب"), ("ك.ل.ب", "كلب"), ("إسرائيل", "اسراييل"), ("👍🏽", "👍")],
)
def test_a_disguise_changes_no_score(scorer: OnnxScorer, left: str, right: str) -> None:
    assert scored(scorer, Comment(left)) == scored(scorer, Comment(right))


def test_typed_special_tokens_are_letters(scorer: OnnxScorer) -> None:
    """A typed separator would make what follows it a second segment."""
    special = {scorer._cls, scorer._sep}
    assert not special & set(scorer._encode("[SEP] نص [CLS] [PAD] [MASK]").ids)


def test_abuse_at_the_end_of_a_long_comment(scorer: OnnxScorer) -> None:
    start = scored(scorer, Comment(CLEAN * 30)).attributes["insult"]
    whole = scored(scorer, Comment(CLEAN * 30 + ABUSE * 3)).attributes["insult"]
    assert start is not None and whole is not None
    assert start < 0.3 <= whole


def test_a_long_comment_is_as_abusive_as_its_worst_window(
    scorer: OnnxScorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the weights: here a window is abusive when it holds the last token."""
    ids = scorer._encode(normalize(CLEAN * 30 + "قنفذ")).ids
    assert len(ids) > 3 * 128 and ids.count(ids[-1]) == 1
    windows: list[list[int]] = []

    def run(window: list[int], ngrams: Any, first: int | None = None) -> list[Any]:
        windows.append(window)
        abuse = np.full(len(ABUSE_ATTRIBUTES), 9.0 if ids[-1] in window else -9.0)
        return [abuse.astype(np.float32), np.zeros(3, np.float32), np.zeros(3, np.float32)]

    monkeypatch.setattr(scorer, "_run", run)
    low = scored(scorer, Comment(CLEAN * 30))
    high = scored(scorer, Comment(CLEAN * 30 + "قنفذ"))
    assert high.attributes == scored(scorer, Comment("قنفذ")).attributes
    assert low.attributes == scored(scorer, Comment("شكرًا")).attributes != high.attributes
    limit = scorer._bundle.manifest.max_tokens
    assert all(len(window) <= limit for window in windows)
    assert all(w[0] == scorer._cls and w[-1] == scorer._sep for w in windows)


def test_truncated_is_told(scorer: OnnxScorer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not scored(scorer, Comment(CLEAN * 30)).truncated
    flat = [np.zeros(n, np.float32) for n in (len(ABUSE_ATTRIBUTES), 3, 3)]
    endless = SimpleNamespace(ids=[7] * 20_000, offsets=[(0, 1)] * 20_000)
    monkeypatch.setattr(scorer, "_run", lambda ids, ngrams, first=None: flat)
    monkeypatch.setattr(scorer, "_encode", lambda text: endless)
    assert scored(scorer, Comment("طويل")).truncated


@pytest.mark.parametrize("answer", [float("nan"), float("inf")])
def test_a_number_that_is_none_costs_one_comment(
    scorer: OnnxScorer, monkeypatch: pytest.MonkeyPatch, answer: float
) -> None:
    secret = "نص لا يُكتب في السجل"
    broken = scorer._encode(normalize(secret)).ids
    session = scorer._session

    class Session:
        """The real one, but for one comment."""

        def run(self, names: None, feed: dict[str, Any]) -> list[Any]:
            outputs = session.run(names, feed)
            if feed["input_ids"][0, 1:-1].tolist() == broken:
                outputs[0] = outputs[0] * 0 + answer
            return list(outputs)

    monkeypatch.setattr(scorer, "_session", Session())
    with capture_logs() as logs:
        first, second, third = scorer.score(
            [Comment("أ"), Comment(secret, "c-2"), Comment("ب")]
        )
    assert first is not None and second is None and third is not None
    assert [(log["event"], log["comment_id"]) for log in logs] == [("not_scored", "c-2")]
    assert secret not in repr(logs)
