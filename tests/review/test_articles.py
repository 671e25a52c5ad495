"""Pages about articles: lists, shares with what stands behind them, and hostile names."""

import html
import re
from dataclasses import replace
from urllib.parse import quote

import pytest

from moderation.domain import Context, Scores, Stance
from moderation.store import CommentStore, Role
from tests.store.samples import APPROVE, REJECT, SCORES, moderated

from .conftest import TheRoom
from .test_measures import tables

SITE, OTHER = "default", "other.example"
ARTICLE = "تعليم/2026?رسوم&x=1"
MINISTRY = "وزارة التعليم"
HOSTILE = '<script>alert(1)</script> \u202eعنوان "'


def toward(favor: float, against: float, positive: float) -> Scores:
    """Scores with a stance toward the ministry."""
    return replace(
        SCORES,
        sentiment={"negative": 0.9 - positive, "neutral": 0.1, "positive": positive},
        stance=(Stance(MINISTRY, favor, against, 1 - favor - against),),
    )


@pytest.fixture
def busy(room: TheRoom) -> TheRoom:
    """Three comments on an article, one on another, one on another site's."""
    store = CommentStore(room.engine, b"secret")
    about = Context(
        title=HOSTILE, article_id=ARTICLE, section="تعليم", lead="أعلنت <b>الوزارة</b>"
    )
    glad, angry = toward(0.8, 0.1, 0.8), toward(0.1, 0.8, 0.1)
    sent = [
        moderated("قرار صائب", "a", context=about, scores=glad, decision=APPROVE),
        moderated("قرار ظالم", "b", context=about, scores=angry, decision=REJECT),
        moderated("بلا درجات", "c", context=about, scores=None, decision=APPROVE),
    ]
    store.record(SITE, sent, room.clock())
    sport = replace(about, title="نهائي الكأس", article_id="كأس", section="رياضة")
    store.record(SITE, [moderated("هدف!", "d", context=sport, decision=APPROVE)], room.clock())
    store.record(
        OTHER, [moderated("نص", "e", context=replace(about, title="خبر"))], room.clock()
    )
    return room


def test_the_list_leads_to_the_articles(busy: TheRoom) -> None:
    client = busy.signed_in(Role.MODERATOR).client
    page = client.get("/review/articles").text
    addresses = [
        html.unescape(each) for each in re.findall(r'href="(/review/articles/[^"]+)', page)
    ]
    assert f"/review/articles/{quote(ARTICLE, safe='')}?site={SITE}" in addresses
    assert len(addresses) == 3
    for address in addresses:
        assert client.get(address).status_code == 200, address


def test_sections_can_be_searched(busy: TheRoom) -> None:
    client = busy.signed_in(Role.MODERATOR).client
    page = client.get("/review/articles", params={"section": "رياضة"}).text
    assert "نهائي الكأس" in page
    assert "alert(1)" not in page
    assert '<option value="رياضة" selected>' in page
    assert "لا مقالات" in client.get("/review/articles", params={"section": "علوم"}).text


def test_shares_say_how_many_comments_stand_behind_them(busy: TheRoom) -> None:
    client = busy.signed_in(Role.AUDITOR).client
    page = client.get(f"/review/articles/{quote(ARTICLE, safe='')}", params={"site": SITE}).text
    shown = re.findall(r"<caption>(النسب من [^<]+)</caption>", page)
    # Decisions of all three; sentiment and stance of the two that were scored.
    assert shown == ["النسب من ٣ تعليقات", "النسب من تعليقين", "النسب من تعليقين"]
    decisions = tables(page)["النسب من ٣ تعليقات"]
    assert decisions[1:] == [
        ["منشورة", "٢", "٦٦٫٧٪"],
        ["تنتظر المراجعة", "٠", "٠٫٠٪"],
        ["مرفوضة", "١", "٣٣٫٣٪"],
    ]
    stance = tables(page)["النسب من تعليقين"]
    assert stance[1:] == [
        ["مؤيّدة", "١", "٥٠٫٠٪"],
        ["بلا موقف", "٠", "٠٫٠٪"],
        ["معارضة", "١", "٥٠٫٠٪"],
    ]
    assert "تعليق واحد لم يقِسه النموذج" in page
    assert f"الموقف من {MINISTRY} حسب وقت ورود التعليق" in tables(page)
    assert page.count("<svg ") == 3


def test_titles_and_leads_are_shown_as_text(busy: TheRoom) -> None:
    client = busy.signed_in(Role.MODERATOR).client
    address = f"/review/articles/{quote(ARTICLE, safe='')}?site={SITE}"
    for page in (client.get("/review/articles").text, client.get(address).text):
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "\u202e" not in page
        assert "style=" not in page
    assert "أعلنت &lt;b&gt;الوزارة" in client.get(address).text


def test_a_site_as_a_whole_and_a_target(busy: TheRoom) -> None:
    client = busy.signed_in(Role.LEAD).client
    page = client.get("/review/articles", params={"site": SITE}).text
    assert "النسب من ٤ تعليقات" in tables(page)
    page = client.get("/review/articles", params={"site": SITE, "target": "رفع الرسوم"}).text
    # Only the comment with the sample scores is about that.
    assert "النسب من تعليق واحد" in tables(page)
    assert "الموقف من <bdi>رفع الرسوم</bdi>" in re.sub(r"\s+", " ", page)
    assert "اختر موقعًا" in client.get("/review/articles").text
    page = client.get("/review/articles", params={"site": SITE, "target": "لا أحد"}).text
    assert "لا تعليقات في هذه المدة" in page


def test_others_sites_stay_closed(busy: TheRoom) -> None:
    client = busy.signed_in(Role.MODERATOR, sites=[OTHER]).client
    page = client.get("/review/articles").text
    assert "خبر" in page
    assert "نهائي الكأس" not in page
    assert client.get("/review/articles", params={"site": SITE}).status_code == 404
    path = f"/review/articles/{quote('كأس')}"
    assert client.get(path, params={"site": SITE}).status_code == 404
    assert client.get(path).status_code == 404


def test_unknown_articles(busy: TheRoom) -> None:
    client = busy.signed_in(Role.MODERATOR).client
    assert client.get("/review/articles/nothing").status_code == 404


def test_old_comments_are_not_of_this_period(busy: TheRoom) -> None:
    busy.clock.pass_by(days=1)
    client = busy.signed_in(Role.MODERATOR).client
    assert "لا مقالات" in client.get("/review/articles?days=1").text
    assert "نهائي الكأس" in client.get("/review/articles?days=7").text
