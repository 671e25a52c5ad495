"""The page of measures: what it shows, to whom, and in whose numbers."""

import re
from datetime import timedelta

import pytest

from moderation.domain import Action, Comment, Decision, Moderated, PolicyRef, Reason
from moderation.store import CommentStore, Role, Sampling
from moderation.store.accounts import set_preferences
from moderation.store.human import Rules, Verdict
from moderation.store.queue import claim_one
from moderation.store.verdicts import decide
from tests.store.people import make_account
from tests.store.samples import APPROVE, REJECT

from .conftest import TheRoom

SITE, OTHER = "sahafa.example", "other.example"
HELD = Decision(
    Action.REVIEW,
    (Reason("insult", "insult-maybe", {"ar": "قد تكون إهانة."}),),
    PolicyRef("default", 3, "b" * 64),
)
RULES = Rules(timedelta(minutes=3), timedelta(0), Sampling(b"secret"))


def comes_in(room: TheRoom, site: str, *decisions: Decision) -> None:
    """Comments as of now, all of them drawn for an audit."""
    store = CommentStore(room.engine, b"secret", sampling=Sampling(b"secret", audit=1.0))
    now = room.clock()
    moderated = [Moderated(Comment("تعليق قارئ"), None, decision) for decision in decisions]
    store.record(site, moderated, now)


@pytest.fixture
def busy(room: TheRoom) -> TheRoom:
    """Two approvals, a rejection and a held comment; one approval turned out wrong."""
    reader = make_account(room.engine, "omar", [Role.MODERATOR], (), room.clock())
    comes_in(room, SITE, APPROVE, APPROVE, REJECT, HELD)
    room.clock.pass_by(minutes=2)
    verdict = Verdict("reject", Reason("insult", "human", {"ar": "إهانة"}))
    for item in (1, 2):
        claim_one(room.engine, reader, item, RULES.lease, room.clock())
        room.clock.pass_by(seconds=30)
        chosen = verdict if item == 1 else Verdict("approve", verdict.reason)
        decide(room.engine, reader, item, chosen, RULES, room.clock())
    comes_in(room, OTHER, HELD, HELD)
    room.clock.pass_by(seconds=1)
    return room


def tables(page: str) -> dict[str, list[list[str]]]:
    """The text of every table's rows, by caption."""
    found = {}
    for table in re.findall(r"<table>(.*?)</table>", page, re.S):
        caption = re.search(r"<caption>(.*?)</caption>", table, re.S)
        assert caption is not None
        rows = re.findall(r"<tr>(.*?)</tr>", table, re.S)
        found[caption[1]] = [
            [
                re.sub(r"<[^>]+>", "", cell).strip()
                for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
            ]
            for row in rows
        ]
    return found


def test_the_numbers_of_a_site(busy: TheRoom) -> None:
    browser = busy.signed_in(Role.LEAD)
    answer = browser.client.get("/review/measures", params={"site": SITE, "days": "1"})
    assert answer.status_code == 200
    shown = tables(answer.text)
    waiting = {row[0]: row[1:] for row in shown["مدة الانتظار حتى الآن"]}
    assert waiting["محجوزة للمراجعة"] == ["١", "٣ دقائق", "٣ دقائق", "٣ دقائق"]
    assert waiting["عيّنات تدقيق"][0] == "١"
    assert waiting["آراء ثانية"] == ["٠", "–", "–", "–"]
    assert waiting["المجموع"][0] == "٢"
    ages = dict(shown["عدد المنتظر حسب مدة انتظاره"])
    assert ages["دون ساعة"] == "٢"
    times = {row[0]: row[1:] for row in shown["سرعة العمل"]}
    assert times["من بدء المراجعة إلى القرار (عدا القرارات بالجملة)"][:2] == ["٢", "٣٠ ثانية"]
    [_, day] = shown["قرارات السياسة يومًا بيوم"]
    assert day[1:] == ["٢", "١", "١", "٤", "٧٥٫٠٪"]
    looks = {row[0]: row[1:] for row in shown["نتائج النظرة الثانية"]}
    assert looks["عيّنة مما نُشر آليًّا"] == ["٢", "١", "٥٠٫٠٪", "من ٩٫٥٪ إلى ٩٠٫٥٪"]
    assert looks["عيّنة مما رُفض آليًّا"] == ["٠", "٠", "–", "–"]
    [_, audited] = shown["تقدير خطأ القرار الآلي يومًا بيوم"]
    assert audited[1:] == ["٢", "١", "٥٠٫٠٪", "من ٩٫٥٪ إلى ٩٠٫٥٪"]
    [_, human] = shown["قرارات المشرفين يومًا بيوم"]
    assert human[1:] == ["١", "٠", "١", "٢"]
    assert [row[1] for row in shown["لا تعليقات برأيين بعد"][1:]] == ["–", "–", "–"]


def test_every_chart_has_a_name_and_a_table(busy: TheRoom) -> None:
    page = busy.signed_in(Role.LEAD).client.get("/review/measures?days=30").text
    names = re.findall(r'<svg [^>]*role="img" aria-label="([^"]+)"', page)
    assert len(names) == page.count("<svg ") == 4
    shown = tables(page)
    for name in names:
        assert name in shown
    assert len(shown["قرارات المشرفين يومًا بيوم"]) == 31
    assert "style=" not in page
    assert not re.search(r"[0-9]", "".join(re.findall(r"<text[^>]*>(.*?)</text>", page)))


def test_nobody_is_named(busy: TheRoom) -> None:
    page = busy.signed_in(Role.LEAD, name="salma").client.get("/review/measures").text
    assert "omar" not in page


def test_english(busy: TheRoom) -> None:
    browser = busy.signed_in(Role.AUDITOR)
    assert browser.account is not None
    set_preferences(busy.engine, browser.account.id, {"language": "en"}, busy.clock())
    page = browser.client.get("/review/measures?days=1").text
    assert 'dir="ltr"' in page
    shown = tables(page)
    assert shown["Waiting so far"][-1][:2] == ["All", "4"]
    # Of all sites: six comments, three of them sent to people.
    assert shown["Decisions of the policy by day"][1][1:] == ["2", "1", "3", "6", "50.0%"]


def test_others_sites_are_neither_counted_nor_named(busy: TheRoom) -> None:
    client = busy.signed_in(Role.LEAD, sites=[OTHER]).client
    page = client.get("/review/measures?days=1").text
    assert SITE not in page
    assert tables(page)["مدة الانتظار حتى الآن"][-1][:2] == ["المجموع", "٢"]
    assert client.get("/review/measures", params={"site": SITE}).status_code == 404
    assert client.get("/review/measures", params={"site": OTHER}).status_code == 200


def test_sites_and_periods_can_be_chosen(busy: TheRoom) -> None:
    client = busy.signed_in(Role.ENGINEER).client
    page = client.get("/review/measures", params={"site": OTHER, "days": "90"}).text
    assert f'<option value="{OTHER}" selected>' in page
    assert '<option value="90" selected>' in page
    assert client.get("/review/measures?days=2").status_code == 422


def test_moderators_are_not_shown_measures(room: TheRoom) -> None:
    assert room.signed_in(Role.MODERATOR).client.get("/review/measures").status_code == 403


def test_an_empty_room(room: TheRoom) -> None:
    answer = room.signed_in(Role.LEAD).client.get("/review/measures")
    assert answer.status_code == 200
    assert 'id="site"' not in answer.text
