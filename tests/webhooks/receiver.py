"""A real receiver: an HTTP server that verifies each request as the specification says."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError


@dataclass
class Receiver:
    """What came in, and how it is answered.

    Attributes:
        url: where it listens.
        secret: set once the endpoint was added.
        answer: status by number of the request, from 0.
        delay: seconds before each answer.
        headers: of each answer.
        body: of each answer.
        bodies: all that was verified, by message id, oldest first.
        rejected: how many could not be verified.
    """

    url: str = ""
    secret: str = ""
    answer: Callable[[int], int] = lambda number: 204
    delay: float = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    bodies: list[tuple[str, bytes]] = field(default_factory=list)
    seen: list[dict[str, str]] = field(default_factory=list)
    rejected: int = 0

    def ids(self) -> list[str]:
        """Ids of all verified messages, in order of their arrival."""
        return [message_id for message_id, _ in self.bodies]


@contextmanager
def receiving(**given: Any) -> Iterator[Receiver]:
    """A receiver that listens on this machine."""
    receiver = Receiver(**given)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with lock:
                number = len(receiver.seen)
                receiver.seen.append({**headers, "path": self.path})
                try:
                    Webhook(receiver.secret).verify(body, headers)
                    receiver.bodies.append((headers["webhook-id"], body))
                except WebhookVerificationError:
                    receiver.rejected += 1
            time.sleep(receiver.delay)
            try:
                self._answer(receiver.answer(number))
            except OSError:
                self.close_connection = True  # the sender has given up on us

        def _answer(self, status: int) -> None:
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(receiver.body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook?key=7f3a"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
