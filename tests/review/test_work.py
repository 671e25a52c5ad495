"""The desk, without JavaScript: plain forms and pages."""

import re

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from moderation.domain import Context, Facts, WordHit
from moderation.store import Role, Sampling
from moderation.store.engine import reading
from moderation.store.room_tables import corrections, notes, queue_items
from tests.review.conftest import BASE, Browser, TheRoom
from tests.store.room import CONTEXT, hold, human_decisions, publish

SITE = "default"


def held(room: TheRoom, text: str = "هذا الوزير حمار", **more: object) -> str:
    more.setdefault("site", SITE)
    return hold(room.engine, text, now=room.clock(), **more)  # type: ignore[arg-type]


def post(browser: Browser, path: str, **fields: object) -> Response:
    return browser.client.post(path, data={"csrf": browser.csrf, **fields})


def desk_of(browser: Browser) -> tuple[str, int]:
    """The page, and the id of the item on it."""
    page = browser.client.get("/review")
    assert page.status_code == 200
    found = re.search(r'data-item="(\d+)"', page.text)
    return page.text, int(found[1]) if found else 0


def test_a_comment_is_shown_with_why_it_is_here(room: TheRoom) -> None:
    held(room, "هذا الوزير حمار", id="c-1", reports=3)
    text, item = desk_of(room.signed_in(Role.MODERATOR))
    assert item
    assert "<mark>الوزير</mark>" in text
    assert "قد تكون فيه إهانة" in text
    assert "الدرجة ٠٫٦٠ والحدّ ٠٫٤٠" in text
    assert CONTEXT.title and CONTEXT.title in text
    assert "٣ بلاغات" in text


def test_deciding_and_undoing_by_plain_forms(room: TheRoom) -> None:
    held(room, id="c-1")
    held(room, "وهذا غبي", id="c-2")
    moderator = room.signed_in(Role.MODERATOR)
    _, item = desk_of(moderator)
    answer = post(moderator, f"/review/items/{item}/decide", action="reject", reason="insult")
    assert answer.status_code == 303
    page = moderator.client.get(answer.headers["location"])
    assert "رُفض التعليق: إهانة." in page.text
    assert f'action="/review/items/{item}/undo"' in page.text
    assert standing_of(room, item) == "reject"
    room.clock.pass_by(seconds=1)
    answer = post(moderator, f"/review/items/{item}/undo")
    page = moderator.client.get(answer.headers["location"])
    assert f'data-item="{item}"' in page.text
    assert standing_of(room, item) == "review"


def standing_of(room: TheRoom, item: int) -> str:
    """Action of the decision that stands on an item's version."""
    with reading(room.engine) as connection:
        version = connection.scalar(
            queue_items.select().with_only_columns(queue_items.c.version_id)
            .where(queue_items.c.id == item)
        )  # fmt: skip
    return [action for of, action in human_decisions(room.engine) if of == version][-1]


def test_htmx_gets_the_next_comment_in_one_answer(room: TheRoom) -> None:
    held(room, id="c-1")
    held(room, "وهذا غبي", id="c-2", priority=8)
    moderator = room.signed_in(Role.MODERATOR)
    _, first = desk_of(moderator)
    answer = moderator.client.post(
        f"/review/items/{first}/decide",
        data={"action": "approve"},
        headers={"HX-Request": "true", "X-CSRF-Token": moderator.csrf},
    )
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<div id="desk"')
    assert "غبي" in answer.text and "نُشر التعليق." in answer.text
    assert f'data-item="{first}"' not in answer.text


