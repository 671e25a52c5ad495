"""Pictures of the moderators' room, full of the demo's comments.

python -m bench.screenshots FOLDER     # every page, both languages, desktop and phone
python -m bench.screenshots --readme   # the pictures that the README shows
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page

from bench.review import served, sign_in
from moderation.analysis import open_analyzer
from moderation.demo.newsroom import SignIn, fill_demo
from moderation.pipeline import Moderator
from moderation.policy import load_policy
from moderation.scoring import OnnxScorer, load_bundle
from moderation.settings import Settings
from moderation.store import database
from tests.browser.chromium import running_chromium

_IMAGES = Path(__file__).parents[1] / "docs" / "images"
_README = {
    "review": "/review?score_from=0.3&score_to=0.8",
    "measures": "/review/measures?days=7",
}
_PAGES = {
    "desk": "/review",
    "raids": "/review/items",
    "confirm": "/review/items/confirm?action=reject&reason=spam",
    "history": "/review/history?everybody=true",
    "measures": "/review/measures?days=7",
    "articles": "/review/articles",
    "webhooks": "/review/webhooks",
    "preferences": "/review/preferences",
    "policy": "/policy",
}
_SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


def main() -> None:
    """Make them."""
    readme = sys.argv[1:] == ["--readme"]
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    folder = _IMAGES if readme else Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with demo() as (base, who), running_chromium() as browser:
        if readme:
            page = signed_in(browser, base, who, "desktop", "ar")
            for name, path in _README.items():
                shoot(page, path, folder / f"{name}.png")
        else:
            for size in _SIZES:
                for language in ("ar", "en"):
                    page = signed_in(browser, base, who, size, language)
                    for name, path in _PAGES.items():
                        shoot(page, path, folder / f"{name}-{size}-{language}.png", whole=True)


@contextmanager
def demo() -> Iterator[tuple[str, SignIn]]:
    """A running demo: its address, and with what to sign in."""
    settings = Settings()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/demo.sqlite3"
        with database(url) as engine:
            scorer = OnnxScorer(load_bundle(settings.model), settings.threads)
            moderator = Moderator(scorer, load_policy(settings.policy), open_analyzer())
            who = fill_demo(engine, moderator, settings.site, datetime.now(UTC))
            scorer.close()
        with served(url) as base:
            yield base, who


def signed_in(browser: Browser, base: str, who: SignIn, size: str, language: str) -> Page:
    """A page of a browser of this size, in this language."""
    width, height = _SIZES[size]
    page = browser.new_page(base_url=base, viewport={"width": width, "height": height})
    sign_in(page, who.name, who.password)
    page.goto("/review/preferences")
    page.select_option("select[name=language]", language)
    page.click("form[action='/review/preferences'] button")
    return page


def shoot(page: Page, path: str, file: Path, *, whole: bool = False) -> None:
    """One picture; ``whole``: as long as the page is."""
    page.goto(path)
    page.screenshot(path=file, full_page=whole)


if __name__ == "__main__":
    main()
