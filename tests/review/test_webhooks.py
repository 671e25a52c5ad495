"""The pages about webhooks: endpoints, messages, attempts, and sending again."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from moderation.store import outbox, writing
from moderation.store.accounts import Role
from moderation.store.audit import newest_entries
from tests.webhooks.receiver import receiving

from .conftest import Browser, TheRoom

SITE = "sahafa.example"
URL = "https://cms.sahafa.example/hooks/decisions?key=7f3a"
# Far from now: the service's own sender leaves these messages alone.
LATER = datetime(2099, 1, 1, tzinfo=UTC)


def put(engine: Engine, id: str = "c-1", site: str = SITE, due_at: datetime = LATER) -> None:
    """Enqueue a message for each endpoint of the site."""
    data = {"id": id, "action": "reject", "notice": {"ar": "حُذف تعليقك <b>لأن</b> فيه إهانة."}}
    with writing(engine) as connection:
        outbox.enqueue(connection, site, "decision.made", data, None, due_at, LATER)


def attempt(engine: Engine, status: int | None, error: str | None = None) -> int:
    """Let the next attempt end like this; returns the message's id."""
    [message] = outbox.take_due(engine, 1, LATER, timedelta(minutes=1))
    outbox.record_delivery(engine, message, status, error, 1234, LATER)
    return message.id


def states(engine: Engine) -> list[str]:
    return [message.state for message in outbox.list_messages(engine, ())]


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def keeper(room: TheRoom) -> Browser:
    return room.signed_in(Role.ENGINEER)


def test_nothing_yet(keeper: Browser) -> None:
    page = keeper.client.get("/review/webhooks")
    assert page.status_code == 200
    assert "لا جهة استقبال بعد." in page.text
    assert "لا رسائل هنا." in page.text


def test_endpoints_and_messages_are_shown(room: TheRoom, keeper: Browser) -> None:
    secret = outbox.add_endpoint(room.engine, SITE, URL, LATER)
    put(room.engine)
    page = keeper.client.get("/review/webhooks").text
    assert "https://cms.sahafa.example/hooks/decisions?…" in page
    assert "7f3a" not in page and secret not in page
    assert "تستقبل" in page and 'href="/review/webhooks/1"' in page
    assert "صدور قرار" in page
    outbox.disable_endpoint(room.engine, 1, LATER)
    page = keeper.client.get("/review/webhooks").text
    assert "متوقفة" in page and "أُلغيت" in page


def test_messages_are_filtered_by_state(room: TheRoom, keeper: Browser) -> None:
    outbox.add_endpoint(room.engine, SITE, URL, LATER)
    put(room.engine)
    sent = attempt(room.engine, 200)
    put(room.engine)
    for state, ids in {"sent": [sent], "pending": [2], "failed": [], "": [2, 1]}.items():
        page = keeper.client.get("/review/webhooks", params={"state": state}).text
        found = [id_ for id_ in (2, 1) if f'href="/review/webhooks/{id_}"' in page]
        assert found == ids, state
    assert keeper.client.get("/review/webhooks?state=lost").status_code == 422


def test_older_messages_are_a_page_away(room: TheRoom, keeper: Browser) -> None:
    outbox.add_endpoint(room.engine, SITE, URL, LATER)
    for number in range(51):
        put(room.engine, f"c-{number}")
    first = keeper.client.get("/review/webhooks").text
    assert 'href="/review/webhooks?state=&amp;before=2"' in first
    assert 'href="/review/webhooks/1"' not in first
    second = keeper.client.get("/review/webhooks?state=&before=2").text
    assert 'href="/review/webhooks/1"' in second
    assert "before=" not in second


def test_a_message_with_its_attempts(room: TheRoom, keeper: Browser) -> None:
    outbox.add_endpoint(room.engine, SITE, URL, LATER)
    put(room.engine)
    attempt(room.engine, None, "ConnectTimeout")
    page = keeper.client.get("/review/webhooks/1").text
    assert "ConnectTimeout" in page and "لا رد" in page and "١٬٢٣٤ م.ث" in page
    assert "المحاولة التالية" in page
    # The payload as people read it, and as text.
    assert "حُذف تعليقك &lt;b&gt;لأن&lt;/b&gt; فيه إهانة." in page
    assert "<b>لأن" not in page
    assert 'action="/review/webhooks/1/replay"' not in page  # it is still on its way


def test_sending_again(room: TheRoom, keeper: Browser) -> None:
    with receiving() as receiver:
        receiver.secret = outbox.add_endpoint(room.engine, SITE, receiver.url, LATER)
        put(room.engine)
        attempt(room.engine, 200)
        [before] = outbox.list_messages(room.engine, ())
        page = keeper.client.get("/review/webhooks/1").text
        assert 'action="/review/webhooks/1/replay"' in page and keeper.csrf in page
        answer = keeper.client.post("/review/webhooks/1/replay", data={"csrf": keeper.csrf})
        assert (answer.status_code, answer.headers["location"]) == (303, "/review/webhooks/1")
        until(lambda: len(receiver.bodies) == 1)
        assert receiver.bodies == [(before.message_id, before.payload.encode())]
    assert keeper.account is not None
    [entry, *_] = newest_entries(room.engine, None, 1)
    assert (entry.event, entry.account_id) == ("webhook_replayed", keeper.account.id)


def test_what_cannot_be_sent_again_is_not(room: TheRoom, keeper: Browser) -> None:
    outbox.add_endpoint(room.engine, SITE, URL, LATER)
    put(room.engine)
    answer = keeper.client.post("/review/webhooks/1/replay", data={"csrf": keeper.csrf})
    assert answer.status_code == 409
    assert "لا تُرسل هذه الرسالة من جديد" in answer.text


def test_without_the_token_nothing_is_sent_again(room: TheRoom, keeper: Browser) -> None:
    outbox.add_endpoint(room.engine, SITE, URL, LATER)
    put(room.engine)
    attempt(room.engine, 200)
    assert keeper.client.post("/review/webhooks/1/replay").status_code == 403
    assert states(room.engine) == ["sent"]


def test_other_sites_are_not_theirs(room: TheRoom) -> None:
    keeper = room.signed_in(Role.ENGINEER, sites=["other.example"])
    outbox.add_endpoint(room.engine, SITE, URL, LATER)
    put(room.engine)
    attempt(room.engine, 200)
    page = keeper.client.get("/review/webhooks").text
    assert "cms.sahafa.example" not in page and "/review/webhooks/1" not in page
    assert keeper.client.get("/review/webhooks/1").status_code == 404
    answer = keeper.client.post("/review/webhooks/1/replay", data={"csrf": keeper.csrf})
    assert answer.status_code == 404
    assert states(room.engine) == ["sent"]


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.LEAD, Role.AUDITOR])
def test_only_those_who_look_after_receivers(room: TheRoom, role: Role) -> None:
    browser = room.signed_in(role)
    assert browser.client.get("/review/webhooks").status_code == 403
    assert browser.client.get("/review/webhooks/1").status_code == 403
    answer = browser.client.post("/review/webhooks/1/replay", data={"csrf": browser.csrf})
    assert answer.status_code == 403


@pytest.mark.parametrize("id_", ["77", "0", "-1", "9" * 30, "x"])
def test_no_such_message(keeper: Browser, id_: str) -> None:
    assert keeper.client.get(f"/review/webhooks/{id_}").status_code in (404, 422)
