"""The editors' page: rules in use, thresholds, a new policy on past comments."""

import html
import re

import pytest
from fastapi.testclient import TestClient

from moderation.charts import held_share, histogram, threshold_chart
from moderation.store import Scope, create_key
from tests.policy.samples import content, rule, written

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


def test_charts() -> None:
    scores = [0.0, 0.04, 0.05, 0.999, 1.0]
    assert histogram(scores)[:2] == [2, 1] and histogram(scores)[-1] == 2
    assert held_share(scores, 0.05) == 0.6
    assert held_share([], 0.5) == 0
    chart = threshold_chart(histogram(scores), [(0.0, 1.0)], {"<b>": 0.5}, 0.2, 'a"b')
    assert "<b>" not in chart and "&lt;b&gt;" in chart and 'aria-label="a&#34;b"' in chart
    assert chart.count("<rect") == 20
