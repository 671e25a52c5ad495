"""/v1/articles/{id}/summary."""

from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from moderation.store import Scope, create_key
from tests.api.answers import assert_error, service_of
from tests.api.conftest import OpenClient

MINISTRY = "وزارة التعليم"


def send(client: TestClient, id: str, text: str, **context: object) -> None:
    """Moderate a comment."""
    body = {"id": id, "text": text, "context": context}
    assert client.post("/v1/moderate", json=body).status_code == 200


def address(article_id: str) -> str:
    """The summary's path, with all that is special in the id escaped."""
    return f"/v1/articles/{quote(article_id, safe='')}/summary"


def test_an_article_in_numbers(client: TestClient) -> None:
    about = {
        "article_id": "تعليم/2026/رسوم?",
        "title": "الوزارة ترفع الرسوم",
        "lead": "أعلنت الوزارة أمس…",
        "section": "تعليم",
    }
    send(client, "a-1", "قرار يظلم الطلاب", **about, targets=[MINISTRY])
    send(client, "a-2", "يا حمار", **about, targets=[MINISTRY, "رفع الرسوم"])
    send(client, "a-3", "هذا غبي", **about)
    send(client, "a-4", "تعليق على مقال آخر", article_id="آخر")
    found = client.get(address("تعليم/2026/رسوم?"))
    assert found.status_code == 200
    answer = found.json()
    [slot] = answer.pop("series")
    first, last = answer.pop("first_at"), answer.pop("last_at")
    assert slot.pop("start") <= first <= last
    assert slot == {"approve": 1, "review": 1, "reject": 1}
    # The scorer of these tests: P(positive) is 0.3, P(negative) 0.2.
    mean = answer["sentiment"].pop("mean")
    assert mean == pytest.approx(0.1)
    assert answer == {
        "id": "تعليم/2026/رسوم?",
        "title": "الوزارة ترفع الرسوم",
        "lead": "أعلنت الوزارة أمس…",
        "section": "تعليم",
        "comments": 3,
        "cut": False,
        "decisions": {"approve": 1, "review": 1, "reject": 1},
        "decided_by": {"policy": 3, "human": 0},
        "sentiment": {
            "comments": 3,
            "negative": 0,
            "neutral": 3,
            "positive": 0,
            "unscored": 0,
        },
        "stance": [
            {"target": MINISTRY, "comments": 2, "favor": 0, "against": 2, "neutral": 0},
            {"target": "رفع الرسوم", "comments": 1, "favor": 0, "against": 1, "neutral": 0},
        ],
        "step": "hour",
    }


def test_one_target(client: TestClient) -> None:
    send(client, "t-1", "رأي أول", article_id="هدف", targets=[MINISTRY])
    send(client, "t-2", "رأي ثانٍ", article_id="هدف")
    path = address("هدف")
    assert client.get(path).json()["comments"] == 2
    answer = client.get(path, params={"target": MINISTRY}).json()
    assert answer["comments"] == 1
    assert [each["target"] for each in answer["stance"]] == [MINISTRY]
    assert_error(client.get(path, params={"target": "غيرها"}), 404, "not_found")
    assert_error(client.get(path, params={"target": ""}), 422, "invalid_request")


def test_unknown_articles(client: TestClient) -> None:
    assert_error(client.get(address("لا شيء")), 404, "not_found")
    assert_error(client.get("/v1/articles//summary"), 404, "not_found")
    assert_error(client.get(address("ط" * 257)), 422, "invalid_request")


def test_an_id_may_end_like_the_route(client: TestClient) -> None:
    send(client, "s-1", "رأي", article_id="a/summary")
    assert client.get(address("a/summary")).json()["id"] == "a/summary"
    assert_error(client.get(address("a")), 404, "not_found")


def test_it_takes_a_key_that_may_read(open_client: OpenClient) -> None:
    with open_client() as client:
        send(client, "k-1", "رأي", article_id="م")
        engine = service_of(client).engine
        keys = {scope: create_key(engine, scope.value, [scope]) for scope in Scope}
        for scope, key in keys.items():
            headers = {"Authorization": f"Bearer {key}"}
            status = client.get(address("م"), headers=headers).status_code
            assert status == (200 if scope is Scope.READ else 403), scope
        assert_error(client.get(address("م")), 401, "unauthorized")
