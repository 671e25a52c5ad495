"""Every page in both languages and all themes, by the rules of WCAG 2.2 AA."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from .accessibility import violations
from .busy import Busy
from .keyboard import press
from .newsroom import Newsroom

PAGES = {
    "sign-in": "/review/sign-in?lang={lang}",
    "welcome": "/review/welcome/{busy.invited}?lang={lang}",
    "link gone": "/review/welcome/none?lang={lang}",
    "desk": "/review",
    "desk after a decision": "/review?done=reject&reason=insult&item={busy.done}",
    "empty desk": "/review?site=none",
    "item": "/review/items/{full}",
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


def address(name: str, busy: Busy, lang: str) -> str:
    """Where one of ``PAGES`` is, for the lead whose pages are in this language."""
    return PAGES[name].format(busy=busy, lang=lang, full=busy.full[lang])


@dataclass(frozen=True, slots=True)
class Tour:
    """Somebody who may open every page, in one of the languages."""

    page: Page
    busy: Busy
    lang: str
    direction: str

    def visit(self, name: str) -> None:
        """Open one of ``PAGES``."""
        self.page.goto(address(name, self.busy, self.lang))


@pytest.fixture(scope="module", params=[("ar", "rtl"), ("en", "ltr")], ids=["ar", "en"])
def tour(request: pytest.FixtureRequest, crowded: tuple[Newsroom, Busy]) -> Tour:
    newsroom, busy = crowded
    lang, direction = request.param
    return Tour(newsroom.enter(busy.leads[lang]), busy, lang, direction)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_in_every_theme(tour: Tour, name: str) -> None:
    tour.visit(name)
    page = tour.page
    root = page.locator("html")
    expect(root).to_have_attribute("lang", tour.lang)
    expect(root).to_have_attribute("dir", tour.direction)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, "color-contrast") == []
    page.emulate_media(color_scheme="light")
    page.evaluate("document.body.dataset.theme = 'contrast'")
    assert violations(page, "color-contrast") == []


def test_what_opens_on_the_desk(tour: Tour) -> None:
    tour.visit("desk")
    press(tour.page, "KeyR")
    expect(tour.page.locator("details.reasons form")).to_be_visible()
    assert violations(tour.page) == []
    tour.page.keyboard.press("Escape")
    press(tour.page, "KeyH")
    expect(tour.page.locator("dialog#help")).to_be_visible()
    assert violations(tour.page) == []


@pytest.mark.parametrize(
    ("theme", "background"), [("dark", "rgb(20, 24, 22)"), ("contrast", "rgb(0, 0, 0)")]
)
def test_a_chosen_theme_is_the_page_s(newsroom: Newsroom, theme: str, background: str) -> None:
    page = newsroom.enter(newsroom.person("ليلى", theme=theme))
    page.goto("/review")
    expect(page.locator("body")).to_have_css("background-color", background)


def test_a_page_with_mistakes_is_found_out(tour: Tour) -> None:
    tour.visit("preferences")
    tour.page.evaluate("""() => {
      document.querySelector("label").remove();
      document.querySelector("h1").style.color = "rgb(200 200 200)";
    }""")
    rules = {line.partition(":")[0] for line in violations(tour.page)}
    assert {"select-name", "color-contrast"} <= rules
