"""Bringing a database's tables up to date.

A new revision is written by alembic itself::

    with writing(open_engine(url)) as connection:
        command.revision(alembic_config(connection), "add users", autogenerate=True)
"""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from moderation.store.engine import open_engine, writing

# Any fixed number; it only has to differ from other locks taken in the same database.
_MIGRATION_LOCK = 0x6D697A616E
# For another process's migration.
_WAIT_S = 60


def migrate(url: str) -> None:
    """Create or upgrade the tables; does nothing where they are up to date.

    All in one transaction: it happens completely or not at all. When several
    processes start at once, one migrates and the others wait for it.

    Args:
        url: see ``open_engine``.

    Raises:
        StoreUnavailableError: the database cannot be used right now.
    """
    engine = open_engine(url, _WAIT_S)
    try:
        # On SQLite the transaction itself is the lock.
        with writing(engine) as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK}
                )
            command.upgrade(alembic_config(connection), "head")
    finally:
        engine.dispose()


@contextmanager
def database(url: str) -> Iterator[Engine]:
    """An up-to-date database, for as long as a command needs it.

    Raises:
        StoreUnavailableError: it cannot be used right now.
    """
    migrate(url)
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings for commands that run inside the connection's transaction."""
    config = Config()
    config.set_main_option("script_location", "moderation.store:migrations")
    config.attributes["connection"] = connection
    return config
