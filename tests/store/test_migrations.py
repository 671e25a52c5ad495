"""Tables and triggers, from blank."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, exc, text

import moderation
from moderation.store import CommentStore, migrate, open_engine, writing
from moderation.store.tables import metadata

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