def test_the_second_moderator_is_told_who_was_faster(room: TheRoom) -> None:
    held(room, id="c-1")
    first = room.signed_in(Role.MODERATOR, name="layla")
    second = room.signed_in(Role.MODERATOR, name="omar")
    _, item = desk_of(first)
    assert desk_of(second)[1] == 0
    post(first, f"/review/items/{item}/decide", action="approve")
    refused = post(second, f"/review/items/{item}/decide", action="reject", reason="insult")
    assert refused.status_code == 409
    assert "سبقك layla إلى هذا التعليق." in refused.text
    assert len(human_decisions(room.engine)) == 1
    partial = second.client.post(
        f"/review/items/{item}/decide",
        data={"action": "approve"},
        headers={"HX-Request": "true", "X-CSRF-Token": second.csrf},
    )
    assert partial.headers["hx-retarget"] == "#notice"
    assert "سبقك layla" in partial.text and "<html" not in partial.text


@pytest.mark.parametrize(
    "fields", [{"action": "delete"}, {"action": "reject", "reason": "ugly"}]
)
def test_only_known_verdicts(room: TheRoom, fields: dict[str, str]) -> None:
    held(room)
    moderator = room.signed_in(Role.MODERATOR)
    _, item = desk_of(moderator)
    assert post(moderator, f"/review/items/{item}/decide", **fields).status_code == 422
    assert human_decisions(room.engine) == []


def test_a_sample_is_judged_without_its_scores(room: TheRoom) -> None:
    publish(
        room.engine, "شكرًا على المقال", "c-1", sampling=Sampling(b"s", audit=1.0), site=SITE
    )
    moderator = room.signed_in(Role.MODERATOR)
    text, item = desk_of(moderator)
    assert item and "شكرًا على المقال" in text
    assert "من عيّنة عشوائية" in text
    assert "<meter" not in text and "درجات النموذج" not in text
    assert "ما تقرّر في هذا التعليق" not in text
    page = moderator.client.get(f"/review/items/{item}").text
    assert "<meter" not in page


def test_slurs_are_masked_and_severe_comments_collapsed_as_preferred(room: TheRoom) -> None:
    text = "يا حمار"
    words = (WordHit("حمار", "insult", 3, True, 3, 7),)
    held(room, text, id="c-1", facts=Facts(at=room.clock(), words=words), severe=0.93)
    moderator = room.signed_in(Role.MODERATOR)
    page, _ = desk_of(moderator)
    assert 'class="text masked"' in page and '<span class="slur"' in page
    assert '<details class="severe">' in page and "٠٫٩٣" in page
    post(moderator, "/review/preferences", language="ar", theme="auto", break_minutes=0)
    page, _ = desk_of(moderator)
    assert 'class="text masked"' not in page and '<details class="severe">' not in page


def test_notes_follow_the_author(room: TheRoom) -> None:
    held(room, id="c-1")
    held(room, "وهذا غبي", id="c-2", priority=8)
    moderator = room.signed_in(Role.MODERATOR)
    _, item = desk_of(moderator)
    answer = post(
        moderator, f"/review/items/{item}/note", text="يكرّر <b>الشتم</b>", about_author="true"
    )
    assert answer.status_code == 303
    post(moderator, f"/review/items/{item}/decide", action="approve")
    page, other = desk_of(moderator)
    assert other != item and "يكرّر &lt;b&gt;الشتم&lt;/b&gt;" in page
    assert post(moderator, f"/review/items/{item}/note", text="  ").status_code == 422
    with reading(room.engine) as connection:
        assert len(connection.execute(notes.select()).all()) == 1


def test_a_correction_is_a_training_row(room: TheRoom) -> None:
    held(room, "هذا الوزير حمار كبير", context=Context(targets=("الوزير",)))
    moderator = room.signed_in(Role.MODERATOR)
    _, item = desk_of(moderator)
    fields = {
        "label_insult": "yes", "label_threat": "no", "sentiment": "negative",
        "stance_0": "against", "words": "حمار كبير",
    }  # fmt: skip
    assert post(moderator, f"/review/items/{item}/correct", **fields).status_code == 303
    with reading(room.engine) as connection:
        [row] = connection.execute(corrections.select()).all()
    assert row.labels == {"insult": 1, "threat": 0}
    assert (row.sentiment, row.stance, row.spans) == (
        "negative", {"الوزير": "against"}, [[11, 20]],
    )  # fmt: skip
    assert moderator.account and row.account_id == moderator.account.id
    assert row.model_id == "mizan-base" and len(row.model_sha256) == 64
    assert row.created_at == room.clock()
    for wrong in ({"words": "ليس هنا"}, {}, {"label_insult": "perhaps"}, {"stance_0": "love"}):
        assert post(moderator, f"/review/items/{item}/correct", **wrong).status_code == 422
    page = moderator.client.get(f"/review/items/{item}").text
    assert "صُحّح من قبل" in page


