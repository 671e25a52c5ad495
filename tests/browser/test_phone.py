"""On a phone: nothing to scroll sideways, nothing too small for a finger."""

import pytest
from playwright.sync_api import Page, expect

from tests.store.room import hold, standing

from .busy import Busy
from .newsroom import Newsroom
from .test_accessibility import PAGES, address

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 3,
    "is_mobile": True,
    "has_touch": True,
}
# WCAG 2.5.8, in CSS pixels; links within a sentence may be smaller.
_TARGET_PX = 24
_TARGETS = "button, summary, select, input, .top a, .button"
_SMALL = """([targets, least]) => [...document.querySelectorAll(targets)]
  .filter(target => target.checkVisibility() && target.type !== "hidden")
  .map(target => [target, target.getBoundingClientRect()])
  .filter(([target, box]) => !target.matches(".visually-hidden") &&
    (box.width < least || box.height < least))
  .map(([target, box]) => `${target.outerHTML.slice(0, 80)} ${box.width}x${box.height}`)"""


@pytest.fixture(scope="module")
def phone(crowded: tuple[Newsroom, Busy]) -> Page:
    newsroom, busy = crowded
    return newsroom.enter(busy.leads["ar"], **PHONE)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_fits(phone: Page, crowded: tuple[Newsroom, Busy], name: str) -> None:
    phone.goto(address(name, crowded[1], "ar"))
    width, available = phone.evaluate("[document.scrollingElement.scrollWidth, innerWidth]")
    assert width <= available == 390
    assert phone.evaluate(_SMALL, [_TARGETS, _TARGET_PX]) == []


def test_a_tap_approves(newsroom: Newsroom) -> None:
    hold(newsroom.engine, id="c-1")
    page = newsroom.enter(newsroom.person("ليلى"), **PHONE)
    page.goto("/review")
    approve = page.get_by_role("button", name="انشر")
    # Within reach of the thumb, however long the comment is.
    expect(approve).to_be_in_viewport(ratio=1)
    approve.tap()
    expect(page.locator(".done")).to_contain_text("نُشر التعليق.")
    assert standing(newsroom.engine, "c-1") == ("approve", "human")


def test_taps_reject_with_a_reason(newsroom: Newsroom) -> None:
    hold(newsroom.engine, id="c-1")
    page = newsroom.enter(newsroom.person("ليلى"), **PHONE)
    page.goto("/review")
    page.locator("summary", has_text="ارفض").tap()
    for reason in page.locator("details.reasons form button").all():
        expect(reason).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="معلومة كاذبة").tap()
    expect(page.locator(".done")).to_contain_text("رُفض التعليق")
    assert standing(newsroom.engine, "c-1") == ("reject", "human")
