"""The real service, in a process of its own, with the shipped model."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest

from moderation.scoring import Bundle
from moderation.scoring.bundle import file_sha256

SECRET = "نص لا يُكتب في السجل أبدًا"
_START_S = 60


class Running:
    """A service process; ``log`` is what it wrote to stderr so far."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process, self._log = process, log
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)

    @property
    def log(self) -> str:
        """All of stderr, decoded as JSON escapes too, so that a text would be found."""
        raw = self._log.read_text()
        return raw + raw.encode().decode("unicode_escape", "replace")

    def stop(self) -> int:
        """Ask it to stop and wait for the end."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=_START_S)


def environment(folder: Path, **changes: str) -> dict[str, str]:
    """An environment in which nothing outside ``folder`` is touched."""
    return {
        **os.environ,
        "MIZAN_DATABASE_URL": f"sqlite:///{folder}/mizan.sqlite3",
        "MIZAN_SECRET_FILE": str(folder / "author-secret"),
        **changes,
    }


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(folder: Path, **changes: str) -> Iterator[Running]:
    """A service that is ready."""
    port, log = free_port(), folder / "stderr.log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "moderation", "serve", "--port", str(port)],
            env=environment(folder, **changes),
            stderr=stderr,
        )
    service = Running(process, port, log)
    try:
        deadline = time.monotonic() + _START_S
        while True:
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            try:
                if service.client.get("/readyz").status_code == 200:
                    break
            except httpx2.ConnectError:
                time.sleep(0.05)
        yield service
    finally:
        service.client.close()
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, shipped_bundle: Bundle
) -> Iterator[Running]:
    """One service for all tests that do not end it."""
    with running(tmp_path_factory.mktemp("service"), MIZAN_LOG_LEVEL="debug") as service:
        yield service


def test_it_says_which_model_runs(service: Running, shipped_bundle: Bundle) -> None:
    ready = service.client.get("/readyz").json()
    assert ready["model"] == {"id": shipped_bundle.ref.id, "sha256": shipped_bundle.ref.sha256}


def test_the_log_never_holds_a_comment(service: Running) -> None:
    client = service.client
    for body in (
        {"text": SECRET, "id": "log-1"},
        {"text": SECRET, "id": "log-1", "context": {"title": SECRET, "targets": [SECRET]}},
        {"text": [SECRET]},
        {"text": "x", SECRET: 1},
        {"comments": [{"text": SECRET, "id": "d"}, {"text": SECRET + ".", "id": "d"}]},
        {"text": SECRET * 2000},
    ):
        client.post("/v1/moderate", json=body)
    client.post("/v1/score", content=f'{{"text": "{SECRET}'.encode())
    client.post("/", data={"text": SECRET, "target": SECRET})
    client.get(f"/v1/comments/{SECRET}")
    client.get(f"/{SECRET}?q={SECRET}", headers=[(b"x-request-id", SECRET.encode())])
    entries = [json.loads(line) for line in service.log.splitlines() if line.startswith("{")]
    assert sum(entry["event"] == "request" for entry in entries) > 10
    for word in SECRET.split():
        assert word not in service.log
        assert quote(word) not in service.log


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST /v1/moderate HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -5\r\n\r\n",
        b"POST /v1/moderate HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: abc\r\n\r\n",
        b"POST /v1/moderate HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: "
        + b"9" * 5000
        + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    ],
    ids=["negative", "not a number", "thousands of digits", "TLS", "version", "path", "header"],
)
def test_bytes_that_are_no_request(service: Running, request_bytes: bytes) -> None:
    url = service.client.base_url
    with socket.create_connection((url.host, url.port or 80), timeout=10) as raw:
        raw.sendall(request_bytes)
        raw.shutdown(socket.SHUT_WR)
        answer = raw.recv(65_536)
    assert answer == b"" or answer.split()[1][:1] == b"4"
    assert service.client.get("/healthz").status_code == 200
    assert "Traceback" not in service.log


def test_a_caller_who_hangs_up_in_the_middle(service: Running) -> None:
    url = service.client.base_url
    head = (
        "POST /v1/moderate HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        "Content-Length: 1000\r\n\r\n"
    )
    with socket.create_connection((url.host, url.port or 80), timeout=10) as raw:
        raw.sendall(head.encode() + b'{"id": "half", "text": "' + SECRET.encode() + b'"}')
    assert service.client.get("/v1/comments/half").status_code == 404
    assert "Traceback" not in service.log


def test_sigterm_finishes_what_was_accepted(tmp_path: Path, shipped_bundle: Bundle) -> None:
    comments = [{"id": f"t-{n}", "text": f"كلام طويل {n} " * 20} for n in range(1000)]
    with running(tmp_path) as service, ThreadPoolExecutor(1) as pool:
        client = service.client
        waiting = pool.submit(client.post, "/v1/moderate", json={"comments": comments})
        while "mizan_requests_in_flight 1.0" not in client.get("/metrics").text:
            assert not waiting.done()
        assert service.stop() in (0, -signal.SIGTERM)
        answer = waiting.result()
        assert answer.status_code == 200
        assert len(answer.json()["comments"]) == 1000
        assert '"stopped"' in service.log
    with running(tmp_path) as service:
        assert service.client.get("/v1/comments/t-999").json()["version"] == 1


def _remove(folder: Path) -> None:
    (folder / "model.onnx").unlink()


def _truncate(folder: Path) -> None:
    path = folder / "model.onnx"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _change_a_byte(folder: Path) -> None:
    path = folder / "model.onnx"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def _break_with_the_right_hash(folder: Path) -> None:
    _replace(folder, "model.onnx", b"not a graph")


def _break_the_tokenizer(folder: Path) -> None:
    _replace(folder, "tokenizer.json", b"{}")


def _replace(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / "bundle.json").read_bytes())
    manifest["files"][name] = file_sha256(folder / name)
    (folder / "bundle.json").write_text(json.dumps(manifest))


def _empty(folder: Path) -> None:
    (folder / "bundle.json").write_bytes(b"")


@pytest.mark.parametrize(
    ("damage", "name"),
    [
        (_remove, "model.onnx"),
        (_truncate, "model.onnx"),
        (_change_a_byte, "model.onnx"),
        (_break_with_the_right_hash, "model.onnx"),
        (_break_the_tokenizer, "tokenizer.json"),
        (_empty, "bundle.json"),
        (shutil.rmtree, "bundle.json"),
    ],
)
def test_a_damaged_model_is_no_service(
    tmp_path: Path, shipped_bundle: Bundle, damage: object, name: str
) -> None:
    folder = tmp_path / "نموذج"
    folder.mkdir()
    for file in ("model.onnx", "tokenizer.json", "bundle.json"):
        shutil.copy(shipped_bundle.folder / file, folder / file)
    assert callable(damage)
    damage(folder)
    ended = subprocess.run(
        [sys.executable, "-m", "moderation", "serve", "--port", "0"],
        env=environment(tmp_path, MIZAN_MODEL=str(folder)),
        capture_output=True,
        timeout=_START_S,
        check=False,
    )
    assert ended.returncode != 0
    assert str(folder / name) in ended.stderr.decode()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"MIZAN_HOST": "0.0.0.0"}, "without API keys"),
        ({"MIZAN_POLICY": "/none/policy.yaml"}, "/none/policy.yaml"),
        ({"MIZAN_THREADS": "many"}, "MIZAN_THREADS"),
        ({"MIZAN_DATABASE_URL": "sqlite:////proc/none/x.sqlite3"}, "database"),
    ],
)
def test_a_wrong_setting_is_no_service(
    tmp_path: Path, shipped_bundle: Bundle, changes: dict[str, str], named: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "moderation", "serve", "--port", "0"],
        env=environment(tmp_path) | changes,
        capture_output=True,
        timeout=_START_S,
        check=False,
    )
    assert ended.returncode != 0
    assert named in ended.stderr.decode()
