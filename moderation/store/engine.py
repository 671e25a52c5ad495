"""Opening the database, and the only two ways to talk to it."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote

import psycopg
from sqlalchemy import (
    URL,
    Connection,
    Engine,
    ExceptionContext,
    Insert,
    Table,
    create_engine,
    event,
    exc,
    make_url,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.pool import ConnectionPoolEntry

from moderation.errors import StoreUnavailableError
from moderation.store.encoding import loaded_json, stored_json

# How long a transaction waits for another one's lock, or for a free connection.
LOCK_WAIT_S = 5
_WAL_PAUSE_S = 0.02

_OUR_MISTAKES = (
    exc.IntegrityError,
    exc.DataError,
    exc.ProgrammingError,
    exc.NotSupportedError,
)


def open_engine(url: str, lock_wait_s: int = LOCK_WAIT_S) -> Engine:
    """Open ``sqlite:///file`` or ``postgresql://…``; creates the SQLite file and its folder.

    Connections are made on first use and made again after a failure, so the
    engine outlives a restarted server, a full disk or a file that was moved away.

    Args:
        url: as SQLAlchemy writes it.
        lock_wait_s: how long a transaction waits for another process's lock.

    Raises:
        ValueError: for any other database, SQLite in memory included.
        StoreUnavailableError: when the SQLite file cannot be created.
    """
    parsed = make_url(url)
    if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        return _open_sqlite(parsed, lock_wait_s)
    if parsed.drivername in ("postgresql", "postgresql+psycopg"):
        return _open_postgresql(parsed, lock_wait_s)
    raise ValueError(f"Use sqlite:///FILE or postgresql://…, not {parsed.drivername}.")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads.

    Raises:
        StoreUnavailableError: the database cannot be used right now.
    """
    with _unavailable_is_told(), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that is committed at the end, or rolled back on any exception.

    On SQLite it holds the write lock from the start: a read that later turns
    into a write would fail at once when another writer was faster.

    Raises:
        StoreUnavailableError: the database cannot be used right now; nothing was written.
    """
    with _unavailable_is_told(), _turn(engine), engine.connect() as connection:
        connection = connection.execution_options(writes=True)
        with connection.begin():
            yield connection


def insert_new(connection: Connection, table: Table) -> Insert:
    """An insert that leaves alone the rows that are there already."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """On SQLite one writer of this process at a time, the others in line.

    SQLite itself makes writers ask again and again, the longer the more seldom: of many
    threads some would starve.
    """
    lock: Lock | None = engine.get_execution_options().get("write_lock")
    if lock is None:
        yield
        return
    if not lock.acquire(timeout=LOCK_WAIT_S):
        raise StoreUnavailableError("The database is busy.")
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _unavailable_is_told() -> Iterator[None]:
    try:
        yield
    except _OUR_MISTAKES:
        raise
    except (exc.DBAPIError, exc.TimeoutError, exc.DisconnectionError) as error:
        raise StoreUnavailableError("The database cannot be used right now.") from error


def _create(url: URL, **options: Any) -> Engine:
    return create_engine(
        url,
        json_serializer=stored_json,
        json_deserializer=loaded_json,
        hide_parameters=True,  # a comment's text must not end up in an error message
        pool_pre_ping=True,
        pool_timeout=LOCK_WAIT_S,
        # As many as the web framework has threads.
        pool_size=10,
        max_overflow=30,
        **options,
    )


def _open_postgresql(url: URL, lock_wait_s: int) -> Engine:
    engine = _create(
        url,
        isolation_level="READ COMMITTED",
        # Without the second, a commit on a dead network hangs for a quarter of an hour.
        connect_args={"connect_timeout": LOCK_WAIT_S, "tcp_user_timeout": 10_000},
    )

    def on_connect(connection: psycopg.Connection, _entry: ConnectionPoolEntry) -> None:
        connection.execute(f"SET lock_timeout = '{lock_wait_s}s'")
        connection.commit()

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "handle_error", _hide_rows)
    return engine


def _hide_rows(context: ExceptionContext) -> None:
    """PostgreSQL's details quote the whole row, a comment's text included."""
    original, wrapped = context.original_exception, context.sqlalchemy_exception
    if isinstance(original, psycopg.Error) and original.diag.message_detail:
        original.args = (original.diag.message_primary,)
        if wrapped is not None:
            wrapped.args = original.args


def _open_sqlite(url: URL, lock_wait_s: int) -> Engine:
    path = _sqlite_file(url)

    def connect() -> sqlite3.Connection:
        # mode=rw: a file that vanished later must not come back empty.
        return sqlite3.connect(
            f"file:{quote(str(path))}?mode=rw",
            uri=True,
            timeout=lock_wait_s,
            check_same_thread=False,
            isolation_level=None,  # BEGIN is ours, below
        )

    def on_connect(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        _use_wal(connection, lock_wait_s)
        connection.execute("PRAGMA synchronous = FULL")  # accepted survives a power cut
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA recursive_triggers = ON")  # INSERT OR REPLACE is a DELETE
        entry.info["file"] = _identity(path)

    def on_checkout(_connection: object, entry: ConnectionPoolEntry, _proxy: object) -> None:
        # SQLite in WAL mode goes on writing to a deleted file without a word.
        identity = _identity(path)
        if identity is None or identity != entry.info["file"]:
            raise exc.DisconnectionError("the database file was replaced or removed")

    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    engine = _create(url, creator=connect, execution_options={"write_lock": Lock()})
    event.listen(engine, "connect", on_connect)
    event.listen(engine, "checkout", on_checkout)
    event.listen(engine, "begin", on_begin)
    return engine


def _use_wal(connection: sqlite3.Connection, lock_wait_s: int) -> None:
    """Switch a file to WAL, which it then keeps.

    While another process switches a new file, SQLite does not wait as it does elsewhere, but
    says at once that the file is busy.
    """
    until = time.monotonic() + lock_wait_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > until:
                raise
        time.sleep(_WAL_PAUSE_S)


def _sqlite_file(url: URL) -> Path:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise ValueError("SQLite needs a file: sqlite:///comments.sqlite3")
    path = Path(url.database).absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError as error:
        raise StoreUnavailableError("The database file cannot be created.") from error
    return path


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
