"""The start page: both languages, the form, hostile text."""

import html
import re

import pytest
from fastapi.testclient import TestClient

from tests.api.answers import assert_error, rows
from tests.api.conftest import OpenClient
from tests.fakes import FailingScorer

RLO, PDF, RLI = "\u202e", "\u202c", "\u2067"


@pytest.mark.parametrize(
    ("query", "lang", "dir", "words"),
    [
        ("", "ar", "rtl", ["ميزان", "جرّب تعليقًا", "قيّم التعليق"]),
        ("?lang=ar", "ar", "rtl", ["الرأي المخالف ليس إساءة"]),
        ("?lang=en", "en", "ltr", ["Mizan", "Try a comment", "Disagreement is not abuse"]),
    ],
)
def test_both_languages(
    client: TestClient, query: str, lang: str, dir: str, words: list[str]
) -> None:
    answer = client.get(f"/{query}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f'<html lang="{lang}" dir="{dir}">' in answer.text
    for word in words:
        assert word in answer.text


def test_nothing_is_loaded_from_elsewhere(client: TestClient) -> None:
    answer = client.get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert "form-action 'self'" in policy
    page = answer.text
    assert "<script" not in page and "style=" not in page and "http" not in page
    for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("text", "lang", "verdict", "reason"),
    [
        ("أحسنتم", "ar", "يُنشر", "لا تنطبق"),
        ("يا غبي", "ar", "يُحال إلى المراجعة", "قد تكون فيه إهانة"),
        ("يا حمار", "ar", "لا يُنشر", "إهانة صريحة"),
        ("أحسنتم", "en", "Publish", "No rule matched"),
        ("ya 7mar", "en", "Reject", "Plain insult"),
    ],
)
def test_a_comment_is_weighed_and_not_stored(
    client: TestClient, text: str, lang: str, verdict: str, reason: str
) -> None:
    before = rows(client)
    answer = client.post("/", data={"text": text, "target": "الوزير", "lang": lang})
    assert answer.status_code == 200
    assert f"<h2>{verdict}</h2>" in answer.text
    assert reason in answer.text
    assert "<bdi>الوزير</bdi>" in answer.text
    assert f">{text}</textarea>" in answer.text
    assert answer.headers["content-security-policy"]
    assert rows(client) == before


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "</textarea><img src=x onerror=alert(1)>",
        '" autofocus onfocus="alert(1)',
        "' onmouseover='alert(1)",
        "{{ 7 * 7 }}{% raw %}",
        "&lt;b&gt; &amp;amp;",
        f"{RLO}نص معكوس{PDF} {RLI} لا يُغلق",
    ],
)
def test_hostile_text_stays_text(client: TestClient, hostile: str) -> None:
    page = client.post("/", data={"text": hostile, "target": hostile}).text
    escaped = html.escape(hostile).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
    assert f">{escaped}</textarea>" in page
    assert f'value="{escaped}"' in page
    # What turns the direction stays inside an element that isolates it.
    assert f"<bdi>{escaped}</bdi>" in page
    assert page.count(RLO) == 3 * hostile.count(RLO)
    assert "<script" not in page and "<img" not in page


@pytest.mark.parametrize(
    ("text", "lang", "problem"),
    [
        ("", "ar", "اكتب تعليقًا أولًا."),
        ("\u200b\u202e \r\n", "en", "Write a comment first."),
        ("م" * 20_481, "ar", "التعليق أطول من الحد المسموح به."),
        ("م" * 20_481, "en", "The comment is longer than allowed."),
    ],
)
def test_a_problem_is_told_on_the_page(
    client: TestClient, text: str, lang: str, problem: str
) -> None:
    answer = client.post("/", data={"text": text, "lang": lang})
    assert answer.status_code == 422
    assert f'role="alert">{problem}</p>' in answer.text


def test_line_ends_of_a_form_count_once(client: TestClient) -> None:
    assert client.post("/", data={"text": "م\r\n" * 10_240}).status_code == 200


@pytest.mark.parametrize(
    "data", [{"text": "x", "target": "م" * 201}, {"text": "x", "lang": "fr"}]
)
def test_fields_that_no_form_of_ours_sends(client: TestClient, data: dict[str, str]) -> None:
    assert_error(client.post("/", data=data), 422, "invalid_request")


URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
UPLOAD = b"""--x\r
Content-Disposition: form-data; name="text"; filename="a"\r
\r
b\r
--x--\r
"""


@pytest.mark.parametrize(
    ("body", "type", "status"),
    [
        (b"text=%FF%FE&target=%ED%A0%80", URLENCODED, 200),
        (b"text", URLENCODED, 422),
        (b"&" * 100_000, URLENCODED, 422),
        (b"text=a&" * 100_000, URLENCODED, 400),
        (b"--x\r\nbroken", MULTIPART, 422),
        (b"", "multipart/form-data", 400),
        (UPLOAD, MULTIPART, 422),
        (b'{"text": "x"}', "application/json", 422),
    ],
    ids=range(8),
)
def test_forms_that_are_none(client: TestClient, body: bytes, type: str, status: int) -> None:
    answer = client.post("/", content=body, headers={"content-type": type})
    assert answer.status_code == status
    if answer.headers["content-type"] == "application/json":
        assert_error(answer, status, "invalid_request")


def test_an_oversized_form(client: TestClient) -> None:
    answer = client.post("/", data={"text": "م" * 1_000_000})
    assert_error(answer, 413, "body_too_large")


def test_a_comment_that_cannot_be_scored(open_client: OpenClient) -> None:
    with open_client(FailingScorer()) as client:
        page = client.post("/", data={"text": "أحسنتم", "lang": "en"}).text
        assert "<h2>Send to review</h2>" in page
        assert "<table" not in page
