"""The editors' page: rules in use, thresholds, a new policy on past comments."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from moderation.charts import held_share, histogram, threshold_chart
from moderation.review.access import COOKIE, csrf_token
from moderation.store import Role, Scope, create_key, list_accounts, set_preferences, sign_in
from tests.policy.samples import content, rule, written
from tests.store.people import PASSWORD, make_account

from .conftest import OpenClient

STRICT = written(
    content([rule("all", {"score": "toxicity", "at_least": 0.0})], version=9)
).decode()


@pytest.fixture
def busy(client: TestClient) -> TestClient:
    """A service with comments in its database."""
    texts = [
        "شكرا على المقال",
        "يا حمار",
        "هذا غبي",
        "هذا تعليق عادي <script>x()</script> \u202e عكس",
    ]
    for number, text in enumerate(texts):
        response = client.post("/v1/moderate", json={"text": text, "id": f"e{number}"})
        assert response.status_code == 200
    return client


@pytest.mark.parametrize(
    ("lang", "dir", "words"),
    [("ar", "rtl", ["سياسة النشر", "ماذا يحجز حدٌّ بعينه؟"]), ("en", "ltr", ["Rules in use"])],
)
def test_both_languages(busy: TestClient, lang: str, dir: str, words: list[str]) -> None:
    answer = busy.get(f"/policy?lang={lang}")
    assert answer.status_code == 200
    assert f'<html lang="{lang}" dir="{dir}">' in answer.text
    for word in [*words, "insult-review", "best_f2"]:
        assert word in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text and "style=" not in answer.text


def test_what_a_threshold_holds(busy: TestClient) -> None:
    for threshold, held in ((0.0, 4), (0.5, 2), (0.9, 1)):
        page = busy.get(f"/policy?lang=en&attribute=insult&threshold={threshold}").text
        text = re.sub(r"<[^>]+>", "", page)
        assert f"This threshold holds {held} of 4" in text
    assert busy.get("/policy?threshold=2").status_code == 422
    assert busy.get("/policy?attribute=colour").status_code == 422


def test_a_new_policy_is_tried_and_not_used(busy: TestClient) -> None:
    before = busy.get("/readyz").json()["policy"]
    answer = busy.post("/policy", data={"text": STRICT, "lang": "en"})
    assert answer.status_code == 200
    text = html.unescape(re.sub(r"<[^>]+>", " ", answer.text))
    assert re.search(r"review\s+4\s+\(\s*100.0%", text)
    assert re.search(r"from approve to review\s*:\s*2", text)
    assert "+ all: toxicity ≥ 0" in text
    assert busy.get("/readyz").json()["policy"] == before


def test_comments_in_the_sample_are_escaped(busy: TestClient) -> None:
    page = busy.post("/policy", data={"text": STRICT, "lang": "ar"}).text
    assert "<script>x" not in page
    assert "هذا تعليق عادي &lt;script&gt;x()&lt;/script&gt; عكس</bdi>" in page
    assert "\u202e" not in page


def test_a_wrong_policy_is_told_line_by_line(busy: TestClient) -> None:
    wrong = STRICT.replace("toxicity", "toxcity")
    answer = busy.post("/policy", data={"text": wrong, "lang": "ar"})
    assert answer.status_code == 422
    assert "policy.yaml, line" in answer.text and "Did you mean toxicity?" in answer.text
    assert "toxcity" in answer.text


def test_only_for_this_machine(open_client: OpenClient) -> None:
    with open_client(address="10.0.0.9") as client:
        assert client.get("/policy").status_code == 401
        assert client.post("/policy", data={"text": STRICT}).status_code == 401
    with open_client() as client:
        create_key(client.app.state.service.engine, "cms", [Scope.READ])  # type: ignore[attr-defined]
        assert client.get("/policy").status_code == 401


@pytest.fixture
def elsewhere(open_client: OpenClient) -> Iterator[TestClient]:
    """A browser on another machine, of a service that has API keys."""
    with open_client(address="10.0.0.9") as client:
        create_key(client.app.state.service.engine, "cms", [Scope.READ])  # type: ignore[attr-defined]
        yield client


def signed_in(client: TestClient, role: Role) -> str:
    """Sign somebody in with this role; returns what their forms carry."""
    engine, now = client.app.state.room.engine, datetime.now(UTC)  # type: ignore[attr-defined]
    make_account(engine, role.value, [role], now=now)
    token = sign_in(engine, role.value, PASSWORD, "10.0.0.9", now)
    client.cookies.set(COOKIE, token)
    return csrf_token(token)


@pytest.mark.parametrize("role", [Role.LEAD, Role.ENGINEER])
def test_for_whoever_is_signed_in(elsewhere: TestClient, role: Role) -> None:
    csrf = signed_in(elsewhere, role)
    page = elsewhere.get("/policy")
    assert page.status_code == 200
    assert f'name="csrf" value="{csrf}"' in page.text and 'href="/review"' in page.text
    # With "no-referrer", browsers send "Origin: null" with the form.
    assert page.headers["referrer-policy"] == "same-origin"
    form = {"text": STRICT, "csrf": csrf, "lang": "en"}
    tried = elsewhere.post("/policy", data=form, headers={"origin": "http://127.0.0.1:8000"})
    assert tried.status_code == 200 and "+ all: toxicity ≥ 0" in html.unescape(tried.text)
    assert f'name="csrf" value="{csrf}"' in tried.text


def test_only_from_our_own_forms(elsewhere: TestClient) -> None:
    csrf = signed_in(elsewhere, Role.LEAD)
    refused: list[tuple[dict[str, str], dict[str, str]]] = [
        ({}, {}),
        ({"csrf": "another"}, {}),
        ({"csrf": csrf}, {"origin": "https://evil.example"}),
        ({"csrf": csrf}, {"sec-fetch-site": "cross-site"}),
    ]
    for form, headers in refused:
        answer = elsewhere.post("/policy", data={"text": STRICT, **form}, headers=headers)
        assert answer.status_code == 403


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.AUDITOR])
def test_not_for_every_role(elsewhere: TestClient, role: Role) -> None:
    csrf = signed_in(elsewhere, role)
    assert elsewhere.get("/policy").status_code == 403
    assert elsewhere.post("/policy", data={"text": STRICT, "csrf": csrf}).status_code == 403


def test_a_made_up_session_opens_nothing(elsewhere: TestClient) -> None:
    elsewhere.cookies.set(COOKIE, "made-up")
    answer = elsewhere.get("/policy")
    assert answer.status_code == 401 and answer.json()["error"]["code"] == "unauthorized"


def test_the_language_of_the_account(elsewhere: TestClient) -> None:
    signed_in(elsewhere, Role.LEAD)
    engine = elsewhere.app.state.room.engine  # type: ignore[attr-defined]
    assert '<html lang="ar"' in elsewhere.get("/policy").text
    (record,) = list_accounts(engine)
    set_preferences(engine, record.account.id, {"language": "en"}, datetime.now(UTC))
    assert '<html lang="en"' in elsewhere.get("/policy").text
    assert '<html lang="ar"' in elsewhere.get("/policy?lang=ar").text


def test_at_this_machine_nobody_needs_to_sign_in(client: TestClient) -> None:
    assert 'name="csrf"' not in client.get("/policy").text


def test_charts() -> None:
    scores = [0.0, 0.04, 0.05, 0.999, 1.0]
    assert histogram(scores)[:2] == [2, 1] and histogram(scores)[-1] == 2
    assert held_share(scores, 0.05) == 0.6
    assert held_share([], 0.5) == 0
    chart = threshold_chart(histogram(scores), [(0.0, 1.0)], {"<b>": 0.5}, 0.2, 'a"b')
    assert "<b>" not in chart and "&lt;b&gt;" in chart and 'aria-label="a&#34;b"' in chart
    assert chart.count("<rect") == 20
