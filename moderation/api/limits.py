"""Bounds at the edge: size of a body, requests in flight; and what every answer carries."""

import asyncio
import re
import time
import uuid
from collections.abc import MutableMapping
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from moderation.api.errors import error_response, unexpected
from moderation.api.metrics import Metrics
from moderation.errors import OverloadedError

log = structlog.get_logger()

# More is over any limit, and Python refuses to read thousands of digits.
_MAX_LENGTH_DIGITS = 20
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Answered even when everything else is full: whoever watches must be able to see it.
_NEVER_SHED = frozenset({"/healthz", "/readyz", "/metrics"})
# As nginx notes it; no answer was sent.
_CLIENT_GONE = 499
_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class RequestLog:
    """Request id, access log without any content, metrics, security headers."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, then note route, status and time."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        started, status = time.perf_counter(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_headers)
            except Exception as error:
                # Passed on, it would be logged with its text.
                answer = unexpected(error)
                if not status:
                    await answer(scope, receive, send_with_headers)
            finally:
                self._note(scope, status or _CLIENT_GONE, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        # The route's pattern, not the path: paths hold callers' ids.
        route = getattr(scope.get("route"), "path", "unknown")
        method = scope["method"]
        self._metrics.requests.labels(route, method, status).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        log.info(
            "request", route=route, method=method, status=status, ms=round(seconds * 1e3, 2)
        )


class BodyLimit:
    """413 for bodies over the limit, whatever their Content-Length says; 408 for slow ones.

    Args:
        max_bytes: longest body.
        seconds: time in which it must have arrived.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, seconds: float) -> None:
        self._app, self._max_bytes, self._seconds = app, max_bytes, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, at most so far, and hand it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if not (declared.isascii() and declared.isdecimal()):
            refused = error_response(400, "invalid_request", "Content-Length is not a number.")
            await refused(scope, receive, send)
            return
        too_long = len(declared) > _MAX_LENGTH_DIGITS or int(declared) > self._max_bytes
        try:
            async with asyncio.timeout(self._seconds):
                body = None if too_long else await self._read(receive)
        except TimeoutError:
            refused = error_response(408, "body_too_slow", "The body took too long to arrive.")
            await refused(scope, receive, send)
            return
        except ClientDisconnect:
            # Half a body is no request, and nobody is left to be answered.
            return
        if body is None:
            refused = error_response(
                413,
                "body_too_large",
                f"A request may have at most {self._max_bytes} bytes.",
                {"limit": self._max_bytes},
            )
            await refused(scope, receive, send)
            return
        messages: list[MutableMapping[str, Any]] = [
            {"type": "http.request", "body": body, "more_body": False}
        ]

        async def replay() -> Message:
            return messages.pop() if messages else await receive()

        await self._app(scope, replay, send)

    async def _read(self, receive: Receive) -> bytes | None:
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self._max_bytes:
                return None
            chunks.append(chunk)
            if not message.get("more_body"):
                return b"".join(chunks)


class InFlightLimit:
    """429 at once instead of a queue that only grows."""

    def __init__(self, app: ASGIApp, limit: int, metrics: Metrics) -> None:
        self._app, self._limit, self._metrics = app, limit, metrics
        self._now = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse at once."""
        if scope["type"] != "http" or scope["path"] in _NEVER_SHED:
            await self._app(scope, receive, send)
            return
        # Bodies have arrived by now (BodyLimit is outside): a slow sender takes no place.
        if self._now >= self._limit:
            error = OverloadedError("Too many requests at once; try again in a moment.")
            refused = error_response(error.status, error.code, error.message)
            await refused(scope, receive, send)
            return
        # Handlers run on one event loop, so a plain counter is exact.
        self._now += 1
        self._metrics.in_flight.set(self._now)
        try:
            await self._app(scope, receive, send)
        finally:
            self._now -= 1
            self._metrics.in_flight.set(self._now)
