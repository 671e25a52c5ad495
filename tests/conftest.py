"""What all tests share. Whoever asks for ``url`` or ``engine`` runs on both databases."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, make_url

from moderation.scoring import Bundle, load_bundle
from moderation.settings import Settings
from moderation.store import CommentStore, migrate, open_engine
from tests.postgresql import running_postgresql

_numbers = count(1)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL of our own, as a URL; no PostgreSQL is a failure, not a skip."""
    with running_postgresql(safe=False) as url:
        yield url


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """An empty database."""
    name = f"mizan_{next(_numbers)}"
    with psycopg.connect(postgresql_server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        url = make_url(postgresql_server).set(database=name)
        yield url.render_as_string(hide_password=False)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A database that does not exist yet, nor does its folder."""
    return f"sqlite:///{tmp_path}/بيانات/comments 50%.sqlite3"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """An empty database of either kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """A migrated database."""
    migrate(url)
    engine = open_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine) -> CommentStore:
    """The store under test."""
    return CommentStore(engine, b"secret")


@pytest.fixture(scope="session")
def shipped_bundle() -> Bundle:
    """The model that the service ships with; a missing one is a failure, not a skip."""
    return load_bundle(Settings().model)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the model, so that ``-m "not model"`` runs without it."""
    for item in items:
        if "shipped_bundle" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.model)
