"""When the model or the database fails: told, nothing half-written, well again afterwards."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event
from structlog.testing import capture_logs

from moderation.scoring import Scorer
from tests.api.answers import assert_error, rows, service_of
from tests.api.conftest import OpenClient
from tests.fakes import BrokenScorer, FailingScorer

SECRET = "نص لا يُكتب في السجل"
COMMENTS = {"comments": [{"id": "f-1", "text": SECRET}, {"id": "f-2", "text": "يا حمار"}]}


@contextmanager
def changed_connections(client: TestClient, pragma: str) -> Iterator[None]:
    """Every connection runs ``pragma`` first, and all are new, before and after."""

    def on_connect(connection: sqlite3.Connection, _entry: object) -> None:
        connection.execute(pragma)

    engine = service_of(client).engine
    event.listen(engine, "connect", on_connect)
    engine.dispose()
    yield
    event.remove(engine, "connect", on_connect)
    engine.dispose()


@contextmanager
def locked(client: TestClient) -> Iterator[None]:
    """Another process holds the write lock."""
    path = service_of(client).engine.url.database or ""
    with changed_connections(client, "PRAGMA busy_timeout = 50"):
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def read_only(client: TestClient) -> Iterator[None]:
    """The disk was remounted."""
    with changed_connections(client, "PRAGMA query_only = ON"):
        yield


@pytest.mark.parametrize("trouble", [locked, read_only])
def test_a_database_that_cannot_be_written(
    open_client: OpenClient,
    trouble: Callable[[TestClient], AbstractContextManager[None]],
) -> None:
    with open_client() as client:
        with trouble(client), capture_logs() as logs:
            answer = client.post("/v1/moderate", json=COMMENTS)
            error = assert_error(answer, 503, "store_unavailable")
            assert client.post("/v1/score", json=COMMENTS).status_code == 200
        assert SECRET not in f"{error} {logs}"
        assert rows(client) == 0
        again = client.post("/v1/moderate", json=COMMENTS)
        assert [item["version"] for item in again.json()["comments"]] == [1, 1]


def test_a_database_that_is_gone(open_client: OpenClient) -> None:
    with open_client() as client:
        engine = service_of(client).engine
        folder = Path(engine.url.database or "").parent
        away = folder.with_name(f"{folder.name}-away")
        engine.dispose()
        folder.rename(away)
        for method, path in [
            ("POST", "/v1/moderate"),
            ("POST", "/v1/score"),
            ("GET", "/v1/comments/f-1"),
            ("GET", "/"),
        ]:
            answer = client.request(method, path, json=COMMENTS if method == "POST" else None)
            assert_error(answer, 503, "store_unavailable")
        answer = client.get("/readyz")
        assert assert_error(answer, 503, "not_ready")["details"] == {"failed": ["store"]}
        assert client.get("/healthz").status_code == 200
        away.rename(folder)
        assert client.get("/readyz").status_code == 200
        assert client.post("/v1/moderate", json=COMMENTS).status_code == 200


def test_one_comment_that_cannot_be_scored(open_client: OpenClient) -> None:
    with open_client(FailingScorer(SECRET)) as client:
        failed, other = client.post("/v1/moderate", json=COMMENTS).json()["comments"]
        assert failed["scores"] is None
        assert failed["decision"]["action"] == "review"
        [reason] = failed["decision"]["reasons"]
        assert reason["code"] == "not_scored"
        assert reason["message"]["ar"] and reason["message"]["en"]
        assert other["decision"]["action"] == "reject"
        scored = client.post("/v1/score", json=COMMENTS).json()["comments"]
        assert [item["scores"] is None for item in scored] == [True, False]
        stored = client.get("/v1/comments/f-1").json()
        assert stored["scores"] is None
        assert stored["decision"] == failed["decision"]


@pytest.mark.parametrize("scorer", [BrokenScorer(), FailingScorer()])
def test_a_scorer_that_scores_nothing(open_client: OpenClient, scorer: Scorer) -> None:
    with open_client(scorer) as client, capture_logs() as logs:
        items = client.post("/v1/moderate", json=COMMENTS).json()["comments"]
        assert [item["decision"]["action"] for item in items] == ["review", "review"]
        assert client.post("/v1/score", json={"text": SECRET}).json()["scores"] is None
        page = client.post("/", data={"text": SECRET})
        assert page.status_code == 200 and "تعذّر تقييم" in page.text
        ready = client.get("/readyz")
        assert assert_error(ready, 503, "not_ready")["details"] == {"failed": ["model"]}
    assert SECRET not in repr(logs)


def test_ready_says_what_it_runs(client: TestClient) -> None:
    answer = client.get("/readyz").json()
    assert answer["status"] == "ready"
    assert answer["model"] == {"id": "fake", "sha256": "f" * 64}
    assert answer["policy"]["id"] == "default"
