"""What answers must look like."""

from typing import Any, cast

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import func, select

from moderation.api.state import Service
from moderation.store import reading
from moderation.store.tables import comment_versions, comments, decisions, scores


def service_of(client: TestClient) -> Service:
    """The service behind a client."""
    return cast(Service, cast(FastAPI, client.app).state.service)


def rows(client: TestClient) -> int:
    """How much is stored, whole or half."""
    with reading(service_of(client).engine) as connection:
        return sum(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (comments, comment_versions, decisions, scores)
        )


def assert_error(
    response: Response, status: int, code: str, field: str | None = None
) -> dict[str, Any]:
    """Assert that this is the one error body, and return what is in it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert set(body) == {"error"}
    error: dict[str, Any] = body["error"]
    assert set(error) == {"code", "message", "details"}
    assert error["code"] == code
    assert isinstance(error["message"], str) and error["message"]
    assert isinstance(error["details"], dict)
    if field is not None:
        assert error["details"]["field"] == field
    assert response.headers["x-request-id"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert ("retry-after" in response.headers) == (status in (429, 503))
    return error
