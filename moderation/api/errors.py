"""One error body for every route: ``{"error": {"code", "message", "details"}}``."""

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from moderation.errors import InvalidInputError, MizanError

log = structlog.get_logger()

_HTTP_CODES = {404: "not_found", 405: "method_not_allowed"}
_RETRY_AFTER_S = {429: "1", 503: "5"}
# Names that FastAPI and pydantic put into a location and the caller never sent.
_INTERNAL_LOCATIONS = {"body", "one", "many"}


def error_response(
    status: int, code: str, message: str, details: dict[str, Any] | None = None
) -> JSONResponse:
    """The one error answer; overload and outage carry ``Retry-After``."""
    retry = _RETRY_AFTER_S.get(status)
    return JSONResponse(
        {"error": {"code": code, "message": message, "details": details or {}}},
        status,
        headers={"Retry-After": retry} if retry else None,
    )


def install_error_handlers(app: FastAPI) -> None:
    """Map every exception to the error body."""
    app.add_exception_handler(MizanError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


async def _ours(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, MizanError)
    return error_response(error.status, error.code, error.message, error.details)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
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


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    # The text of an unknown error may quote a comment: its type must do.
    log.error("unexpected_error", error=type(error).__name__)
    return error_response(500, "internal_error", "Something went wrong on our side.")
