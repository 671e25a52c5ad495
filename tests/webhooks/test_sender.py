"""The sender against real receivers, which verify what they get."""

import base64
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from moderation import __version__
from moderation.api import create_app
from moderation.store import migrate, open_engine, outbox, writing
from moderation.webhooks import LEASE, Sender, sign
from tests.api.conftest import isolated
from tests.fakes import FakeScorer

from .receiver import Receiver, receiving

ROOT = Path(__file__).parents[2]
SITE = "sahafa.example"
DATA = {"id": "c-1", "action": "reject", "notice": {"ar": "حُذف تعليقك لأن فيه إهانة."}}


class Clock:
    """The real time, which can be moved on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@contextmanager
def sending(
    engine: Engine, clock: Callable[[], datetime], timeout: float = 10
) -> Iterator[Sender]:
    """A sender at work."""
    sender = Sender(engine, clock, timedelta(seconds=timeout))
    sender.start()
    try:
        yield sender
    finally:
        sender.stop()


def connect(engine: Engine, receiver: Receiver) -> None:
    """Make the receiver an endpoint."""
    receiver.secret = outbox.add_endpoint(engine, SITE, receiver.url, datetime.now(UTC))


def put(engine: Engine, count: int = 1) -> None:
    """Enqueue so many messages for each endpoint."""
    now = datetime.now(UTC)
    with writing(engine) as connection:
        for _ in range(count):
            outbox.enqueue(connection, SITE, "decision.made", DATA, None, now, now)


def states(engine: Engine) -> list[str]:
    return [message.state for message in outbox.list_messages(engine, (), limit=1000)]


def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    """Wait for something that has to happen."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def recorded(engine: Engine, count: int = 1) -> list[outbox.Delivery]:
    """The attempts to send the first message, once there are so many."""
    until(lambda: len(outbox.deliveries_of(engine, 1)) >= count)
    return outbox.deliveries_of(engine, 1)


def test_the_signature_of_the_specification() -> None:
    signature = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_message_arrives_signed(engine: Engine, clock: Clock) -> None:
    with receiving() as receiver:
        connect(engine, receiver)
        put(engine)
        with sending(engine, clock):
            until(lambda: states(engine) == ["sent"])
        assert (len(receiver.bodies), receiver.rejected) == (1, 0)
    [seen] = receiver.seen
    assert seen["user-agent"] == f"Mizan/{__version__}"
    assert seen["content-type"] == "application/json"
    assert seen["path"] == "/hook?key=7f3a"
    [message] = outbox.list_messages(engine, ())
    assert receiver.bodies == [(message.message_id, message.payload.encode())]
    [delivery] = outbox.deliveries_of(engine, 1)
    assert (delivery.status, delivery.error) == (204, None)
    assert 0 <= delivery.ms < 10_000


