"""A file of cases, on every core."""

import io
import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

from moderation.backtest.cases import read_cases
from moderation.backtest.run import Report, backtest
from moderation.errors import InvalidInputError
from moderation.policy import ReadyPolicy, parse_policy
from moderation.policy.questions import Points

_CHUNK_BYTES = 8 << 20

_ready: list[ReadyPolicy] = []


def backtest_file(path: Path, old: str, new: str, points: Points, jobs: int = 0) -> Report:
    """Backtest the JSON lines of a file, a few megabytes at a time.

    Args:
        old, new: texts of two policies.
        jobs: processes; 0 is one per core.

    Raises:
        InvalidInputError: a line that is no case.
    """
    jobs = jobs or os.cpu_count() or 1
    report = Report()
    with ProcessPoolExecutor(jobs, initializer=_prepare, initargs=(old, new, points)) as pool:
        waiting: list[Future[Report]] = []
        for first, chunk in _chunks(path):
            waiting.append(pool.submit(_one, first, chunk))
            # Bounded: no more chunks in memory than can be worked on, and one more each.
            if len(waiting) > 2 * jobs:
                report.merge(waiting.pop(0).result())
        for future in waiting:
            report.merge(future.result())
    return report


def _prepare(old: str, new: str, points: Points) -> None:
    _ready[:] = [parse_policy(text.encode()).for_model(points) for text in (old, new)]


def _one(first: int, chunk: bytes) -> Report:
    return backtest(read_cases(io.BytesIO(chunk), first), *_ready)


def _chunks(path: Path) -> Iterator[tuple[int, bytes]]:
    """Whole lines, with the number of the first."""
    number, rest = 1, b""
    with path.open("rb") as file:
        while block := file.read(_CHUNK_BYTES):
            head, newline, tail = (rest + block).rpartition(b"\n")
            rest = tail
            if len(rest) > _CHUNK_BYTES:
                raise InvalidInputError(
                    f"line {number + head.count(newline)}: longer than {_CHUNK_BYTES} bytes.",
                    "case_unreadable",
                )
            if newline:
                yield number, head + newline
                number += head.count(b"\n") + 1
    if rest:
        yield number, rest
