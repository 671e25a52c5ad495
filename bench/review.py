"""From the press of a key to the next comment, with a long queue, in a real browser.

    python -m bench.review

Fills a queue with 100,000 held comments on SQLite and on PostgreSQL, serves the moderators'
room with the shipped model, and decides by key in Chromium. The time is taken in the page: from
the key event until the next comment is in place and drawn.
"""

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Page
from sqlalchemy import Connection, Engine, insert

from moderation.api import create_app
from moderation.settings import Settings
from moderation.store import Role, accept_invitation, create_account, database, writing
from moderation.store.ranking import rank
from moderation.store.room_tables import fingerprints, queue_items
from moderation.store.similar import fingerprint_rows
from moderation.store.tables import comment_versions, comments, decisions
from tests.browser.chromium import running_chromium
from tests.postgresql import running_postgresql

ITEMS = 100_000
DECISIONS = 300
_WARM_UP = 20
_STEP = 5_000
_READERS = 5_000
_PASSWORD = "bench-password-of-nobody"
# Resolves with the milliseconds until the next comment was drawn.
_PRESS = """code => new Promise(done => {
  const start = performance.now();
  const arrived = event => {
    if (event.target.id !== "desk") return;
    document.removeEventListener("htmx:afterSettle", arrived);
    requestAnimationFrame(() => done(performance.now() - start));
  };
  document.addEventListener("htmx:afterSettle", arrived);
  document.body.dispatchEvent(new KeyboardEvent("keydown", {code, key: "ش", bubbles: true}));
})"""


def main() -> None:
    """Measure on both databases and print a table."""
    print("| database | comments in the queue | decisions | p50 | p95 | slowest |")
    print("|---|---:|---:|---:|---:|---:|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report("SQLite", f"sqlite:///{folder}/bench.sqlite3")
    with running_postgresql() as url:
        report("PostgreSQL", url)


def report(name: str, url: str) -> None:
    """One row of the table."""
    with database(url) as engine:
        fill(engine)
    with served(url) as base:
        times = sorted(decide_by_key(base))
    p95 = times[int(len(times) * 0.95)]
    print(
        f"| {name} | {ITEMS:,} | {len(times)} | {statistics.median(times):.0f} ms "
        f"| {p95:.0f} ms | {times[-1]:.0f} ms |",
        flush=True,
    )


def fill(engine: Engine) -> None:
    """Held comments of the last month, each with its decision; and somebody to decide."""
    now = datetime.now(UTC)
    for start in range(0, ITEMS, _STEP):
        with writing(engine) as connection:
            _insert(connection, range(start, start + _STEP), now)
        print(f"\r{start + _STEP:,} comments", end="", file=sys.stderr)
    print(file=sys.stderr)
    with writing(engine) as connection:
        # As the databases do by themselves while rows come in one by one.
        connection.exec_driver_sql("ANALYZE")
    token = create_account(engine, "bench", [Role.MODERATOR], [], now)
    accept_invitation(engine, token, _PASSWORD, now)


def _insert(connection: Connection, numbers: range, now: datetime) -> None:
    rows = [_rows(number, now) for number in numbers]
    for place, table in enumerate((comments, comment_versions, decisions, queue_items)):
        connection.execute(insert(table), [row[place] for row in rows])
    prints = [p for row in rows for p in fingerprint_rows(row[1]["text"], row[1]["id"])]
    connection.execute(insert(fingerprints), prints)


def _rows(number: int, now: datetime) -> tuple[dict[str, Any], ...]:
    at = now - timedelta(seconds=25 * (ITEMS - number))
    score = (number * 7919 % 1000) / 1000
    reason = {
        "code": "insult", "rule": "insult-review", "action": "review", "attribute": "insult",
        "message": {"ar": "قد تكون فيه إهانة", "en": "May hold an insult"},
        "score": score, "threshold": 0.2,
    }  # fmt: skip
    # Below all ids that the databases give themselves.
    site, version = "default", number - ITEMS
    text = f"تعليق القارئ رقم {number} على قرار الوزارة الأخير برفع رسوم الجامعات"
    return (
        {"id": version, "site": site, "external_id": f"c-{number}", "created_at": at},
        {
            "id": version, "comment_id": version, "version": 1, "text": text,
            "content_sha256": f"{number:064x}", "title": "الوزارة ترفع رسوم الجامعات",
            "targets": [], "author_hash": f"{number % _READERS:064x}", "received_at": at,
            "article_id": f"a-{number // 200}",
        },
        {
            "id": version, "version_id": version, "action": "review", "policy_id": "default",
            "policy_version": 3, "policy_sha256": "b" * 64, "rule": "insult-review",
            "reasons": [reason], "decided_by": "policy", "decided_at": at,
        },
        {
            "kind": "review", "state": "open", "site": site, "comment_id": version,
            "version_id": version, "level": 0, "code": "insult", "rule": "insult-review",
            "rank": rank("review", at, 4, score), "language": "ar", "score": score,
            "created_at": at,
        },
    )  # fmt: skip


@contextmanager
def served(url: str) -> Iterator[str]:
    """The service in a thread, as an address."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            database_url=url, secret_file=Path(folder, "secret"), log_level="error"
        )
        server = uvicorn.Server(
            uvicorn.Config(create_app(settings), port=0, log_config=None, access_log=False)
        )
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        try:
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def decide_by_key(base: str) -> list[float]:
    """Milliseconds from each key to the next comment."""
    with running_chromium() as browser:
        page = browser.new_page(base_url=base)
        sign_in(page, "bench", _PASSWORD)
        page.wait_for_selector("#desk article")
        times = [_press(page) for _ in range(_WARM_UP + DECISIONS)]
    return times[_WARM_UP:]


def sign_in(page: Page, name: str, password: str) -> None:
    """Sign in by the form, as people do."""
    page.goto("/review")
    page.fill("input[name=name]", name)
    page.fill("input[type=password]", password)
    page.click("main button")


def _press(page: Page) -> float:
    before = page.get_attribute("#desk", "data-item")
    milliseconds = float(page.evaluate(_PRESS, "KeyA"))
    assert page.get_attribute("#desk", "data-item") not in (None, before)
    return milliseconds


if __name__ == "__main__":
    main()
