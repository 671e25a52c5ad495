"""The way through the desk with Tab alone."""

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .busy import Busy
from .newsroom import Newsroom

# Where the focus is, as a person would say, and where on the screen.
_FOCUSED = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect();
  const place = at.closest(".skip-link, .top, .toolbar, .done, article, .actions");
  return {
    place: at === document.body ? "none" : place ? place.className.split(" ")[0] : "page",
    text: (at.innerText || at.getAttribute("aria-label") || at.name || "").trim().slice(0, 40),
    start: getComputedStyle(at).direction === "rtl" ? -box.right : box.left,
    top: box.top, bottom: box.bottom,
    outline: getComputedStyle(at).outlineStyle,
    covered: !at.contains(document.elementFromPoint(box.x + box.width / 2, box.y + 3)),
  };
}"""


@pytest.fixture(params=["ar", "en"])
def desk(request: pytest.FixtureRequest, crowded: tuple[Newsroom, Busy]) -> Page:
    """The desk with everything on it, in either language."""
    newsroom, busy = crowded
    page = newsroom.enter(busy.leads[request.param])
    page.goto(f"/review?done=approve&item={busy.done}")
    return page


def walk(page: Page) -> list[dict[str, Any]]:
    """Tab from the top to the end of the page."""
    stops: list[dict[str, Any]] = []
    while True:
        page.keyboard.press("Tab")
        stop = page.evaluate(_FOCUSED)
        if stop["place"] == "none" or (stops and stop["place"] == "skip-link"):
            return stops
        stops.append(stop)
        assert len(stops) < 100


def test_the_order_is_the_order_on_the_screen(desk: Page) -> None:
    stops = walk(desk)
    places = [stop["place"] for stop in stops]
    assert list(dict.fromkeys(places)) == [
        "skip-link",
        "top",
        "toolbar",
        "done",
        "card",
        "actions",
    ]
    for place in ("top", "actions"):
        line = [stop for stop in stops if stop["place"] == place]
        assert len(line) > 4
        for before, after in pairwise(line):
            same_line = after["top"] < before["bottom"]
            assert not same_line or after["start"] > before["start"], (before, after)
    for stop in stops:
        assert stop["outline"] != "none", stop


def test_nothing_focused_hides_behind_the_decision_bar(desk: Page) -> None:
    desk.set_viewport_size({"width": 1000, "height": 500})
    for stop in walk(desk):
        assert not stop["covered"], stop


def test_the_skip_link_skips(desk: Page) -> None:
    desk.keyboard.press("Tab")
    skip = desk.locator(".skip-link")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    desk.keyboard.press("Enter")
    expect(desk.locator("main")).to_be_focused()
    desk.keyboard.press("Tab")
    assert desk.evaluate(_FOCUSED)["place"] == "toolbar"
