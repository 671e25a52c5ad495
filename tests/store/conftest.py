"""What the tests of the store share."""

import psycopg
import pytest
from sqlalchemy import Engine, event


@pytest.fixture
def impatient(url: str, engine: Engine) -> Engine:
    """The same database, giving up on a lock after 50 ms."""

    def on_connect(connection: psycopg.Connection, _entry: object) -> None:
        if url.startswith("sqlite"):
            connection.execute("PRAGMA busy_timeout = 50")
        else:
            connection.execute("SET lock_timeout = 50")
            connection.commit()

    event.listen(engine, "connect", on_connect)
    engine.dispose()
    return engine
