"""The service on a port of this machine, and people who open its pages in a browser."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
)
from sqlalchemy import Engine

from moderation.api import create_app
from moderation.log import configure_logging
from moderation.review.access import COOKIE
from moderation.review.preferences import Preferences
from moderation.settings import Settings
from moderation.store import Account, Role, sign_in
from moderation.store.accounts import set_preferences
from tests.fakes import FakeScorer
from tests.review.conftest import Clock
from tests.store.people import ADDRESS, PASSWORD, make_account
from tests.store.room import NOW

TIMEOUT_MS = 15_000
# Two cores may be busy with something else.
_START_S = 30
# What the browser and htmx say of answers from 400 on and of a line that is cut.
_FAILURES = (
    "Failed to load resource",
    "Response Status Error",
    "htmx:afterRequest",
    "htmx:sendError",
)


@dataclass  # no slots: Playwright hangs its own things on objects whose methods it calls
class Newsroom:
    """A running service, and everything in it that a browser complained about.

    Attributes:
        base: its address, without a slash at the end.
        problems: errors in the console, dialogs, and requests to other machines; must stay
            empty.
        failures_expected: the test makes requests fail; the console may say so.
    """

    base: str
    app: FastAPI
    browser: Browser
    clock: Clock
    _log: Path
    problems: list[str] = field(default_factory=list)
    failures_expected: bool = False
    _contexts: list[BrowserContext] = field(default_factory=list)

    @property
    def engine(self) -> Engine:
        """Its database."""
        engine: Engine = self.app.state.room.engine
        return engine

    @property
    def log(self) -> str:
        """All that was logged so far, decoded as JSON escapes too, so that a text is found."""
        raw = self._log.read_text("utf-8")
        return raw + raw.encode().decode("unicode_escape", "replace")

    def outside(self, **options: Any) -> Page:
        """A page of a browser in which nobody is signed in; options are Playwright's."""
        context = self.browser.new_context(
            **{"base_url": self.base, "locale": "ar-EG", "color_scheme": "light", **options}
        )
        context.set_default_timeout(TIMEOUT_MS)
        self._contexts.append(context)
        page = context.new_page()
        self._watch(page)
        return page

    def person(self, name: str, *roles: Role, **preferences: Any) -> Account:
        """Somebody who may sign in; without roles a moderator."""
        account = make_account(
            self.engine, name, roles or (Role.MODERATOR,), (), self.clock(), PASSWORD
        )
        stored = Preferences(**preferences).stored()
        set_preferences(self.engine, account.id, stored, self.clock())
        return account

    def enter(self, account: Account, **options: Any) -> Page:
        """A page of a browser in which this person is signed in."""
        token = sign_in(self.engine, account.name, PASSWORD, ADDRESS, self.clock())
        page = self.outside(**options)
        page.context.add_cookies(
            [{"name": COOKIE, "value": token, "url": self.base, "httpOnly": True}]
        )
        return page

    def leave(self) -> None:
        """Close all pages."""
        for context in self._contexts:
            context.close()

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("dialog", self._note_dialog)
        page.on("console", self._note_message)
        page.on("request", self._note_request)

    def _note_dialog(self, dialog: Dialog) -> None:
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _note_message(self, message: ConsoleMessage) -> None:
        expected = self.failures_expected and message.text.startswith(_FAILURES)
        if message.type == "error" and not expected:
            self.problems.append(f"console: {message.text}")

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith(f"{self.base}/"):
            self.problems.append(f"request: {request.url}")


@contextmanager
def running_newsroom(browser: Browser, folder: Path, **settings: Any) -> Iterator[Newsroom]:
    """A service over a fake scorer, an empty SQLite database, and a clock that tests set."""
    values = {
        "database_url": f"sqlite:///{folder}/mizan.sqlite3",
        "secret_file": folder / "author-secret",
        "audit_share": 0.0,
        "second_share": 0.0,
        **settings,
    }
    log = folder / "stderr.log"
    with log.open("w", encoding="utf-8", buffering=1) as stderr:
        with redirect_stderr(stderr):
            app = create_app(Settings.model_validate(values), lambda _: FakeScorer())
        with _libraries_log_to(logging.StreamHandler(stderr)), _serving(app) as base:
            clock = Clock(NOW)
            app.state.room = replace(app.state.room, clock=clock)
            newsroom = Newsroom(base, app, browser, clock, log)
            try:
                yield newsroom
            finally:
                newsroom.leave()
    configure_logging("info")  # no longer into this file
    assert not newsroom.problems, newsroom.problems


@contextmanager
def _libraries_log_to(handler: logging.Handler) -> Iterator[None]:
    logging.root.addHandler(handler)
    try:
        yield
    finally:
        logging.root.removeHandler(handler)


@contextmanager
def _serving(app: FastAPI) -> Iterator[str]:
    config = uvicorn.Config(
        app, log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=5
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            # Calls wait in the socket until the service is ready.
            assert httpx2.get(f"{base}/healthz", timeout=_START_S).is_success
            yield base
        finally:
            server.should_exit = True
            thread.join()
