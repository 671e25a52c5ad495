"""One error body for every route: ``{"error": {"code", "message", "details"}}``."""

import traceback
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from moderation.errors import InvalidInputError, MizanError

log = structlog.get_logger()

_HTTP_CODES = {400: "invalid_request", 404: "not_found", 405: "method_not_allowed"}
_HEADERS = {
    401: {"WWW-Authenticate": "Bearer"},
    429: {"Retry-After": "1"},
    503: {"Retry-After": "5"},
}
# Names that FastAPI and pydantic put into a location and the caller never sent.
_INTERNAL_LOCATIONS = {"body", "one", "many"}


def error_response(
    status: int, code: str, message: str, details: dict[str, Any] | None = None
) -> JSONResponse:
    """The one error answer; overload and outage carry ``Retry-After``."""
    return JSONResponse(
        {"error": {"code": code, "message": message, "details": details or {}}},
        status,
        headers=_HEADERS.get(status),
    )


def install_error_handlers(app: FastAPI) -> None:
    """Map every exception to the error body."""
    app.add_exception_handler(MizanError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def unexpected(error: Exception) -> JSONResponse:
    """The answer to an error nobody foresaw. Its text may quote a comment: it is not logged."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    log.error(
        "unexpected_error",
        error=type(error).__name__,
        at=f"{Path(place.filename).name}:{place.lineno}",
    )
    return error_response(500, "internal_error", "Something went wrong on our side.")


async def _ours(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, MizanError)
    return error_response(error.status, error.code, error.message, error.details)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    if error.errors()[0]["type"] == "json_invalid":
        return error_response(
            InvalidInputError.status, "invalid_json", "The body is not valid JSON."
        )
    # pydantic's own errors quote the input; only place and problem leave the house.
    problems = [
        {
            "field": ".".join(str(p) for p in e["loc"] if p not in _INTERNAL_LOCATIONS),
            "problem": e["msg"],
        }
        for e in error.errors()[:20]
    ]
    first = problems[0]
    where = f" at {first['field']}" if first["field"] else ""
    return error_response(
        InvalidInputError.status,
        InvalidInputError.code,
        f"The request is not valid{where}: {first['problem']}",
        {"field": first["field"], "problems": problems},
    )


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = _HTTP_CODES.get(error.status_code, "http_error")
    response = error_response(error.status_code, code, str(error.detail))
    response.headers.update(error.headers or {})
    return response