def test_the_documented_receiver_understands_it(
    engine: Engine, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs/webhooks.md").read_text("utf-8")
    [example] = re.findall(r"```python\n(.*?)```", page, re.S)
    with receiving() as receiver:
        connect(engine, receiver)
        put(engine)
        with sending(engine, clock):
            until(lambda: states(engine) == ["sent"])
    names: dict[str, Any] = {}
    exec(example.replace("whsec_…", receiver.secret), names)
    names["receive"](receiver.bodies[0][1], receiver.seen[0])
    assert capsys.readouterr().out == "decision.made c-1 reject\n"


def test_another_secret_does_not_verify_it(engine: Engine, clock: Clock) -> None:
    with receiving() as receiver:
        connect(engine, receiver)
        receiver.secret = f"whsec_{base64.b64encode(bytes(32)).decode()}"
        put(engine)
        with sending(engine, clock):
            until(lambda: receiver.rejected == 1)
        assert receiver.bodies == []


def test_what_comes_in_while_it_runs_is_sent(engine: Engine, clock: Clock) -> None:
    with receiving() as receiver, sending(engine, clock):
        connect(engine, receiver)
        put(engine, 3)
        until(lambda: states(engine) == ["sent"] * 3)
        put(engine, 30)
        until(lambda: states(engine) == ["sent"] * 33)
        assert len(set(receiver.ids())) == len(receiver.ids()) == 33


def test_after_a_failure_the_same_is_sent_again(engine: Engine, clock: Clock) -> None:
    with receiving(answer=lambda number: 500 if number == 0 else 200) as receiver:
        connect(engine, receiver)
        put(engine)
        with sending(engine, clock):
            [first] = recorded(engine)
            assert (first.status, states(engine)) == (500, ["pending"])
            clock.ahead += timedelta(seconds=6)
            until(lambda: states(engine) == ["sent"])
        assert receiver.rejected == 0
        [one, again] = receiver.bodies
        assert one == again
        # Each attempt is signed with its own time.
        stamps = [int(seen["webhook-timestamp"]) for seen in receiver.seen]
        assert stamps[1] - stamps[0] >= 5


def test_a_receiver_that_is_not_there(engine: Engine, clock: Clock) -> None:
    with receiving() as receiver:
        connect(engine, receiver)
    put(engine)
    with sending(engine, clock):
        [delivery] = recorded(engine)
    assert (delivery.status, delivery.error) == (None, "ConnectError")
    assert states(engine) == ["pending"]


def test_one_that_says_it_is_gone_is_left_alone(engine: Engine, clock: Clock) -> None:
    with receiving(answer=lambda _: 410) as receiver:
        connect(engine, receiver)
        put(engine)
        with sending(engine, clock):
            until(lambda: states(engine) == ["failed"])
    [known] = outbox.list_endpoints(engine)
    assert known.disabled_at is not None


@pytest.mark.parametrize("status", [301, 307, 308])
def test_redirects_are_not_followed(engine: Engine, clock: Clock, status: int) -> None:
    with receiving() as other, receiving(answer=lambda _: status) as receiver:
        receiver.headers = {"Location": other.url}
        connect(engine, receiver)
        put(engine)
        with sending(engine, clock):
            [delivery] = recorded(engine)
        assert delivery.status == status
        assert (len(receiver.seen), other.seen) == (1, [])
    assert states(engine) == ["pending"]


def test_a_slow_receiver_does_not_hold_up_the_others(engine: Engine, clock: Clock) -> None:
    with receiving(delay=4) as slow, receiving() as quick:
        connect(engine, slow)
        connect(engine, quick)
        put(engine, 30)
        begun = time.monotonic()
        with sending(engine, clock, timeout=3):
            until(lambda: len(quick.bodies) == 30)
            assert time.monotonic() - begun < 2.5  # before the slow one's first timeout
            assert 0 < len(slow.seen) < 20
            [delivery] = recorded(engine)
        assert (delivery.status, delivery.error) == (None, "TimeoutError")
        assert 2900 <= delivery.ms <= 4500


def test_an_answer_that_drips_is_cut_off(engine: Engine, clock: Clock) -> None:
    # Each byte comes in time; only the whole attempt takes too long.
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not stop.wait(0.1):
                    try:
                        connection.sendall(b"a")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        outbox.add_endpoint(engine, SITE, url, datetime.now(UTC))
        put(engine)
        with sending(engine, clock, timeout=1):
            [delivery] = recorded(engine)
        stop.set()
        thread.join()
    assert (delivery.error, delivery.ms < 3000) == ("TimeoutError", True)


def test_a_long_answer_is_not_read_to_its_end(engine: Engine, clock: Clock) -> None:
    with receiving(body=b"a" * 50_000_000) as receiver:
        connect(engine, receiver)
        put(engine)
        with sending(engine, clock):
            until(lambda: states(engine) == ["sent"])


def test_no_proxy_of_the_environment_is_used(
    engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as proxy, receiving() as receiver:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        connect(engine, receiver)
        put(engine)
        with sending(engine, clock):
            until(lambda: states(engine) == ["sent"])
        assert proxy.seen == []


def test_cookies_are_not_kept(engine: Engine, clock: Clock) -> None:
    with receiving(headers={"Set-Cookie": "track=17; Path=/"}) as receiver:
        connect(engine, receiver)
        with sending(engine, clock):
            put(engine)
            until(lambda: states(engine) == ["sent"])
            put(engine)
            until(lambda: states(engine) == ["sent"] * 2)
        assert ["cookie" in seen for seen in receiver.seen] == [False, False]


def test_the_database_is_away_for_a_while(
    engine: Engine, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    away = threading.Event()
    asked = threading.Semaphore(0)

    def refuse(*_: object) -> None:
        if away.is_set():
            asked.release()
            raise OperationalError("SELECT", {}, Exception("gone"))

    with receiving() as receiver:
        connect(engine, receiver)
        put(engine)
        event.listen(engine, "before_cursor_execute", refuse)
        away.set()
        with sending(engine, clock):
            assert asked.acquire(timeout=10)
            assert asked.acquire(timeout=10)  # it goes on asking
            assert receiver.seen == []
            away.clear()
            until(lambda: states(engine) == ["sent"])
    assert "webhooks_paused" in capsys.readouterr().out


def test_the_database_file_is_moved_away_for_a_while(
    sqlite_url: str, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    migrate(sqlite_url)
    engine = open_engine(sqlite_url)
    path = Path(str(engine.url.database))
    with receiving() as receiver, sending(engine, clock):
        connect(engine, receiver)
        away = path.with_suffix(".away")
        path.rename(away)
        time.sleep(2.5)
        away.rename(path)
        put(engine)
        until(lambda: states(engine) == ["sent"])
    engine.dispose()
    assert "StoreUnavailableError" in capsys.readouterr().out


def test_what_was_not_recorded_is_sent_again(engine: Engine, clock: Clock) -> None:
    broken = threading.Event()

    def refuse(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if broken.is_set() and "INTO deliveries" in statement:
            raise OperationalError(statement, {}, Exception("disk full"))

    event.listen(engine, "before_cursor_execute", refuse)
    with receiving() as receiver:
        connect(engine, receiver)
        put(engine)
        broken.set()
        with sending(engine, clock):
            until(lambda: len(receiver.bodies) == 1)
            time.sleep(0.3)
            broken.clear()
            assert states(engine) == ["pending"]
            clock.ahead += LEASE
            until(lambda: states(engine) == ["sent"])
        [one, again] = receiver.bodies
        assert one == again  # the receiver knows it by its id


def test_two_senders_send_each_message_once(engine: Engine, clock: Clock) -> None:
    with receiving() as receiver:
        connect(engine, receiver)
        put(engine, 60)
        with sending(engine, clock), sending(engine, clock):
            until(lambda: states(engine) == ["sent"] * 60)
        assert len(set(receiver.ids())) == len(receiver.ids()) == 60


def test_it_stops_within_seconds_and_loses_nothing(engine: Engine, clock: Clock) -> None:
    with receiving(delay=6) as receiver:
        connect(engine, receiver)
        put(engine)
        with sending(engine, clock) as sender:
            until(lambda: len(receiver.seen) == 1)
            begun = time.monotonic()
            sender.stop()
            assert time.monotonic() - begun < 5
        assert states(engine) == ["pending"]
        receiver.delay = 0
        clock.ahead += LEASE
        with sending(engine, clock):
            until(lambda: states(engine) == ["sent"])
        assert receiver.bodies[0] == receiver.bodies[1]


def test_what_is_under_way_is_finished_before_it_stops(engine: Engine, clock: Clock) -> None:
    with receiving(delay=1) as receiver:
        connect(engine, receiver)
        put(engine)
        with sending(engine, clock):
            until(lambda: len(receiver.seen) == 1)
        assert states(engine) == ["sent"]


def test_the_service_sends(tmp_path: Path) -> None:
    settings = isolated(tmp_path)
    with receiving() as receiver, TestClient(create_app(settings, lambda _: FakeScorer())):
        engine = open_engine(settings.database_url)
        connect(engine, receiver)
        put(engine)
        until(lambda: states(engine) == ["sent"])
        engine.dispose()
    assert [thread.name for thread in threading.enumerate()].count("webhooks") == 0


def test_logs_hold_neither_addresses_nor_payloads(
    engine: Engine,
    clock: Clock,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    with receiving() as receiver:
        connect(engine, receiver)
        put(engine)
        with sending(engine, clock), structlog.testing.capture_logs() as logs:
            until(lambda: states(engine) == ["sent"])
    written = caplog.text + str(logs) + "".join(capsys.readouterr())
    assert "7f3a" not in written and "c-1" not in written
