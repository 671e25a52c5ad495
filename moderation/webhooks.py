"""Sends what waits in the outbox, signed as https://www.standardwebhooks.com says."""

import asyncio
import base64
import hashlib
import hmac
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx2
import structlog
from sqlalchemy import Engine

from moderation import __version__
from moderation.store.outbox import Message, record_delivery, take_due

log = structlog.get_logger()

# They log whole addresses, whose queries may be secrets of the receivers.
for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)

# Longer than an attempt and its record can take; a message whose sender died waits so long.
LEASE = timedelta(seconds=60)
TIMEOUT = timedelta(seconds=10)
_MOST_AT_ONCE = 20
# An endpoint that has so many under way gets no more: one that does not answer leaves room
# for the others.
_ENOUGH_FOR_ONE = 5
# The service shares its connections to the database with us.
_MOST_IN_DATABASE = 4
_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
_GRACE_S = 3.0
_MOST_READ = 4096


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of ``webhook-signature``.

    Args:
        secret: "whsec_" and base64.
        timestamp: Unix time in seconds, as in ``webhook-timestamp``.
    """
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    signed = f"{message_id}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def _now() -> datetime:
    return datetime.now(UTC)


class Sender:
    """A thread that sends due messages until it is stopped.

    No failure ends it: not of a receiver, not of the database. Several may run at once, in
    one process or in many.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], datetime] = _now,
        timeout: timedelta = TIMEOUT,
    ) -> None:
        """Make a sender that does not send yet.

        Args:
            timeout: for a whole attempt, from the connection to the end of the answer.
        """
        self._engine, self._clock, self._timeout = engine, clock, timeout
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        # What is under way, with the id of its endpoint.
        self._sending: dict[asyncio.Task[None], int] = {}
        self._database = asyncio.Semaphore(_MOST_IN_DATABASE)

    def start(self) -> None:
        """Begin, once."""
        self._thread.start()

    def stop(self) -> None:
        """End within seconds; what cannot be finished until then is tried again later."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._work())
        except Exception as error:
            log.error("webhooks_ended", error=type(error).__name__)

    async def _work(self) -> None:
        # Looking up a name takes a thread and may take long: enough for all that are under way.
        threads = ThreadPoolExecutor(_MOST_AT_ONCE + 2)
        asyncio.get_running_loop().set_default_executor(threads)
        stopped = asyncio.create_task(asyncio.to_thread(self._stop.wait))
        try:
            async with self._client() as client:
                await self._send_until(stopped, client)
        finally:
            self._stop.set()

    async def _send_until(
        self, stopped: asyncio.Task[bool], client: httpx2.AsyncClient
    ) -> None:
        pause = _PAUSE_S
        while not stopped.done():
            try:
                await self._begin_due(client)
            except Exception as error:  # whatever it is: the next time it may work
                log.warning("webhooks_paused", error=type(error).__name__, seconds=pause)
                await asyncio.wait({stopped}, timeout=pause)
                pause = min(2 * pause, _LONGEST_PAUSE_S)
                continue
            pause = _PAUSE_S
            await asyncio.wait(
                {stopped, *self._sending}, timeout=pause, return_when=asyncio.FIRST_COMPLETED
            )
        if self._sending:
            _, unfinished = await asyncio.wait(self._sending, timeout=_GRACE_S)
            for task in unfinished:
                task.cancel()

    async def _begin_due(self, client: httpx2.AsyncClient) -> None:
        """Claim what is due, as far as there is room, and begin to send it."""
        while room := _MOST_AT_ONCE - len(self._sending):
            counts = Counter(self._sending.values())
            busy = [endpoint for endpoint, n in counts.items() if n >= _ENOUGH_FOR_ONE]
            limit = min(room, _ENOUGH_FOR_ONE)
            async with self._database:
                messages = await asyncio.to_thread(
                    take_due, self._engine, limit, self._clock(), LEASE, busy
                )
            for message in messages:
                task = asyncio.create_task(self._attempt(client, message))
                self._sending[task] = message.endpoint_id
                task.add_done_callback(self._sending.pop)
            if not messages:
                return

    async def _attempt(self, client: httpx2.AsyncClient, message: Message) -> None:
        """Send a message and record how it went; without a record it is sent again."""
        begun = time.monotonic()
        status, error = None, None
        try:
            async with asyncio.timeout(self._timeout.total_seconds()):
                status = await self._post(client, message)
        except Exception as failure:  # receivers fail in every way there is
            error = type(failure).__name__
        ms = round((time.monotonic() - begun) * 1000)
        record = (self._engine, message, status, error, ms, self._clock())
        try:
            async with self._database:
                await asyncio.to_thread(record_delivery, *record)
        except Exception as failure:
            log.warning("webhook_unrecorded", id=message.id, error=type(failure).__name__)

    async def _post(self, client: httpx2.AsyncClient, message: Message) -> int:
        body = message.payload.encode()
        timestamp = int(self._clock().timestamp())
        headers = {
            "content-type": "application/json",
            "webhook-id": message.message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(message.secret, message.message_id, timestamp, body),
        }
        request = client.stream("POST", message.url, content=body, headers=headers)
        async with request as response:
            read = 0
            # A polite end for receivers that say something, not more: nothing is kept of it.
            async for piece in response.aiter_raw():
                read += len(piece)
                if read >= _MOST_READ:
                    break
            return response.status_code

    def _client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            headers={"user-agent": f"Mizan/{__version__}"},
            follow_redirects=False,
            trust_env=False,
            timeout=None,  # an attempt has one, as a whole
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )
