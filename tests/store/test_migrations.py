"""Tables and triggers, from blank."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, exc, select, text

import moderation
from moderation.store import CommentStore, migrate, open_engine, writing
from moderation.store.engine import reading
from moderation.store.items import Filters
from moderation.store.migrations import alembic_config
from moderation.store.queue import claim
from moderation.store.room_tables import queue_items
from moderation.store.tables import metadata
from moderation.store.verdicts import decide

from .room import FINE, NOW, RULES, person, standing
from .samples import SITE, moderated


def differences(connection: Connection) -> list[object]:
    """Return how the database differs from ``tables``."""
    context = MigrationContext.configure(connection, opts={"compare_server_default": True})
    return list(compare_metadata(context, metadata))


def test_migrated_from_blank_equals_the_tables(engine: Engine) -> None:
    with writing(engine) as connection:
        assert differences(connection) == []
        assert connection.execute(text("SELECT version_num FROM alembic_version")).all() == [
            ("0003",)
        ]


def test_migrating_again_changes_nothing(url: str, store: CommentStore) -> None:
    [stored] = store.record(SITE, [moderated("باقٍ هنا", "c-1")])
    migrate(url)
    assert store.find(SITE, ["c-1"]) == {"c-1": stored}


def test_processes_migrate_at_once_from_another_folder(url: str, tmp_path: Path) -> None:
    script = (
        "import sys; from moderation.store import migrate; "
        "print('ready', flush=True); sys.stdin.readline(); migrate(sys.argv[1])"
    )
    environment = {"PYTHONPATH": str(Path(moderation.__file__).parents[1])}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, url],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.communicate()[1] for process in processes] == [""] * 4
    assert [process.returncode for process in processes] == [0] * 4
    engine = open_engine(url)
    with writing(engine) as connection:
        assert differences(connection) == []
    engine.dispose()


CHANGES = [
    "UPDATE comment_versions SET text = 'آخر'",
    "UPDATE scores SET truncated = true",
    "UPDATE decisions SET action = 'approve'",
    "DELETE FROM decisions",
    "DELETE FROM scores",
    "DELETE FROM comment_versions",
    "DELETE FROM comments",
]


@pytest.mark.parametrize("change", CHANGES)
def test_history_is_not_changed(store: CommentStore, engine: Engine, change: str) -> None:
    [stored] = store.record(SITE, [moderated("لا يُمحى", "c-1")])
    with pytest.raises(exc.IntegrityError), writing(engine) as connection:
        connection.execute(text(change))
    assert store.find(SITE, ["c-1"]) == {"c-1": stored}


REPLACE = "INSERT OR REPLACE INTO decisions SELECT * FROM decisions"
TRUNCATE = "TRUNCATE comments CASCADE"


@pytest.mark.parametrize(("kind", "change"), [("sqlite", REPLACE), ("postgresql", TRUNCATE)])
def test_nor_by_a_back_door(request: pytest.FixtureRequest, kind: str, change: str) -> None:
    url = request.getfixturevalue(f"{kind}_url")
    migrate(url)
    engine = open_engine(url)
    CommentStore(engine, b"secret").record(SITE, [moderated("لا يُمحى", "c-1")])
    with pytest.raises(exc.IntegrityError, match="append-only"), writing(engine) as connection:
        connection.execute(text(change))
    engine.dispose()


def test_what_was_held_before_there_was_a_queue_waits_in_it(url: str) -> None:
    engine = open_engine(url)
    migrate_to(engine, "0002")
    with writing(engine) as connection:
        for table, row in OLD_ROWS:
            names = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)
    migrate(url)
    with reading(engine) as connection:
        rows = connection.execute(select(queue_items)).all()
    assert [(r.version_id, r.code, r.state, r.score) for r in rows] == [
        (1 + OLD, "insult", "open", 0.5)
    ]
    assert rows[0].created_at == HELD_AT
    moderator = person(engine)
    item = claim(engine, moderator, Filters(), RULES.lease, NOW)
    assert item is not None
    decide(engine, moderator, item.id, FINE, RULES, NOW)
    assert standing(engine, "c-1") == ("approve", "human")
    engine.dispose()


# Below all ids that the databases give themselves.
OLD = -1000
HELD_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_DECISION = {
    "score_id": None, "policy_id": "default", "policy_version": 1, "policy_sha256": "b" * 64,
    "rule": "insult-review", "threshold": None, "decided_by": "policy",
    "decided_at": "2026-01-02 03:04:05+00:00",
    "reasons": '[{"code": "insult", "rule": "insult-review", "message": {"ar": "إهانة"},'
    ' "attribute": "insult", "score": 0.5, "threshold": 0.4}]',
}  # fmt: skip
_TIME_TEXT = "2026-01-02 03:04:05.000000"
OLD_ROWS = [
    (
        "comments",
        {"id": n + OLD, "site": SITE, "external_id": f"c-{n}", "created_at": _TIME_TEXT},
    )
    for n in (1, 2)
]
OLD_ROWS += [
    (
        "comment_versions",
        {
            "id": n + OLD, "comment_id": n + OLD, "version": 1, "text": "يا حمار",
            "content_sha256": "c" * 64, "targets": "[]", "received_at": _TIME_TEXT,
        },
    )
    for n in (1, 2)
]  # fmt: skip
OLD_ROWS += [
    ("decisions", {**_DECISION, "id": n + OLD, "version_id": n + OLD, "action": action})
    for n, action in ((1, "review"), (2, "approve"))
]


def migrate_to(engine: Engine, revision: str) -> None:
    with writing(engine) as connection:
        command.upgrade(alembic_config(connection), revision)
