"""Moderators see the worst of it only when they ask."""

import pytest
from playwright.sync_api import Locator, Page, expect

from moderation.store.accounts import Account, set_preferences

from .busy import INSULTING, THREATENING, hold_abuse
from .keyboard import press
from .newsroom import Newsroom


@pytest.fixture
def layla(newsroom: Newsroom) -> Account:
    return newsroom.person("ليلى")


@pytest.fixture
def desk(newsroom: Newsroom, layla: Account) -> Page:
    hold_abuse(newsroom.engine, INSULTING, "c-1", newsroom.clock())
    page = newsroom.enter(layla)
    page.goto("/review")
    return page


def is_masked(word: Locator) -> bool:
    return "blur" in word.evaluate("word => getComputedStyle(word).filter")


def test_a_slur_is_masked_until_the_pointer_is_on_it(desk: Page) -> None:
    desk.emulate_media(reduced_motion="reduce")  # no transitions to wait for
    slur = desk.locator(".first > .text .slur")
    expect(slur).to_have_text("حمار")
    assert is_masked(slur)
    slur.hover()
    assert not is_masked(slur)
    desk.mouse.move(0, 0)
    assert is_masked(slur)
    slur.focus()
    assert not is_masked(slur)


def test_a_slur_is_masked_until_a_key_is_pressed(desk: Page) -> None:
    desk.emulate_media(reduced_motion="reduce")
    slur = desk.locator(".first > .text .slur")
    reveal = desk.get_by_role("button", name="اكشف الألفاظ")
    expect(reveal).to_have_attribute("aria-pressed", "false")
    assert is_masked(slur)
    press(desk, "KeyM")
    expect(reveal).to_have_attribute("aria-pressed", "true")
    assert not is_masked(slur)
    press(desk, "KeyM")
    assert is_masked(slur)


def test_a_severe_comment_is_closed_until_it_is_asked_for(
    newsroom: Newsroom, layla: Account
) -> None:
    hold_abuse(newsroom.engine, THREATENING, "c-1", newsroom.clock(), "threat", 0.97)
    page = newsroom.enter(layla)
    page.goto("/review")
    text = page.locator(".severe > .text")
    expect(page.get_by_text("تعليق شديد مطويّ: تهديد ٠٫٩٧")).to_be_visible()
    expect(text).to_be_hidden()
    press(page, "KeyX")
    expect(text).to_be_visible()
    press(page, "KeyX")
    expect(text).to_be_hidden()


def test_who_wants_to_see_everything_does(newsroom: Newsroom, layla: Account) -> None:
    wanted = {"mask_slurs": False, "collapse_severe": False}
    set_preferences(newsroom.engine, layla.id, wanted, newsroom.clock())
    hold_abuse(newsroom.engine, THREATENING, "c-1", newsroom.clock(), "threat", 0.97)
    page = newsroom.enter(layla)
    page.goto("/review")
    slur = page.locator(".first > .text .slur")
    expect(slur).to_be_visible()
    assert not is_masked(slur)
