"""Overload, request ids, metrics, headers."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import Message, Receive, Scope, Send
from structlog.testing import capture_logs

from moderation.api.limits import BodyLimit
from tests.api.answers import assert_error, rows
from tests.api.conftest import OpenClient
from tests.fakes import BlockedScorer, FailingScorer

BODY = {"text": "أحسنتم"}


@contextmanager
def in_flight(client: TestClient, scorer: BlockedScorer) -> Iterator[Future[Response]]:
    """One request is being answered."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.post, "/v1/moderate", json=BODY)
        try:
            assert scorer.entered.wait(timeout=30)
            yield waiting
        finally:
            scorer.release.set()


def test_a_full_house_refuses_at_once_and_recovers(open_client: OpenClient) -> None:
    scorer = BlockedScorer()
    with open_client(scorer, max_in_flight=1) as client:
        with in_flight(client, scorer) as waiting:
            before = rows(client)
            for method, path in [("POST", "/v1/moderate"), ("POST", "/v1/score"), ("GET", "/")]:
                answer = client.request(method, path, json=BODY)
                assert_error(answer, 429, "overloaded")
                assert int(answer.headers["retry-after"]) >= 1
            assert rows(client) == before
            assert client.get("/healthz").status_code == 200
            assert metric(client, "mizan_requests_in_flight") == 1
        assert waiting.result().status_code == 200
        assert client.post("/v1/moderate", json=BODY).status_code == 200
        assert metric(client, "mizan_requests_in_flight") == 0


def test_half_a_body_is_no_request() -> None:
    """The caller hung up; what came until then may well look whole."""
    reached: list[Scope] = []
    sent: list[Message] = []
    half = {"type": "http.request", "body": b'{"text": "x"}', "more_body": True}
    messages: list[Message] = [{"type": "http.disconnect"}, half]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope)

    async def receive() -> Message:
        return messages.pop()

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "headers": [(b"content-length", b"100")]}
    asyncio.run(BodyLimit(app, max_bytes=1000, seconds=60)(scope, receive, send))
    assert reached == sent == []


def test_a_sender_that_stalls_is_let_go() -> None:
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("half a body was handed on")

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError("never set")

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "headers": [(b"content-length", b"100")]}
    asyncio.run(BodyLimit(app, max_bytes=1000, seconds=0.01)(scope, receive, send))
    assert sent[0]["status"] == 408
    assert b"body_too_slow" in sent[1]["body"]


def test_refused_and_failed_requests_free_their_place(open_client: OpenClient) -> None:
    with open_client(max_in_flight=1) as client:
        for _ in range(3):
            assert client.post("/v1/moderate", content=b"{").status_code == 422
            assert client.post("/v1/moderate", content=b"x" * 1_100_000).status_code == 413
            assert client.get("/nowhere").status_code == 404
        assert client.post("/v1/moderate", json=BODY).status_code == 200


@pytest.mark.parametrize("given", ["a", "req-1.2_3", "A" * 64])
def test_a_request_id_is_echoed(client: TestClient, given: str) -> None:
    with capture_logs() as logs:
        answer = client.get("/healthz", headers={"x-request-id": given})
    assert answer.headers.get_list("x-request-id") == [given]
    assert [log["event"] for log in logs] == ["request"]


@pytest.mark.parametrize(
    "given", ["", "A" * 65, "a b", "a\tb", "<b>", "a;b", b"\xd9\x85", "a\x00b", '"}'],
    ids=repr,
)  # fmt: skip
def test_an_unfit_request_id_is_replaced(client: TestClient, given: str | bytes) -> None:
    headers = [(b"x-request-id", given.encode() if isinstance(given, str) else given)]
    ids = {client.get("/healthz", headers=headers).headers["x-request-id"] for _ in range(2)}
    assert len(ids) == 2
    assert all(len(id) == 32 and set(id) <= set("0123456789abcdef") for id in ids)


@pytest.mark.parametrize("path", ["/", "/healthz", "/nowhere", "/static/start.css"])
def test_security_headers_are_everywhere(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


def metric(client: TestClient, name: str, **labels: str) -> float:
    """The value of a counter, 0 where it has not begun."""
    text = client.get("/metrics").text
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    return sum(
        s.value for s in samples if s.name == name and labels.items() <= s.labels.items()
    )


def test_metrics_count(open_client: OpenClient) -> None:
    with open_client(FailingScorer("خطأ")) as client:
        comments = [
            {"id": "1", "text": "أحسنتم"},
            {"id": "2", "text": "يا حمار"},
            {"id": "3", "text": "يا غبي"},
            {"id": "4", "text": "خطأ"},
            {"id": "1", "text": "أحسنتم"},  # twice in one request: one decision
        ]
        for _ in range(2):  # and nothing new the second time
            client.post("/v1/moderate", json={"comments": comments}).raise_for_status()
        client.post("/v1/moderate", json={"text": 5})
        client.get("/v1/comments/1")
        client.get("/v1/comments/none-such-id")
        client.get("/nowhere/secret-path")
        decisions = {
            action: metric(client, "mizan_decisions_total", action=action)
            for action in ("approve", "review", "reject")
        }
        assert decisions == {"approve": 1, "review": 2, "reject": 1}
        assert metric(client, "mizan_not_scored_total") == 1
        moderate = {"route": "/v1/moderate", "method": "POST"}
        assert metric(client, "mizan_requests_total", **moderate, status="200") == 2
        assert metric(client, "mizan_requests_total", **moderate, status="422") == 1
        assert metric(client, "mizan_requests_total", route="unknown", status="404") == 1
        assert metric(client, "mizan_request_seconds_count", route="/v1/moderate") == 3
        text = client.get("/metrics").text
        assert "secret-path" not in text and "none-such-id" not in text
