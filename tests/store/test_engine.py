"""When the database cannot be used: told, nothing half-written, well again afterwards."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from traceback import format_exception

import psycopg
import pytest
from sqlalchemy import Engine, event, exc, func, insert, make_url, select, text

from moderation.errors import StoreUnavailableError
from moderation.store import CommentStore, migrate, open_engine, reading, writing
from moderation.store.tables import comment_versions, comments, scores

from .samples import SITE, moderated

SECRET_TEXT = "نص لا يُكتب في أي رسالة خطأ"

INSERT_COMMENT = insert(comments).values(
    site=SITE, external_id="c-1", created_at=datetime(2026, 1, 1, tzinfo=UTC)
)


def rows(engine: Engine) -> int:
    """Count what a half-written comment would leave behind."""
    with reading(engine) as connection:
        return sum(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (comments, comment_versions, scores)
        )


def assert_unavailable(store: CommentStore) -> None:
    """Assert that recording says so, and does not tell the text."""
    with pytest.raises(StoreUnavailableError) as caught:
        store.record(SITE, [moderated("أول", "c-1"), moderated(SECRET_TEXT, "c-2")])
    assert SECRET_TEXT not in "".join(format_exception(caught.value))


def assert_works(store: CommentStore) -> None:
    """Assert that recording works (again)."""
    [stored] = store.record(SITE, [moderated(SECRET_TEXT, "c-9")])
    assert store.find(SITE, ["c-9"]) == {"c-9": stored}


def sqlite_file(engine: Engine) -> Path:
    """Return the database's file."""
    return Path(engine.url.database or "")


