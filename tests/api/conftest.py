"""Running services over fakes, each with a database of its own."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import pytest
from fastapi.testclient import TestClient

from moderation.api import create_app
from moderation.scoring import Scorer
from moderation.settings import Settings
from tests.fakes import FakeScorer


class OpenClient(Protocol):
    """Starts a service and returns a client on the same machine."""

    def __call__(
        self,
        scorer: Scorer | None = None,
        *,
        base_url: str = "http://127.0.0.1:8000",
        address: str = "127.0.0.1",
        **settings: Any,
    ) -> AbstractContextManager[TestClient]: ...


@pytest.fixture(scope="session")
def open_client(tmp_path_factory: pytest.TempPathFactory) -> OpenClient:
    """A factory of services; each call has a new database unless ``database_url`` is given."""
    folders = (tmp_path_factory.mktemp(f"service-{number}") for number in count())

    @contextmanager
    def opened(
        scorer: Scorer | None = None,
        *,
        base_url: str = "http://127.0.0.1:8000",
        address: str = "127.0.0.1",
        **settings: Any,
    ) -> Iterator[TestClient]:
        app = create_app(isolated(next(folders), **settings), lambda _: scorer or FakeScorer())
        with TestClient(app, base_url=base_url, client=(address, 50_000)) as client:
            yield client

    return opened


def isolated(folder: Path, **changes: Any) -> Settings:
    """Settings that touch nothing outside ``folder``."""
    return Settings(
        **{
            "database_url": f"sqlite:///{folder}/mizan.sqlite3",
            "secret_file": folder / "author-secret",
            **changes,
        }
    )


@pytest.fixture(scope="module")
def client(open_client: OpenClient) -> Iterator[TestClient]:
    """A service that all tests of a module share; they use different ids."""
    with open_client() as client:
        yield client
