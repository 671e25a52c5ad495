"""Twenty moderators and ten thousand comments: each decided once, none lost, whoever dies."""

import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, func, select

import moderation
from moderation.store import CommentStore, Sampling
from moderation.store.audit import verify
from moderation.store.engine import reading
from moderation.store.human import Rules
from moderation.store.room_tables import queue_items

from .room import NOW, human_decisions, person
from .samples import SITE, moderated
from .working_moderators import work

MODERATORS = 20
ITEMS = 10_000
_ROOT = Path(moderation.__file__).parents[1]


def fill(engine: Engine, count: int) -> None:
    """So many held comments."""
    from moderation.domain import Action, Decision, PolicyRef, Reason

    held = Decision(
        Action.REVIEW,
        (Reason("insult", "insult-review", {"ar": "قد تكون فيه إهانة"}),),
        PolicyRef("default", 3, "b" * 64),
    )
    store = CommentStore(engine, b"secret")
    for start in range(0, count, 1000):
        store.record(
            SITE,
            [
                moderated(f"تعليق رقم {n}", f"c-{n}", decision=held, author_id=f"r-{n}")
                for n in range(start, start + min(1000, count - start))
            ],
            NOW,
        )


def waiting(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(
            connection.scalar(
                select(func.count())
                .select_from(queue_items)
                .where(queue_items.c.state == "open")
            )
            or 0
        )


def test_each_is_decided_exactly_once(engine: Engine) -> None:
    fill(engine, ITEMS)
    people = [person(engine) for _ in range(MODERATORS)]
    rules = Rules(timedelta(minutes=3), timedelta(seconds=10), Sampling(b"secret"))
    with ThreadPoolExecutor(MODERATORS) as pool:
        done = list(pool.map(lambda p: work(engine, p.id, rules), people))
    assert sum(done) == ITEMS
    assert all(done), "somebody got nothing to do"
    decided = Counter(version for version, _ in human_decisions(engine))
    assert len(decided) == ITEMS and set(decided.values()) == {1}
    assert waiting(engine) == 0
    assert verify(engine).problems == ()


def test_a_killed_server_loses_nothing(engine: Engine, url: str) -> None:
    count = 600
    fill(engine, count)
    people = [str(person(engine).id) for _ in range(6)]
    promised = set[int]()
    for after in (50, 150, None):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.working_moderators", url, *people],
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        for seen, line in enumerate(process.stdout, 1):
            if line.endswith("\n"):
                promised.add(int(line))
            if after is not None and seen >= after:
                process.kill()
                break
        process.stdout.close()
        process.wait()
        if after is not None:
            time.sleep(2.1)  # the leases of the dead run out
    while waiting(engine):  # what was claimed by the dead when the last ones looked
        work(engine, int(people[0]), Rules(timedelta(seconds=2), timedelta(0), Sampling(b"s")))
    decided = Counter(version for version, _ in human_decisions(engine))
    assert len(decided) == count and set(decided.values()) == {1}
    assert len(promised) <= count
    with reading(engine) as connection:
        done = set(
            connection.scalars(select(queue_items.c.id).where(queue_items.c.state == "done"))
        )
    assert promised <= done
    assert verify(engine).problems == ()
