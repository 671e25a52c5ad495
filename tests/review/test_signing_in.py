"""The way in and out: sign-in form, one-time links, cookies, preferences, the log's page."""

import re
from io import StringIO

import pytest

from moderation.review.access import COOKIE, csrf_token
from moderation.review.render import safe_address
from moderation.store import (
    Role,
    create_account,
    disable_account,
    first_invitation,
    passwords,
    reset_account,
    session_account,
    verify_audit,
)
from tests.review.signing import WRONG, attempt, cookie_of
from tests.store.people import PASSWORD, make_account

from .conftest import OpenRoom, TheRoom


@pytest.mark.parametrize("base", [None, "http://mizan.local", "https://mizan.example"])
def test_the_cookie(open_room: OpenRoom, base: str | None) -> None:
    room = open_room(public_url=base)
    make_account(room.engine)
    answer = attempt(room.outside().client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/review")
    morsel = cookie_of(answer)[COOKIE]
    assert len(morsel.value) == 43
    assert morsel["httponly"] is True
    assert morsel["samesite"].lower() == "lax"
    assert morsel["path"] == "/"
    assert bool(morsel["secure"]) == (base == "https://mizan.example")
    # Forgotten with the browser; the database knows when it is over at the latest.
    assert not morsel["max-age"] and not morsel["expires"] and not morsel["domain"]


def test_every_sign_in_starts_a_new_session_and_ends_the_old_one(room: TheRoom) -> None:
    browser = room.signed_in(Role.LEAD)
    before, csrf = browser.client.cookies[COOKIE], browser.csrf
    token = cookie_of(attempt(browser.client))[COOKIE].value
    assert token != before and csrf_token(token) != csrf
    assert session_account(room.engine, before, room.clock()) is None
    assert session_account(room.engine, token, room.clock()) == browser.account
    # A session that somebody else chose is not taken over.
    planted = room.outside().client
    planted.cookies.set(COOKIE, "planted")
    assert cookie_of(attempt(planted))[COOKIE].value != "planted"


def test_signing_out(room: TheRoom) -> None:
    browser = room.signed_in(Role.LEAD)
    token = browser.client.cookies[COOKIE]
    answer = browser.client.post("/review/sign-out", data={"csrf": browser.csrf})
    assert answer.headers["location"] == "/review/sign-in?lang=ar"
    assert cookie_of(answer)[COOKIE].value == ""
    assert session_account(room.engine, token, room.clock()) is None


def test_a_session_expires(room: TheRoom) -> None:
    client = room.signed_in(Role.LEAD).client
    room.clock.pass_by(hours=7.9)
    assert client.get("/review/preferences").status_code == 200
    room.clock.pass_by(hours=7.9)
    assert client.get("/review/preferences").status_code == 200
    room.clock.pass_by(hours=8)
    assert client.get("/review/preferences").status_code == 303


def test_a_disabled_account_is_out_at_once(room: TheRoom) -> None:
    client = room.signed_in(Role.LEAD).client
    assert client.get("/review/preferences").status_code == 200
    disable_account(room.engine, "layla", room.clock())
    assert client.get("/review/preferences").status_code == 303
    assert attempt(client).status_code == 401


def test_nobody_learns_which_names_are_known(room: TheRoom) -> None:
    make_account(room.engine, "known")
    make_account(room.engine, "disabled")
    disable_account(room.engine, "disabled", room.clock())
    create_account(room.engine, "invited", [Role.LEAD], [], room.clock())
    client = room.outside().client
    answers = {
        (answer.status_code, answer.text, len(answer.headers))
        for answer in (
            attempt(client, "known", WRONG),
            attempt(client, "unknown", WRONG),
            attempt(client, "invited", WRONG),
            attempt(client, "disabled", PASSWORD),
            attempt(client, "", ""),
        )
    }
    assert len(answers) == 1
    status, body, _ = answers.pop()
    assert status == 401 and "The name or the password is wrong." in body


@pytest.mark.parametrize("name", ["layla", "unknown"])
def test_a_lockout_is_told_and_passes(room: TheRoom, name: str) -> None:
    make_account(room.engine)
    client = room.outside().client
    for _ in range(5):
        assert attempt(client, name, WRONG).status_code == 401
    room.clock.pass_by(seconds=1)
    assert attempt(client, name, WRONG).status_code == 401
    answer = attempt(client, name)
    assert answer.status_code == 429 and answer.headers["retry-after"] == "2"
    assert "Too many failed attempts. Try again in 2 seconds." in answer.text
    arabic = attempt(client, name, lang="ar")
    assert "المدة المتبقية قبل المحاولة من جديد" in arabic.text
    # Somebody else, from elsewhere, is not held up.
    make_account(room.engine, "other")
    assert attempt(client, "other").status_code == 303
    room.clock.pass_by(seconds=2)
    assert attempt(client, name).status_code == (303 if name == "layla" else 401)


def test_more_than_two_at_a_time_wait_their_turn(
    room: TheRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_account(room.engine)
    monkeypatch.setattr(passwords, "_WAIT_S", 0.05)
    with passwords.hashing(), passwords.hashing():
        answer = attempt(room.outside().client)
    assert answer.status_code == 429
    assert "الخدمة مشغولة" in answer.text


EVIL = [
    "https://evil.example/review",
    "//evil.example/review",
    "///evil.example/review",
    "/\\evil.example",
    "\\\\evil.example",
    "/review\\@evil.example",
    "/reviewer",
    "/review@evil.example",
    "/review.evil.example",
    "javascript:alert(1)",
    "//[",
    " //evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "/review/\r\nSet-Cookie: a=b",
    "",
]


@pytest.mark.parametrize("target", EVIL)
def test_signing_in_leads_nowhere_else(room: TheRoom, target: str) -> None:
    assert safe_address(target) == "/review"
    make_account(room.engine)
    client = room.outside().client
    page = client.get("/review/sign-in", params={"next": target})
    assert page.status_code == 200 and "evil" not in page.text
    assert attempt(client, next=target).headers["location"] == "/review"


def test_signing_in_leads_back(room: TheRoom) -> None:
    make_account(room.engine, roles=[Role.LEAD])
    client = room.outside().client
    sent = client.get("/review/audit?before=7").headers["location"]
    page = client.get(sent).text
    found = re.search(r'name="next" value="([^"]+)"', page)
    assert found is not None and found[1] == "/review/audit?before=7"
    assert attempt(client, next=found[1]).headers["location"] == "/review/audit?before=7"


def test_the_language_before_signing_in(room: TheRoom) -> None:
    client = room.outside().client
    arabic = client.get("/review/sign-in?next=/review/audit").text
    assert '<html lang="ar" dir="rtl">' in arabic
    assert 'href="/review/sign-in?lang=en&amp;next=/review/audit"' in arabic
    assert '<html lang="en" dir="ltr">' in client.get("/review/sign-in?lang=en").text
    assert client.get("/review/sign-in?lang=xx").status_code == 422


@pytest.mark.parametrize("lang", ["ar", "en"])
def test_the_first_run(room: TheRoom, lang: str) -> None:
    token = first_invitation(room.engine, room.clock())
    client = room.outside().client
    place = f"/review/welcome/{token}"
    for _ in range(2):  # looking uses nothing up
        page = client.get(f"{place}?lang={lang}")
        assert page.status_code == 200
        assert f'<html lang="{lang}"' in page.text and 'name="display_name"' in page.text
    good = {"password": PASSWORD, "again": PASSWORD, "lang": lang}
    for wrong, told in (
        ({"name": "مدير", "again": "another one"}, "كلمتا المرور غير متطابقتين"),
        ({"name": "مدير", "password": "قصيرة", "again": "قصيرة"}, "أقصر من ١٠ أحرف"),
        ({"name": "اسم طويل"}, "بلا مسافات"),
        ({"name": ""}, "بلا مسافات"),
        ({"name": "مدير", "display_name": "\u202e"}, "الاسم الظاهر"),
    ):
        answer = client.post(place, data=good | wrong)
        assert answer.status_code == 422
        assert lang == "en" or told in answer.text
        assert "قصيرة" not in answer.text  # no password comes back
    answer = client.post(place, data=good | {"name": "مدير", "display_name": "<b>المدير</b>"})
    assert answer.headers["location"] == f"/review/sign-in?lang={lang}&ready=1"
    assert client.get(answer.headers["location"]).status_code == 200
    assert attempt(client, "مدير").status_code == 303
    page = client.get("/review/preferences")
    assert "&lt;b&gt;المدير&lt;/b&gt;" in page.text and f'<html lang="{lang}"' in page.text
    for path in ("/review/audit", "/policy"):
        assert client.get(path).status_code == 200
    assert not verify_audit(room.engine).problems


@pytest.mark.parametrize("lang", ["ar", "en"])
def test_a_link_that_no_longer_works(room: TheRoom, lang: str) -> None:
    now = room.clock()
    used = create_account(room.engine, "layla", [Role.LEAD], [], now)
    client = room.outside().client
    data = {"password": PASSWORD, "again": PASSWORD, "lang": lang}
    page = client.get(f"/review/welcome/{used}?lang={lang}").text
    assert 'value="layla"' in page and 'name="display_name"' not in page
    assert client.post(f"/review/welcome/{used}", data=data).status_code == 303
    expired = reset_account(room.engine, "layla", now)
    for token in (used, "made-up"):
        for answer in (
            client.get(f"/review/welcome/{token}?lang={lang}"),
            client.post(f"/review/welcome/{token}", data=data),
        ):
            assert answer.status_code == 404
            assert f'<html lang="{lang}"' in answer.text
            assert (
                "no longer works" if lang == "en" else "لم يعد هذا الرابط صالحًا"
            ) in answer.text
    room.clock.pass_by(hours=24)
    assert client.get(f"/review/welcome/{expired}").status_code == 404
    assert client.post(f"/review/welcome/{expired}", data=data).status_code == 404


def test_the_log_holds_neither_names_nor_links(
    open_room: OpenRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = StringIO()
    monkeypatch.setattr("sys.stderr", written)
    room = open_room()
    token = create_account(room.engine, "layla-of-the-night", [Role.LEAD], [], room.clock())
    client = room.outside().client
    place = f"/review/welcome/{token}"
    client.get(place)
    client.post(place, data={"password": PASSWORD, "again": PASSWORD})
    client.get(place)
    client.get(f"{place}?lang=xx")
    attempt(client, "layla-of-the-night", WRONG)
    session = cookie_of(attempt(client, "layla-of-the-night"))[COOKIE].value
    client.get("/review/preferences")
    logged = written.getvalue()
    assert '"route": "/review/welcome/{token}"' in logged
    for secret in (token, "layla-of-the-night", PASSWORD, WRONG, session):
        assert secret not in logged
    metrics = room.outside(address="127.0.0.1").client.get("/metrics").text
    assert "/review/welcome/{token}" in metrics and token not in metrics