@contextmanager
def locked(engine: Engine) -> Iterator[None]:
    """Somebody else holds a lock."""
    if engine.dialect.name == "sqlite":
        with sqlite3.connect(sqlite_file(engine), isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
        other.close()
    else:
        with engine.connect() as connection:
            connection.execute(text("LOCK TABLE scores IN ACCESS EXCLUSIVE MODE"))
            yield


@contextmanager
def read_only(engine: Engine) -> Iterator[None]:
    """The disk was remounted, or the server is a standby."""

    def on_connect(connection: sqlite3.Connection, _entry: object) -> None:
        if engine.dialect.name == "sqlite":
            connection.execute("PRAGMA query_only = ON")
        else:
            connection.execute("SET default_transaction_read_only = on")
            connection.commit()

    with listening(engine, on_connect):
        yield


@contextmanager
def listening(
    engine: Engine, on_connect: Callable[[sqlite3.Connection, object], None]
) -> Iterator[None]:
    """Every new connection is changed, and all are new, before and after."""
    event.listen(engine, "connect", on_connect)
    engine.dispose()
    yield
    event.remove(engine, "connect", on_connect)
    engine.dispose()


@pytest.mark.parametrize("trouble", [locked, read_only])
def test_locked_or_read_only(
    impatient: Engine, trouble: Callable[[Engine], AbstractContextManager[None]]
) -> None:
    store = CommentStore(impatient, b"secret")
    with trouble(impatient):
        assert_unavailable(store)
    assert rows(impatient) == 0
    assert_works(store)


def test_an_exception_rolls_back(engine: Engine) -> None:
    with pytest.raises(RuntimeError), writing(engine) as connection:
        connection.execute(INSERT_COMMENT)
        raise RuntimeError
    assert rows(engine) == 0


def test_our_own_mistakes_stay_visible_without_the_text(engine: Engine) -> None:
    with pytest.raises(exc.IntegrityError) as caught, writing(engine) as connection:
        connection.execute(insert(comment_versions), {"text": SECRET_TEXT, "version": 1})
    assert SECRET_TEXT not in "".join(format_exception(caught.value))


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    """A migrated SQLite file."""
    migrate(sqlite_url)
    engine = open_engine(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def postgresql_engine(postgresql_url: str) -> Iterator[Engine]:
    """A migrated PostgreSQL database."""
    migrate(postgresql_url)
    engine = open_engine(postgresql_url)
    yield engine
    engine.dispose()


def test_sqlite_settings(sqlite_engine: Engine) -> None:
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    with reading(sqlite_engine) as connection:
        found = [connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in names]
    assert found == ["wal", 2, 1, 5000]


def test_a_writer_holds_the_lock_before_it_reads(sqlite_engine: Engine) -> None:
    other = sqlite3.connect(sqlite_file(sqlite_engine), timeout=0, isolation_level=None)
    with writing(sqlite_engine), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    with reading(sqlite_engine) as connection:
        connection.execute(select(comments))
        other.execute("BEGIN IMMEDIATE")
    other.close()


def test_a_full_disk(sqlite_engine: Engine) -> None:
    def on_connect(connection: sqlite3.Connection, _entry: object) -> None:
        [pages] = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    store = CommentStore(sqlite_engine, b"secret")
    with listening(sqlite_engine, on_connect), pytest.raises(StoreUnavailableError) as caught:
        store.record(SITE, [moderated(SECRET_TEXT * 200, f"c-{n}") for n in range(100)])
    assert "full" in str(caught.value.__cause__)
    assert rows(sqlite_engine) == 0
    assert_works(store)


def test_a_file_that_vanishes_and_comes_back(sqlite_engine: Engine) -> None:
    store = CommentStore(sqlite_engine, b"secret")
    [kept] = store.record(SITE, [moderated("محفوظ", "c-0")])
    path = sqlite_file(sqlite_engine)
    folder, away = path.parent, path.parent.with_name("away")
    folder.rename(away)
    assert_unavailable(store)
    folder.mkdir()
    assert_unavailable(store)
    assert list(folder.iterdir()) == []
    folder.rmdir()
    away.rename(folder)
    assert_works(store)
    assert store.find(SITE, ["c-0", "c-1"]) == {"c-0": kept}


def test_a_file_that_is_replaced(sqlite_engine: Engine, tmp_path: Path) -> None:
    """As when a backup is put in place under a running service."""
    store = CommentStore(sqlite_engine, b"secret")
    [kept] = store.record(SITE, [moderated("في النسخة", "c-0")])
    backup = tmp_path / "backup.sqlite3"
    with sqlite3.connect(backup) as target, sqlite3.connect(sqlite_file(sqlite_engine)) as live:
        live.backup(target)
    target.close()
    live.close()
    store.record(SITE, [moderated("بعد النسخة", "c-1")])
    for path in sqlite_file(sqlite_engine).parent.iterdir():
        path.unlink()
    backup.rename(sqlite_file(sqlite_engine))
    assert store.find(SITE, ["c-0", "c-1"]) == {"c-0": kept}
    assert_works(store)


def test_a_file_that_is_no_database(sqlite_engine: Engine) -> None:
    path = sqlite_file(sqlite_engine)
    sqlite_engine.dispose()
    path.write_text("ليست قاعدة بيانات " * 100)
    assert_unavailable(CommentStore(sqlite_engine, b"secret"))


def test_a_server_that_dropped_idle_connections(postgresql_engine: Engine) -> None:
    store = CommentStore(postgresql_engine, b"secret")
    assert_works(store)
    kill_connections(postgresql_engine)
    assert_works(store)


def test_a_server_that_goes_away_in_the_middle(postgresql_engine: Engine) -> None:
    with pytest.raises(StoreUnavailableError), writing(postgresql_engine) as connection:
        connection.execute(INSERT_COMMENT)
        kill_connections(postgresql_engine)
    assert rows(postgresql_engine) == 0
    assert_works(CommentStore(postgresql_engine, b"secret"))


def kill_connections(engine: Engine) -> None:
    """Do what a restart of the server does to its clients."""
    url = make_url(engine.url).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_no_server(tmp_path: Path) -> None:
    engine = open_engine(f"postgresql://postgres@/mizan?host={tmp_path}")
    assert_unavailable(CommentStore(engine, b"secret"))


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailableError):
        open_engine(f"sqlite:///{tmp_path}/file/comments.sqlite3")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://root@localhost/m"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///"):
        open_engine(url)