def test_a_raid_is_confirmed_with_its_count(room: TheRoom) -> None:
    for number in range(4):
        held(room, f"هجوم {number} يا حمير", id=f"c-{number}", score=0.9)
    moderator = room.signed_in(Role.MODERATOR)
    page = moderator.client.get("/review/items?score_from=0.5").text
    assert "٤ تعليقات" in page
    confirm = moderator.client.get(
        "/review/items/confirm?score_from=0.5&action=reject&reason=spam"
    ).text
    assert "سترفض ٤ تعليقات، والسبب: إعلان أو تكرار مزعج." in confirm
    found = re.search(r'name="digest" value="(\w+)"', confirm)
    assert found
    fields = {"action": "reject", "reason": "spam"}
    wrong = post(moderator, "/review/items/apply?score_from=0.5", **fields, digest="0" * 64)
    assert wrong.status_code == 409 and "تغيّر عدد التعليقات" in wrong.text
    assert (
        post(
            moderator, "/review/items/apply?score_from=0.5", **fields, digest=found[1]
        ).status_code
        == 303
    )
    assert len(human_decisions(room.engine)) == 4
    assert post(moderator, "/review/items/batches/1/undo").status_code == 303
    assert [action for _, action in human_decisions(room.engine)][4:] == ["review"] * 4


def test_leads_see_everybodys_history(room: TheRoom) -> None:
    held(room, "هذا الوزير حمار", id="c-1")
    moderator = room.signed_in(Role.MODERATOR, name="layla")
    lead = room.signed_in(Role.LEAD, name="omar")
    _, item = desk_of(moderator)
    post(moderator, f"/review/items/{item}/decide", action="approve")
    assert "هذا الوزير حمار" in moderator.client.get("/review/history").text
    assert "هذا الوزير حمار" not in lead.client.get("/review/history").text
    everybody = lead.client.get("/review/history?everybody=true").text
    assert "هذا الوزير حمار" in everybody and "layla" in everybody
    changed = post(lead, f"/review/items/{item}/change", action="reject", reason="insult")
    assert changed.status_code == 303
    assert standing_of(room, item) == "reject"


def test_renewing_tells_when_it_is_no_longer_theirs(room: TheRoom) -> None:
    held(room)
    first = room.signed_in(Role.MODERATOR, name="layla")
    second = room.signed_in(Role.MODERATOR, name="omar")
    _, item = desk_of(first)
    assert post(first, f"/review/items/{item}/renew").status_code == 204
    room.clock.pass_by(seconds=room.room.settings.lease_s + 1)
    assert desk_of(second)[1] == item
    assert post(first, f"/review/items/{item}/renew").status_code == 409


def test_an_appeal_over_the_api(room: TheRoom) -> None:
    held(room, id="c-1")
    moderator = room.signed_in(Role.MODERATOR)
    _, item = desk_of(moderator)
    post(moderator, f"/review/items/{item}/decide", action="reject", reason="insult")
    api = TestClient(room.app, base_url=BASE, client=("127.0.0.1", 50_000))
    answer = api.post("/v1/comments/c-1/appeals")
    assert (answer.status_code, answer.json()) == (202, {"id": "c-1", "state": "open"})
    assert api.post("/v1/comments/none/appeals").status_code == 404
    other = room.signed_in(Role.MODERATOR, name="omar")
    assert desk_of(moderator)[1] == 0
    page, _ = desk_of(other)
    assert "اعترض كاتب التعليق" in page
