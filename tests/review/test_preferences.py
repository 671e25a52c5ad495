"""How somebody likes their pages, and another password."""

from moderation.review.access import COOKIE
from moderation.review.preferences import Preferences
from moderation.store import (
    Role,
    session_account,
)
from tests.review.signing import WRONG, attempt, cookie_of
from tests.store.people import PASSWORD

from .conftest import TheRoom


def test_preferences_are_kept_and_used(room: TheRoom) -> None:
    browser = room.signed_in(Role.MODERATOR)
    page = browser.client.get("/review/preferences").text
    assert page.count(" checked") == 2 and '<option value="50" selected>بعد ٥٠ دقيقة' in page
    answer = browser.client.post(
        "/review/preferences",
        data={
            "csrf": browser.csrf,
            "language": "en",
            "theme": "contrast",
            "collapse_severe": "true",
            "break_minutes": "0",
        },
    )
    assert answer.headers["location"] == "/review/preferences?saved=1"
    page = browser.client.get(answer.headers["location"]).text
    assert "Your changes are saved." in page and 'data-theme="contrast"' in page
    assert page.count(" checked") == 1 and '<option value="0" selected>Never' in page
    account = session_account(room.engine, browser.client.cookies[COOKIE], room.clock())
    assert account is not None
    assert Preferences.from_stored(account.preferences) == Preferences(
        "en", "contrast", False, True, 0
    )
    for wrong in ({"language": "fr"}, {"theme": "pink"}, {"break_minutes": "x"}):
        data = {"csrf": browser.csrf, **wrong}
        assert browser.client.post("/review/preferences", data=data).status_code == 422


def test_stored_preferences_of_another_time() -> None:
    assert Preferences.from_stored({}) == Preferences()
    stored = {"language": "fr", "theme": "dark", "break_minutes": 7, "gone": 1}
    assert Preferences.from_stored(stored) == Preferences(theme="dark")
    chosen = Preferences("en", "light", False, False, 25)
    assert Preferences.from_stored(chosen.stored()) == chosen


def test_another_password(room: TheRoom) -> None:
    browser = room.signed_in(Role.MODERATOR)
    elsewhere = room.outside().client
    attempt(elsewhere)
    before = browser.client.cookies[COOKIE]
    new = {"csrf": browser.csrf, "password": "a new password", "again": "a new password"}
    for status, wrong in (
        (401, {"old": WRONG}),
        (422, {"old": PASSWORD, "again": "another one"}),
        (422, {"old": PASSWORD, "password": "short", "again": "short"}),
    ):
        answer = browser.client.post("/review/preferences/password", data=new | wrong)
        assert answer.status_code == status and 'role="alert"' in answer.text
    answer = browser.client.post("/review/preferences/password", data=new | {"old": PASSWORD})
    assert answer.status_code == 303
    token = cookie_of(answer)[COOKIE].value
    assert token != before
    assert session_account(room.engine, before, room.clock()) is None
    assert browser.client.get("/review/preferences").status_code == 200
    assert elsewhere.get("/review/preferences").status_code == 303
    assert attempt(elsewhere).status_code == 401
    assert attempt(elsewhere, password="a new password").status_code == 303
