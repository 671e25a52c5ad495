"""Every page in both languages and all themes, by the rules of WCAG 2.2 AA."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from moderation.store.accounts import set_preferences

from .accessibility import violations
from .busy import Busy, fill
from .keyboard import press
from .newsroom import Newsroom, running_newsroom

LANGUAGES = [("ar", "rtl"), ("en", "ltr")]
PAGES = {
    "sign-in": "/review/sign-in?lang={lang}",
    "welcome": "/review/welcome/{busy.invited}?lang={lang}",
    "link gone": "/review/welcome/none?lang={lang}",
    "desk": "/review",
    "desk after a decision": "/review?done=reject&reason=insult&item={busy.done}",
    "empty desk": "/review?site=none",
    "item": "/review/items/{busy.full}",
    "severe item": "/review/items/{busy.severe}",
    "blind item": "/review/items/{busy.blind}",
    "decided item": "/review/items/{busy.done}",
    "history": "/review/history",
    "everybody's history": "/review/history?everybody=true",
    "raids": "/review/items",
    "confirm": "/review/items/confirm?action=reject&reason=spam",
    "preferences": "/review/preferences",
    "measures": "/review/measures",
    "articles": "/review/articles",
    "article": "/review/articles/a-17?site=sahafa.example",
    "webhooks": "/review/webhooks",
    "message": "/review/webhooks/1",
    "audit": "/review/audit",
    "problem": "/review/items/99999",
}


@pytest.fixture(scope="module")
def newsroom(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    with running_newsroom(chromium, tmp_path_factory.mktemp("busy")) as newsroom:
        newsroom.failures_expected = True  # two of the pages are problems
        yield newsroom


@pytest.fixture(scope="module")
def busy(newsroom: Newsroom) -> Busy:
    return fill(newsroom.engine, newsroom.clock())


@pytest.fixture(scope="module")
def page(newsroom: Newsroom, busy: Busy) -> Page:
    """Somebody who may open every page."""
    return newsroom.enter(busy.lead)


@pytest.fixture(scope="module", params=LANGUAGES, ids=["ar", "en"])
def language(request: pytest.FixtureRequest, newsroom: Newsroom, busy: Busy) -> tuple[str, str]:
    """Language and direction of the pages."""
    lang, direction = request.param
    set_preferences(newsroom.engine, busy.lead.id, {"language": lang}, newsroom.clock())
    return lang, direction


@pytest.mark.parametrize("name", PAGES)
def test_every_page_in_every_theme(
    page: Page, busy: Busy, language: tuple[str, str], name: str
) -> None:
    lang, direction = language
    page.goto(PAGES[name].format(busy=busy, lang=lang))
    root = page.locator("html")
    expect(root).to_have_attribute("lang", lang)
    expect(root).to_have_attribute("dir", direction)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, "color-contrast") == []
    page.emulate_media(color_scheme="light")
    page.evaluate("document.body.dataset.theme = 'contrast'")
    assert violations(page, "color-contrast") == []


def test_what_opens_on_the_desk(page: Page, language: tuple[str, str]) -> None:
    page.goto("/review")
    press(page, "KeyR")
    expect(page.locator("details.reasons form")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    press(page, "KeyH")
    expect(page.locator("dialog#help")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("theme", ["dark", "contrast"])
def test_a_chosen_theme_is_the_page_s(
    newsroom: Newsroom, busy: Busy, page: Page, theme: str
) -> None:
    chosen = {"theme": theme}
    set_preferences(newsroom.engine, busy.lead.id, chosen, newsroom.clock())
    page.goto("/review")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == {"dark": "rgb(20, 24, 22)", "contrast": "rgb(0, 0, 0)"}[theme]


def test_a_page_with_mistakes_is_found_out(page: Page) -> None:
    page.goto("/review/preferences")
    page.evaluate("document.querySelector('label').remove()")
    page.evaluate("document.querySelector('h1').style = 'color: #888; background: #999'")
    rules = {line.partition(":")[0] for line in violations(page)}
    assert {"select-name", "color-contrast"} <= rules
