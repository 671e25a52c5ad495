"""One error body for every route and every status."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from moderation.domain import Scores
from moderation.store import Scope, create_key
from tests.api.answers import assert_error, service_of
from tests.api.conftest import OpenClient
from tests.fakes import FakeScorer

ROUTES = [
    ("POST", "/v1/score"),
    ("POST", "/v1/moderate"),
    ("GET", "/v1/comments/c-1"),
    ("GET", "/"),
    ("POST", "/"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
]
WITH_KEY = ROUTES[:3]


@pytest.mark.parametrize(
    "path", ["/nowhere", "/v1", "/v1/", "/v2/score", "/v1/comments/", "/ن"]
)
def test_404(client: TestClient, path: str) -> None:
    assert_error(client.get(path), 404, "not_found")


@pytest.mark.parametrize(
    "path", ["/static/none.css", "/static/../app.py", "/static/%2e%2e/app.py"]
)
def test_404_of_files(client: TestClient, path: str) -> None:
    assert_error(client.get(path), 404, "not_found")


@pytest.mark.parametrize("path", sorted({path for _, path in ROUTES}))
def test_405(client: TestClient, path: str) -> None:
    answer = client.request("PATCH", path)
    assert_error(answer, 405, "method_not_allowed")
    assert answer.headers["allow"]


@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("POST", "/v1/score", ""),
        ("POST", "/v1/moderate", ""),
        ("GET", f"/v1/comments/{'c' * 257}", "path.id"),
        ("GET", "/?lang=fr", "query.lang"),
    ],
)
def test_422(client: TestClient, method: str, path: str, field: str) -> None:
    assert_error(client.request(method, path), 422, "invalid_request", field)


@pytest.fixture(scope="module")
def locked_client(open_client: OpenClient) -> Iterator[TestClient]:
    """A service with keys, met without one."""
    with open_client() as client:
        create_key(service_of(client).engine, "coral", [Scope.ADMIN])
        yield client


@pytest.mark.parametrize(("method", "path"), [*WITH_KEY, ("POST", "/")])
def test_401(locked_client: TestClient, method: str, path: str) -> None:
    body = {"json": {"text": "أحسنتم"}} if path != "/" else {"data": {"text": "أحسنتم"}}
    answer = locked_client.request(method, path, **body if method == "POST" else {})  # type: ignore[arg-type]
    assert_error(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), WITH_KEY)
def test_403(locked_client: TestClient, method: str, path: str) -> None:
    key = create_key(service_of(locked_client).engine, f"{method} {path}", [Scope.ADMIN])
    body = {"text": "أحسنتم"} if method == "POST" else None
    answer = locked_client.request(method, path, json=body, headers={"x-api-key": key})
    assert_error(answer, 403, "forbidden")


class _Mistaken(FakeScorer):
    """Our own mistake, past every door: a list of the wrong length."""

    def score(self, comments: object) -> list[Scores | None]:
        """Return nothing at all."""
        return []


@pytest.mark.parametrize("path", ["/v1/score", "/v1/moderate", "/", "/readyz"])
def test_500(open_client: OpenClient, path: str) -> None:
    text = "نص لا يُكتب في السجل"
    with open_client(_Mistaken()) as client, capture_logs() as logs:
        if path == "/readyz":
            answer = client.get(path)
        elif path == "/":
            answer = client.post(path, data={"text": text})
        else:
            answer = client.post(path, json={"text": text})
        assert_error(answer, 500, "internal_error")
        assert answer.json()["error"]["details"] == {}
        assert client.get("/healthz").status_code == 200
    [entry] = [log for log in logs if log["event"] == "unexpected_error"]
    assert set(entry) == {"event", "log_level", "error", "at"}
    assert text not in repr(logs)
