"""The moderators' room over fakes, on both databases, with a clock that tests set."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from moderation.api import create_app
from moderation.review.access import COOKIE, csrf_token
from moderation.review.room import Room
from moderation.settings import Settings
from moderation.store import Account, Role, sign_in
from tests.fakes import FakeScorer
from tests.store.people import ADDRESS, NOW, PASSWORD, make_account

BASE = "http://127.0.0.1:8000"


@dataclass(slots=True)
class Clock:
    """The room's time."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **parts: float) -> None:
        """Let time pass, as ``timedelta`` counts it."""
        self.now += timedelta(**parts)


@dataclass(frozen=True, slots=True)
class Browser:
    """Somebody's browser, signed in or not.

    Attributes:
        account: ``None``: nobody is signed in.
    """

    client: TestClient
    account: Account | None = None

    @property
    def csrf(self) -> str:
        """What this session's forms carry."""
        return csrf_token(self.client.cookies[COOKIE])


@dataclass(frozen=True, slots=True)
class TheRoom:
    """A running service with a moderators' room."""

    app: FastAPI
    clock: Clock

    @property
    def room(self) -> Room:
        """What its pages work with."""
        room: Room = self.app.state.room
        return room

    @property
    def engine(self) -> Engine:
        """Its database."""
        return self.room.engine

    def outside(self, base_url: str = BASE, address: str = ADDRESS) -> Browser:
        """A browser in which nobody is signed in; it follows no redirects."""
        # Entering it again would start the service again.
        return Browser(
            TestClient(
                self.app, base_url=base_url, client=(address, 50_000), follow_redirects=False
            )
        )

    def signed_in(
        self, *roles: Role, name: str = "layla", sites: Collection[str] = ()
    ) -> Browser:
        """A new person with these roles, and their browser."""
        account = make_account(self.engine, name, roles, sites, self.clock())
        client = self.outside().client
        token = sign_in(self.engine, name, PASSWORD, ADDRESS, self.clock())
        client.cookies.set(COOKIE, token)
        return Browser(client, account)


OpenRoom = Callable[..., TheRoom]


@pytest.fixture
def open_room(url: str, tmp_path: Path) -> Iterator[OpenRoom]:
    """Starts a service with other settings, once per test."""
    running: list[TestClient] = []

    def opened(**settings: object) -> TheRoom:
        values: dict[str, object] = {
            "database_url": url,
            "secret_file": tmp_path / "author-secret",
            **settings,
        }
        app = create_app(Settings.model_validate(values), lambda _: FakeScorer())
        client = TestClient(app, base_url=BASE)
        client.__enter__()
        running.append(client)
        clock = Clock()
        app.state.room = replace(app.state.room, clock=clock)
        return TheRoom(app, clock)

    yield opened
    for client in running:
        client.__exit__(None, None, None)


@pytest.fixture
def room(open_room: OpenRoom) -> TheRoom:
    """The room as it comes."""
    return open_room()
