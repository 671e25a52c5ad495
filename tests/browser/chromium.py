"""The browser of this machine, driven by Playwright: it brings none of its own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

_NAMES = ("chromium", "google-chrome")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    # In a container /dev/shm may be too small for a page.
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """A browser without a window.

    Raises:
        RuntimeError: none is installed; on Debian: ``apt-get install chromium``.
    """
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        raise RuntimeError(f"None of {', '.join(_NAMES)} is installed.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()
