"""One Chromium for all tests of this folder, and a service of its own for each."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from .busy import Busy, fill
from .chromium import running_chromium
from .newsroom import TIMEOUT_MS, Newsroom, running_newsroom

OpenNewsroom = Callable[..., Newsroom]


# Not for the whole session: while Playwright runs, no other event loop may run in this thread.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser; a missing one is a failure, not a skip."""
    expect.set_options(timeout=TIMEOUT_MS)
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def open_newsroom(chromium: Browser, tmp_path: Path) -> Iterator[OpenNewsroom]:
    """Starts services with other settings."""
    numbers = count(1)
    with ExitStack() as stack:

        def opened(**settings: Any) -> Newsroom:
            folder = tmp_path / str(next(numbers))
            folder.mkdir()
            return stack.enter_context(running_newsroom(chromium, folder, **settings))

        yield opened


@pytest.fixture
def newsroom(open_newsroom: OpenNewsroom) -> Newsroom:
    """A service as it comes, with nothing and nobody in it."""
    return open_newsroom()


@pytest.fixture(scope="package")
def crowded(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Newsroom, Busy]]:
    """A newsroom in which every page has something to show; tests look and change nothing."""
    with running_newsroom(chromium, tmp_path_factory.mktemp("crowded")) as newsroom:
        newsroom.failures_expected = True  # two of the pages are problems
        yield newsroom, fill(newsroom.engine, newsroom.clock())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs Chromium, so that ``-m "not browser"`` runs without it."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
