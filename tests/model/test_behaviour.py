"""The least that the shipped model and policy owe a reader and a moderator.

These are sentences of our own, in no training part. They are few on purpose:
quality is measured by ``make evaluate``; this is the floor under it.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from moderation.domain import Action, Comment, Context, Moderated
from moderation.pages import read_page
from moderation.pages.subject import find_subjects
from moderation.pipeline import Moderator
from moderation.policy import load_policy
from moderation.scoring import OnnxScorer
from moderation.scoring.bundle import Bundle
from training.corpora.own import read_own

HELD = [
    "اسكت يا حمار أنت وكاتب المقال",
    "الوزير كلب ابن كلب وحرامي",
    "هذا المذيع خنزير قذر لا يستحق الحياة",
    "انتم شعب قذر ومتخلف كلكم حيوانات",
    "والله لو شفته قدامي لأذبحه",
    "يلعن أبوك يا ابن الكلب",
    "ده واحد وسخ وابن وسخة",
    "يا كـــلـــب يا حقـــــير",
]
LEFT_ALONE = [
    "أختلف مع الكاتب في هذه النقطة، لكن شكرا على المقال",
    "اللهم ارحم شهداءنا واشف جرحانا",
    "الله يرحمه ويصبر أهله",
    "متى يبدأ التسجيل في الجامعة؟",
    "القرار غير مدروس وأتمنى من الوزارة أن تراجعه",
    "مبروك للمنتخب الفوز المستحق",
    "الأسعار ارتفعت كثيرا هذا الشهر",
    "👏👏👏",
    "تحية لكل المعلمين في بلادنا",
]


@pytest.fixture(scope="module")
def moderator(shipped_bundle: Bundle) -> Iterator[Moderator]:
    scorer = OnnxScorer(shipped_bundle)
    yield Moderator(scorer, load_policy())
    scorer.close()


def decide(moderator: Moderator, text: str, target: str | None = None) -> Moderated:
    context = Context(targets=(target,) if target else ())
    return moderator.moderate([Comment(text, context=context)])[0]


@pytest.mark.parametrize("text", HELD)
def test_abuse_is_held_back(moderator: Moderator, text: str) -> None:
    assert decide(moderator, text).decision.action != Action.APPROVE


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_civil_comments_are_left_alone(moderator: Moderator, text: str) -> None:
    assert decide(moderator, text).decision.action == Action.APPROVE


def test_these_sentences_were_not_trained_on() -> None:
    trained = {row.text for row in read_own("train")}
    assert not trained & {*HELD, *LEFT_ALONE}


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("كلنا معك يا سيادة الرئيس إلى الأمام", "favor"),
        ("الرئيس فشل في كل شيء وعليه أن يستقيل", "against"),
    ],
)
def test_stance_has_a_direction(moderator: Moderator, text: str, stance: str) -> None:
    scores = decide(moderator, text, "الرئيس").scores
    assert scores is not None
    found = scores.stance[0]
    shares = {"favor": found.favor, "against": found.against}
    assert max(shares, key=lambda name: shares[name]) == stance


def test_a_whole_page(moderator: Moderator) -> None:
    """From a saved page to decisions: the abusive comment is held for its insult."""
    page = Path(__file__).with_name("page.txt").read_bytes()
    article = read_page(page)
    [subject] = find_subjects(article.title or "", article.body)
    results = moderator.moderate(
        [Comment(c.text, context=Context(targets=(subject,))) for c in article.comments]
    )
    abusive, polite = results
    assert abusive.decision.action != Action.APPROVE
    assert "insult" in {reason.code for reason in abusive.decision.reasons}
    assert polite.decision.action == Action.APPROVE
    assert abusive.scores is not None
    stance = abusive.scores.stance[0]
    assert stance.against > stance.favor
