"""An article's comments in numbers, worked out by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from moderation.domain import Action, Context, Decision, PolicyRef, Reason, Scores, Stance
from moderation.store import CommentStore, Sampling, articles
from moderation.store.accounts import Account, Role, create_account, list_accounts
from moderation.store.articles import article_summary, recent_articles, sections_of, summary_of
from moderation.store.counts import StanceCount
from moderation.store.human import Rules, Verdict
from moderation.store.items import Filters
from moderation.store.queue import claim
from moderation.store.sites import sites_of
from moderation.store.verdicts import decide
from tests.store.samples import APPROVE, SCORES, SITE, moderated

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
ARTICLE = "اقتصاد/2026/رسوم"
MINISTRY, FEES = "وزارة التعليم", "رفع الرسوم"
RULES = Rules(timedelta(minutes=3), timedelta(0), Sampling(b"secret"))
HELD = Decision(
    Action.REVIEW,
    (Reason("insult", "insult-maybe", {"ar": "قد تكون إهانة."}),),
    PolicyRef("default", 3, "b" * 64),
)
HOUR = timedelta(hours=1)


def context(**changes: object) -> Context:
    """Where the comments stand."""
    named = {"title": "الوزارة ترفع الرسوم", "article_id": ARTICLE, "section": "اقتصاد"}
    return Context(**(named | changes))  # type: ignore[arg-type]


def scored(
    negative: float, neutral: float, positive: float, **sides: tuple[float, float, float]
) -> Scores:
    """Scores with this sentiment; stance as favor, against and neutral."""
    targets = {"ministry": MINISTRY, "fees": FEES}
    return replace(
        SCORES,
        sentiment={"negative": negative, "neutral": neutral, "positive": positive},
        stance=tuple(Stance(targets[name], *side) for name, side in sides.items()),
    )


@pytest.fixture
def busy(store: CommentStore) -> CommentStore:
    """Five comments on an article, one of them edited, and others elsewhere."""
    angry = scored(0.8, 0.1, 0.1, ministry=(0.1, 0.8, 0.1), fees=(0.1, 0.7, 0.2))
    glad = scored(0.1, 0.2, 0.7, ministry=(0.6, 0.2, 0.2))
    undecided = scored(0.4, 0.4, 0.2, ministry=(0.4, 0.2, 0.4))
    here = context()
    store.record(
        SITE,
        [
            moderated("الرسوم باهظة ولا أحد يسمعنا", "ت-1", context=here, scores=angry),
            moderated("خطوة موفقة", "ت-2", context=here, scores=glad, decision=APPROVE),
        ],
        NOW,
    )
    store.record(
        SITE,
        [
            moderated("لا أدري", "ت-3", context=here, scores=undecided, decision=APPROVE),
            moderated("يا حمار", "ت-4", context=here, scores=None, decision=HELD),
        ],
        NOW + 2 * HOUR,
    )
    first = context(title="عنوان قديم", lead="مقدمة")
    store.record(SITE, [moderated("كلام", "ت-5", context=first)], NOW + HOUR)
    edited = moderated(
        "كلام آخر بعد تعديل", "ت-5", context=here, scores=angry, decision=APPROVE
    )
    store.record(SITE, [edited], NOW + 3 * HOUR)
    elsewhere = context(article_id="رياضة/كأس", section="رياضة", title="نهائي الكأس")
    store.record(
        SITE,
        [
            moderated("هدف رائع!", "ت-6", context=elsewhere, scores=glad, decision=APPROVE),
            moderated("بلا مقال", "ت-7", context=Context(), decision=APPROVE),
        ],
        NOW + 4 * HOUR,
    )
    store.record("other.example", [moderated("نص", "ت-1", context=here)], NOW)
    return store


def somebody(engine: Engine) -> Account:
    """A moderator of all sites."""
    create_account(engine, "layla", [Role.MODERATOR], [], NOW)
    return list_accounts(engine)[-1].account


def test_latest_versions_and_standing_decisions_count(
    engine: Engine, busy: CommentStore
) -> None:
    found = article_summary(engine, SITE, ARTICLE)
    assert found is not None
    summary = found.summary
    assert summary.comments == 5
    assert summary.actions == {"approve": 3, "review": 1, "reject": 1}
    assert summary.decided_by == {"policy": 5, "human": 0}
    assert (summary.first_at, summary.last_at) == (NOW, NOW + 2 * HOUR)
    assert not summary.cut
    # The title as last heard; the lead was said only once, before the edit.
    assert (found.title, found.lead, found.section) == ("الوزارة ترفع الرسوم", None, "اقتصاد")


def test_sentiment_and_stance_by_the_most_probable(engine: Engine, busy: CommentStore) -> None:
    found = article_summary(engine, SITE, ARTICLE)
    assert found is not None
    sentiment = found.summary.sentiment
    # Of five: two angry (one by an edit), one glad, one torn and so neutral, one unscored.
    assert (sentiment.negative, sentiment.neutral, sentiment.positive) == (2, 1, 1)
    assert (sentiment.unscored, sentiment.comments) == (1, 4)
    assert sentiment.mean == pytest.approx((2 * (0.1 - 0.8) + (0.7 - 0.1) + (0.2 - 0.4)) / 4)
    assert found.summary.stance == (
        StanceCount(MINISTRY, favor=1, against=2, neutral=1),
        StanceCount(FEES, favor=0, against=2, neutral=0),
    )
    assert [each.comments for each in found.summary.stance] == [4, 2]


def test_one_target_leaves_the_other_comments_out(engine: Engine, busy: CommentStore) -> None:
    found = article_summary(engine, SITE, ARTICLE, FEES)
    assert found is not None
    assert found.summary.comments == 2
    assert found.summary.stance == (StanceCount(FEES, 0, 2, 0),)
    assert found.summary.actions == {"approve": 1, "review": 0, "reject": 1}
    assert article_summary(engine, SITE, ARTICLE, "رئيس الجامعة") is None


def test_hours_without_gaps(engine: Engine, busy: CommentStore) -> None:
    found = article_summary(engine, SITE, ARTICLE)
    assert found is not None
    assert found.summary.step == "hour"
    nine = NOW.replace(minute=0)
    series = found.summary.series
    assert [slot.start for slot in series] == [nine, nine + HOUR, nine + 2 * HOUR]
    assert [sum(slot.actions.values()) for slot in series] == [2, 1, 2]
    assert series[1].stance == {
        MINISTRY: {"favor": 0, "against": 1, "neutral": 0},
        FEES: {"favor": 0, "against": 1, "neutral": 0},
    }
    assert series[2].sentiment == {"negative": 0, "neutral": 1, "positive": 0}


def test_days_are_those_of_the_zone(engine: Engine, store: CommentStore) -> None:
    here = context()
    late = datetime(2026, 3, 9, 21, 30, tzinfo=UTC)  # half past midnight in Riyadh
    store.record(SITE, [moderated("تعليق", "a", context=here)], late)
    store.record(SITE, [moderated("تعليق آخر", "b", context=here)], late + 49 * HOUR)
    riyadh = ZoneInfo("Asia/Riyadh")
    found = article_summary(engine, SITE, ARTICLE, zone=riyadh)
    assert found is not None
    assert found.summary.step == "day"
    midnight = datetime(2026, 3, 10, tzinfo=riyadh)
    assert [slot.start for slot in found.summary.series] == [
        midnight + timedelta(days=n) for n in range(3)
    ]
    assert [sum(slot.actions.values()) for slot in found.summary.series] == [1, 0, 1]


def test_a_human_decision_stands(engine: Engine, busy: CommentStore) -> None:
    account = somebody(engine)
    item = claim(engine, account, Filters(), RULES.lease, NOW + 5 * HOUR)
    assert item is not None
    verdict = Verdict("reject", Reason("insult", "human", {"ar": "إهانة"}))
    decide(engine, account, item.id, verdict, RULES, NOW + 5 * HOUR)
    found = article_summary(engine, SITE, ARTICLE)
    assert found is not None
    assert found.summary.actions == {"approve": 3, "review": 0, "reject": 2}
    assert found.summary.decided_by == {"policy": 4, "human": 1}


def test_unknown_articles_and_those_of_other_sites(engine: Engine, busy: CommentStore) -> None:
    assert article_summary(engine, SITE, "لا شيء") is None
    assert article_summary(engine, "third.example", ARTICLE) is None
    other = article_summary(engine, "other.example", ARTICLE)
    assert other is not None
    assert other.summary.comments == 1


def test_only_the_newest_are_read(
    engine: Engine, busy: CommentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(articles, "MOST_COMMENTS", 2)
    found = article_summary(engine, SITE, ARTICLE)
    assert found is not None
    assert found.summary.cut
    # The edit came last, the held one before it.
    assert found.summary.actions == {"approve": 1, "review": 1, "reject": 0}


def test_a_section_and_a_target_across_articles(engine: Engine, busy: CommentStore) -> None:
    whole = summary_of(engine, SITE, NOW)
    assert whole is not None
    assert whole.comments == 7
    sport = summary_of(engine, SITE, NOW, section="رياضة")
    assert sport is not None
    assert (sport.comments, sport.sentiment.positive) == (1, 1)
    ministry = summary_of(engine, SITE, NOW, target=MINISTRY)
    assert ministry is not None
    # Four on the article, the final's one, and one of the sample scores without an article.
    assert ministry.stance == (StanceCount(MINISTRY, favor=2, against=3, neutral=1),)
    late = summary_of(engine, SITE, NOW + 3 * HOUR)
    assert late is not None
    assert late.comments == 3
    assert summary_of(engine, SITE, NOW + 5 * HOUR) is None


def test_recent_articles_the_latest_comment_first(engine: Engine, busy: CommentStore) -> None:
    found = recent_articles(engine, [SITE], NOW, 10)
    assert [(each.article_id, each.comments, each.held) for each in found] == [
        ("رياضة/كأس", 1, 0),
        (ARTICLE, 5, 1),
    ]
    assert found[1].title == "الوزارة ترفع الرسوم"
    assert found[1].last_at == NOW + 3 * HOUR
    assert [each.site for each in recent_articles(engine, [], NOW, 10)] == [
        "other.example",
        SITE,
        SITE,
    ]
    assert len(recent_articles(engine, [], NOW, 1)) == 1
    [sport] = recent_articles(engine, [SITE], NOW, 10, section="رياضة")
    assert sport.article_id == "رياضة/كأس"
    # Counts are of the whole article, even where only its end is recent.
    [*_, article] = recent_articles(engine, [SITE], NOW + 2 * HOUR, 10)
    assert (article.article_id, article.comments) == (ARTICLE, 5)


def test_sites_are_those_of_the_account(engine: Engine, busy: CommentStore) -> None:
    account = somebody(engine)
    assert sites_of(engine, account) == ["other.example", SITE]
    assert sites_of(engine, replace(account, sites=("b.example", "a.example"))) == [
        "a.example",
        "b.example",
    ]


def test_sections_are_those_of_the_time(engine: Engine, busy: CommentStore) -> None:
    assert sections_of(engine, [], NOW) == ["اقتصاد", "رياضة"]
    assert sections_of(engine, [SITE], NOW + 4 * HOUR) == ["رياضة"]
    assert sections_of(engine, ["other.example"], NOW) == ["اقتصاد"]
    assert sections_of(engine, ["third.example"], NOW) == []
