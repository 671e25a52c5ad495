"""Everything a caller can get wrong: status, code, the path of the field, nothing stored."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from moderation.domain import MAX_COMMENT_CHARS
from tests.api.answers import assert_error, rows

JSON = {"content-type": "application/json"}
SECRET = "كلمة لا تظهر في خطأ"

INVALID: dict[str, tuple[Any, str, str]] = {
    "nothing": ({}, "invalid_request", "text"),
    "text is null": ({"text": None}, "invalid_request", "text"),
    "text is a number": ({"text": 5}, "invalid_request", "text"),
    "text is a list": ({"text": [SECRET]}, "invalid_request", "text"),
    "unknown field": ({"text": SECRET, "lang": "ar"}, "invalid_request", "lang"),
    "unknown field in context": (
        {"text": SECRET, "context": {"url": "x"}},
        "invalid_request",
        "context.url",
    ),
    "id is a number": ({"text": SECRET, "id": 7}, "invalid_request", "id"),
    "id is empty": ({"text": SECRET, "id": ""}, "invalid_request", "id"),
    "id has a line end": ({"text": SECRET, "id": "a\nb"}, "invalid_request", "id"),
    "id ends in a line end": ({"text": SECRET, "id": "a\n"}, "invalid_request", "id"),
    "id has NUL": ({"text": SECRET, "id": "a\0"}, "invalid_request", "id"),
    "id is too long": ({"text": SECRET, "id": "م" * 257}, "invalid_request", "id"),
    "author is a number": ({"text": SECRET, "author_id": 1}, "invalid_request", "author_id"),
    "context is a list": ({"text": SECRET, "context": []}, "invalid_request", "context"),
    "title is too long": (
        {"text": SECRET, "context": {"title": "ع" * 1001}},
        "invalid_request",
        "context.title",
    ),
    "parent is too long": (
        {"text": SECRET, "context": {"parent": "ع" * 20_481}},
        "invalid_request",
        "context.parent",
    ),
    "too many targets": (
        {"text": SECRET, "context": {"targets": ["أ", "ب", "ج", "د", "ه"]}},
        "invalid_request",
        "context.targets",
    ),
    "targets are text": (
        {"text": SECRET, "context": {"targets": "الوزير"}},
        "invalid_request",
        "context.targets",
    ),
    "an empty target": (
        {"text": SECRET, "context": {"targets": ["أ", ""]}},
        "invalid_request",
        "context.targets.1",
    ),
    "an overlong target": (
        {"text": SECRET, "context": {"targets": ["أ" * 201]}},
        "invalid_request",
        "context.targets.0",
    ),
    "no comments": ({"comments": []}, "invalid_request", "comments"),
    "comments are one": ({"comments": {"text": SECRET}}, "invalid_request", "comments"),
    "a comment is a text": (
        {"comments": [{"text": SECRET}, SECRET]},
        "invalid_request",
        "comments.1",
    ),
    "a comment lacks text": (
        {"comments": [{"text": SECRET}, {"id": "x"}]},
        "invalid_request",
        "comments.1.text",
    ),
    "one and many": (
        {"comments": [{"text": SECRET}], "text": SECRET},
        "invalid_request",
        "text",
    ),
    "one id, two texts": (
        {"comments": [{"id": "d", "text": SECRET}, {"id": "d", "text": "غيره"}]},
        "duplicate_id",
        "comments.1.id",
    ),
    "an empty one of two": (
        {"comments": [{"text": SECRET}, {"text": " \n"}]},
        "comment_empty",
        "comments.1.text",
    ),
    "an empty one of one": ({"comments": [{"text": ""}]}, "comment_empty", "comments.0.text"),
    "overlong": ({"text": "م" * (MAX_COMMENT_CHARS + 1)}, "comment_too_long", "text"),
    "a list": ([{"text": SECRET}], "invalid_request", ""),
    "a text": (SECRET, "invalid_request", ""),
    "a number": (12, "invalid_request", ""),
    "null": (None, "invalid_request", ""),
}

UNREADABLE = {
    "empty": b"",
    "broken": b'{"text": "' + SECRET.encode() + b'"',
    "two values": b'{"text": "a"} {"text": "b"}',
    "not UTF-8": b'{"text": "\xe3\xe4\xc7"}',
    "deeply nested list": b"[" * 100_000,
    "deeply nested text": b'{"text":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "deeply nested objects": b'{"context":' * 50_000 + b"1" + b"}" * 50_000,
    "an overlong number": b'{"text": ' + b"9" * 10_000 + b"}",
    "NaN": b'{"text": NaN}',
    "surrogate in an id": rb'{"text": "a", "id": "\ud800"}',
    "surrogate in a name": rb'{"text": "a", "\ud800": 1}',
}

BLANK = {
    "empty": "",
    "spaces": " \t\r\n\u00a0\u3000\u2028",
    "invisible": "\u200b\u200c\u200d\u2060\ufeff\u00ad\u061c",
    "bidi controls": "\u202a\u202e\u202c\u2066\u2067\u2069\u200e\u200f",
    "marks": "\u064b\u0651\u0670\u0301",
    "5,000 marks": "\u064e" * 5000,
    "tatweel": "ـــ",
    "controls": "\0\x01\x1b\x7f",
    "variation selectors": "\ufe0f\ufe0e",
}

HOSTILE = {
    "one letter": "ه" * 20_000,
    "emojis": "😡" * 10_000,
    "marks on a letter": "م" + "\u0651" * 5000,
    "marks of many kinds": "".join(f"م{mark * 600}" for mark in "\u0301\u0489\u064b\u0670"),
    "NUL": "سلام\0\0عليكم",
    "bidi overrides": "\u202eنص معكوس\u202d\u2066\u2067" * 100,
    "unpaired isolates": "\u2067" * 3000 + "نص",
    "spelled out": "ح.م.ا.ر" * 2000,
    "dots": "." * 20_000,
    "digits": "7" * 20_000,
    "links": "https://example.com/" * 1000,
    "addresses": "a@b." * 5000,
    "at signs": "@" * 20_000,
    "ligatures": "ﷺ﷽" * 5000,
    "private use": "\ue000\U0010ffff" * 1000,
    "the longest": "كلام " * (MAX_COMMENT_CHARS // 5),
    "special tokens": "[CLS] [SEP] [MASK] [PAD] [UNK]",
    "escapes": "\x1b[2J\x1b]0;عنوان\x07",
    "markup": "<script>alert('ن')</script>{{ 7*7 }}${jndi:ldap://x}",
    "SQL": "'; DROP TABLE comments; --",
}


@pytest.fixture(autouse=True)
def nothing_stored(request: pytest.FixtureRequest, client: TestClient) -> Iterator[None]:
    """A refused request leaves nothing behind."""
    before = rows(client)
    yield
    if "hostile" not in request.node.name:
        assert rows(client) == before


@pytest.mark.parametrize("route", ["/v1/score", "/v1/moderate"])
@pytest.mark.parametrize("case", INVALID)
def test_invalid(client: TestClient, route: str, case: str) -> None:
    body, code, field = INVALID[case]
    answer = client.post(route, content=json.dumps(body), headers=JSON)
    assert_error(answer, 422, code, field)
    assert SECRET not in answer.text


@pytest.mark.parametrize("case", UNREADABLE)
def test_unreadable(client: TestClient, case: str) -> None:
    answer = client.post("/v1/moderate", content=UNREADABLE[case], headers=JSON)
    assert answer.status_code in (400, 422)
    code = answer.json()["error"]["code"]
    assert code in ("invalid_request", "invalid_json")
    assert_error(answer, answer.status_code, code)
    assert SECRET not in answer.text


def test_broken_json_has_a_code_of_its_own(client: TestClient) -> None:
    answer = client.post("/v1/moderate", content=b"{", headers=JSON)
    assert_error(answer, 422, "invalid_json")


@pytest.mark.parametrize("type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_form_of_another_site_cannot_post_json(client: TestClient, type: str) -> None:
    body = json.dumps({"text": SECRET})
    answer = client.post("/v1/moderate", content=body, headers={"content-type": type})
    assert_error(answer, 422, "invalid_request")


@pytest.mark.parametrize("case", BLANK)
def test_a_comment_without_anything_to_read(client: TestClient, case: str) -> None:
    answer = client.post("/v1/moderate", json={"text": BLANK[case]})
    assert_error(answer, 422, "comment_empty", "text")


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_texts_are_comments_like_others(client: TestClient, case: str) -> None:
    posted = client.post("/v1/moderate", json={"text": HOSTILE[case]})
    assert posted.status_code == 200
    stored = client.get(f"/v1/comments/{posted.json()['id']}")
    assert stored.json()["text"] == HOSTILE[case]


def big_body(size: int) -> bytes:
    """A valid request of exactly ``size`` bytes."""
    body = b'{"text": "' + SECRET.encode() + b'"}'
    return body + b" " * (size - len(body))


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("route", ["/v1/moderate", "/v1/score", "/", "/nowhere"])
def test_a_body_over_the_limit(client: TestClient, route: str, chunked: bool) -> None:
    body = big_body(1_048_577)
    # An iterator is sent in chunks, without a Content-Length.
    content = iter([body[:500_000], body[500_000:]]) if chunked else body
    answer = client.post(route, content=content, headers=JSON)
    error = assert_error(answer, 413, "body_too_large")
    assert error["details"] == {"limit": 1_048_576}


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_at_the_limit(client: TestClient, chunked: bool) -> None:
    body = big_body(1_048_576)
    content = iter([body[:500_000], body[500_000:]]) if chunked else body
    assert client.post("/v1/score", content=content, headers=JSON).status_code == 200


@pytest.mark.parametrize(
    ("length", "status", "code"),
    [
        ("-5", 400, "invalid_request"),
        ("abc", 400, "invalid_request"),
        ("1e3", 400, "invalid_request"),
        ("+5", 400, "invalid_request"),
        (" ", 400, "invalid_request"),
        ("\u00b2", 400, "invalid_request"),
        ("5, 5", 400, "invalid_request"),
        ("1048577", 413, "body_too_large"),
        ("9" * 5000, 413, "body_too_large"),
    ],
)
def test_a_content_length_that_lies(
    client: TestClient, length: str, status: int, code: str
) -> None:
    given = (b"content-length", length.encode("latin-1"))
    headers = [(b"content-type", b"application/json"), given]
    answer = client.post("/v1/moderate", content=b'{"text": "x"}', headers=headers)
    assert_error(answer, status, code)


def test_a_short_content_length_does_not_smuggle_a_long_body(client: TestClient) -> None:
    headers = JSON | {"content-length": "5"}
    answer = client.post("/v1/moderate", content=big_body(1_048_577), headers=headers)
    assert_error(answer, 413, "body_too_large")
