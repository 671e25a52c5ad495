"""Speed, memory and start time of the service on this machine.

    make bench

Prints one table in Markdown. Run it on an idle machine: it says so itself when
the load is too high to trust the figures.
"""

import http.client
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from moderation.domain import Comment
from moderation.pipeline import Moderator, Surroundings, facts_of
from moderation.policy import decide, load_policy
from moderation.scoring import OnnxScorer, load_bundle
from moderation.settings import Settings
from moderation.text.normalize import normalize

PORT = 8765
_WARM_UP, _CALLS = 100, 1000
_MAX_LOAD = 0.5
# 24 tokens with [CLS] and [SEP], like the median comment under an article.
COMMENT = (
    "القرار متأخر جدا، والناس تعبت من الوعود كل سنة بلا نتيجة، "
    "نريد خدمات حقيقية لا كلاما في المؤتمرات"
)
_TOKENS = 24


def main() -> None:
    """Measure and print."""
    settings = Settings()
    load = os.getloadavg()[0]
    if load > _MAX_LOAD:
        print(f"warning: load is {load:.2f}; these figures will be too slow", file=sys.stderr)
    text = comment_of(_TOKENS, settings)
    rows = [
        ("machine", f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"),
        ("one 24-token comment in process, one thread, median", in_process(settings, text)),
        ("comments per second in process, all cores", throughput(settings, text)),
        ("text and policy of one comment, without the model", without_model(settings, text)),
        *over_http(text),
    ]
    print("| what | figure |\n|---|---:|")
    for name, figure in rows:
        print(f"| {name} | {figure} |")


def comment_of(tokens: int, settings: Settings) -> str:
    """A comment of exactly so many tokens, special ones included."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(load_bundle(settings.model).tokenizer_path))
    words = COMMENT.split()
    while len(tokenizer.encode(" ".join(words)).ids) > tokens:
        words.pop()
    while len(tokenizer.encode(" ".join(words)).ids) < tokens:
        words.append("لا")
    return " ".join(words)


def in_process(settings: Settings, text: str) -> str:
    """Median and 99th percentile of one call, after warm-up."""
    scorer = OnnxScorer(load_bundle(settings.model), threads=1)
    comments = [Comment(text)]
    scorer_ms = timed(lambda: scorer.score(comments))
    normalize_us = statistics.median(timed(lambda: normalize(text))) * 1000
    scorer.close()
    return f"{quantiles(scorer_ms)}, of it normalization {normalize_us:.0f} µs"


def without_model(settings: Settings, text: str) -> str:
    """Word list, disguises, language, personal data and the policy's decision."""
    scorer = OnnxScorer(load_bundle(settings.model), threads=1)
    moderator = Moderator(scorer, load_policy(settings.policy))
    comment, now = Comment(text), datetime.now(UTC)
    [scores] = scorer.score([comment])

    def call() -> None:
        facts = facts_of(comment, moderator.analyzer.analyze(text), Surroundings(), now)
        decide(scores, facts, moderator.policy)

    milliseconds = timed(call)
    scorer.close()
    return quantiles(milliseconds)


def throughput(settings: Settings, text: str) -> str:
    """Comments per second of one large batch."""
    scorer = OnnxScorer(load_bundle(settings.model))
    comments = [Comment(text)] * 3000
    scorer.score(comments[:200])
    started = time.perf_counter()
    scorer.score(comments)
    rate = len(comments) / (time.perf_counter() - started)
    scorer.close()
    return f"{rate:.0f}/s"


def over_http(text: str) -> Iterator[tuple[str, str]]:
    """Start time, latency of both routes and memory of a real server process."""
    with server() as (process, seconds):
        yield "process start to ready", f"{seconds:.1f} s"
        connection = http.client.HTTPConnection("127.0.0.1", PORT)
        for path in ("/v1/score", "/v1/moderate"):
            counter = iter(range(10**9))

            def call(path: str = path, counter: Iterator[int] = counter) -> None:
                body = {"text": text}
                if path == "/v1/moderate":
                    body["id"] = f"bench-{next(counter)}"
                headers = {"Content-Type": "application/json"}
                connection.request("POST", path, json.dumps(body), headers)
                response = connection.getresponse()
                response.read()
                assert response.status == 200, response.status

            yield f"one comment over HTTP, POST {path}", quantiles(timed(call))
        yield "resident memory of the server", f"{memory_mb(process.pid):.0f} MB"


@contextmanager
def server() -> Iterator[tuple["subprocess.Popen[bytes]", float]]:
    """A server process on a database of its own, and the seconds it took to be ready."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "MIZAN_DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
            "MIZAN_SECRET_FILE": f"{folder}/secret",
            "MIZAN_LOG_LEVEL": "error",
        }
        command = [sys.executable, "-m", "moderation", "serve", "--port", str(PORT)]
        started = time.perf_counter()
        process = subprocess.Popen(command, env=environment, cwd=Path(__file__).parents[1])  # noqa: S603
        try:
            while not is_ready():
                if process.poll() is not None or time.perf_counter() - started > 60:
                    raise RuntimeError("the server did not become ready")
                time.sleep(0.02)
            yield process, time.perf_counter() - started
        finally:
            process.terminate()
            process.wait()


def is_ready() -> bool:
    """Whether ``/readyz`` answers 200."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False


def timed(call: Callable[[], object]) -> list[float]:
    """Milliseconds of each call, warm-up left out."""
    for _ in range(_WARM_UP):
        call()
    found = []
    for _ in range(_CALLS):
        started = time.perf_counter()
        call()
        found.append((time.perf_counter() - started) * 1000)
    return found


def quantiles(milliseconds: list[float]) -> str:
    """Median and 99th percentile, in words."""
    cuts = statistics.quantiles(milliseconds, n=100)
    return f"{cuts[49]:.2f} ms (p99 {cuts[98]:.2f} ms)"


def memory_mb(pid: int) -> float:
    """Resident set size in MB (10^6 bytes); Linux."""
    status = Path(f"/proc/{pid}/status").read_text()
    kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(kib) * 1024 / 1e6


if __name__ == "__main__":
    main()
