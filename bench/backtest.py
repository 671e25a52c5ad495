"""How long a backtest takes on a million comments, and what memory it needs.

    python -m bench.backtest

Scores are drawn at random: the time does not depend on what they are.
"""

import json
import random
import resource
import tempfile
import time
from pathlib import Path

from moderation.backtest.parallel import backtest_file
from moderation.domain import ABUSE_ATTRIBUTES
from moderation.policy import load_policy
from moderation.scoring import load_bundle
from moderation.scoring.bundle import points_of
from moderation.settings import Settings

COMMENTS = 1_000_000


def main() -> None:
    """Write a file, backtest it, print time and memory."""
    points = points_of(load_bundle(Settings().model).manifest)
    text = load_policy().text
    stricter = text.replace("at_least: best_f2", "at_least: best_f1")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "scored.jsonl")
        write(path)
        started = time.perf_counter()
        report = backtest_file(path, text, stricter, points)
        seconds = time.perf_counter() - started
    kib = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print("| what | figure |\n|---|---:|")
    print(f"| backtest of {report.total:,} scored comments, all cores | {seconds:.0f} s |")
    print(f"| largest process | {kib * 1024 / 1e6:.0f} MB |")


def write(path: Path) -> None:
    """A file of scored comments, abuse rarer than civil comments."""
    draw = random.Random(7)
    with path.open("w", encoding="utf-8") as file:
        for number in range(COMMENTS):
            scores = {name: round(draw.random() ** 6, 4) for name in ABUSE_ATTRIBUTES}
            file.write(json.dumps({"id": str(number), "scores": scores}) + "\n")


if __name__ == "__main__":
    main()
