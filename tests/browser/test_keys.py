"""Deciding by key on an Arabic keyboard: keys count by their place, not by their letter."""

import pytest
from playwright.sync_api import Page, expect

from moderation.store.accounts import Account, Role
from tests.store.room import hold, human_decisions, standing

from .keyboard import press
from .newsroom import Newsroom

FIRST, SECOND, THIRD = "كلام أول عن الوزير", "كلام ثانٍ عن الوزير", "كلام ثالث عن الوزير"


@pytest.fixture
def layla(newsroom: Newsroom) -> Account:
    return newsroom.person("ليلى")


@pytest.fixture
def desk(newsroom: Newsroom, layla: Account) -> Page:
    """Somebody at the desk; three comments wait."""
    for number, text in enumerate([FIRST, SECOND, THIRD], 1):
        hold(newsroom.engine, text, f"c-{number}", priority=number)
    page = newsroom.enter(layla)
    page.goto("/review")
    shows(page, FIRST)
    page.evaluate("window.stillTheSamePage = true")
    return page


def shows(page: Page, text: str) -> None:
    expect(page.locator(".first > .text")).to_have_text(text)


def is_the_same_page(page: Page) -> bool:
    return page.evaluate("window.stillTheSamePage === true") is True


def test_approve_goes_on_without_a_new_page(newsroom: Newsroom, desk: Page) -> None:
    press(desk, "KeyA")
    expect(desk.get_by_role("status").filter(has_text="نُشر التعليق.")).to_be_visible()
    shows(desk, SECOND)
    assert standing(newsroom.engine, "c-1") == ("approve", "human")
    press(desk, "KeyA")
    shows(desk, THIRD)
    assert is_the_same_page(desk)
    assert [action for _, action in human_decisions(newsroom.engine)] == ["approve"] * 2
    # Who listens to the page instead of seeing it is taken to the next comment.
    expect(desk.locator("article.card")).to_be_focused()


def test_reject_with_a_reason(newsroom: Newsroom, desk: Page) -> None:
    press(desk, "Digit1")
    expect(desk.get_by_role("button", name="إهانة")).to_be_hidden()
    press(desk, "KeyR")
    # What the policy suspected is suggested.
    expect(desk.get_by_role("button", name="إهانة", exact=False).first).to_be_focused()
    press(desk, "Digit1")
    expect(desk.locator(".done")).to_contain_text("رُفض التعليق")
    shows(desk, SECOND)
    assert standing(newsroom.engine, "c-1") == ("reject", "human")
    assert human_decisions(newsroom.engine) == [(1, "reject")]
    assert is_the_same_page(desk)


def test_escape_closes_the_reasons(newsroom: Newsroom, desk: Page) -> None:
    press(desk, "KeyR")
    expect(desk.locator("details.reasons")).to_have_attribute("open", "")
    desk.keyboard.press("Escape")
    expect(desk.locator("details.reasons")).not_to_have_attribute("open", "")
    press(desk, "Digit1")
    shows(desk, FIRST)
    assert human_decisions(newsroom.engine) == []


def test_escalate_and_skip(newsroom: Newsroom, desk: Page) -> None:
    newsroom.person("salma", Role.LEAD)
    press(desk, "KeyE")
    expect(desk.locator(".done")).to_contain_text("أُحيل التعليق إلى مسؤول.")
    shows(desk, SECOND)
    press(desk, "KeyS")
    expect(desk.locator(".done")).to_contain_text("تخطّيت التعليق")
    shows(desk, THIRD)
    press(desk, "KeyA")
    expect(desk.get_by_text("لا شيء ينتظر المراجعة الآن.")).to_be_visible()
    assert standing(newsroom.engine, "c-1") == ("review", "policy")
    assert standing(newsroom.engine, "c-2") == ("review", "policy")
    assert is_the_same_page(desk)


def test_keys_are_letters_where_somebody_types(newsroom: Newsroom, desk: Page) -> None:
    desk.get_by_text("تصفية", exact=True).click()
    desk.get_by_label("الدرجة من").focus()
    for code in ("KeyA", "KeyS", "KeyE", "KeyH"):
        press(desk, code)
    desk.locator("body").click(position={"x": 5, "y": 5})
    press(desk, "KeyA", ctrl=True)
    press(desk, "KeyS", ctrl=True)
    press(desk, "KeyN")
    note = desk.get_by_label("أضف ملاحظة لزملائك")
    expect(note).to_be_visible()
    note.focus()
    for code in ("KeyA", "KeyX", "KeyM"):
        press(desk, code)
    expect(note).to_have_value("شءة")
    assert human_decisions(newsroom.engine) == []
    desk.goto("/review")
    shows(desk, FIRST)


def test_the_list_of_keys(desk: Page) -> None:
    help_ = desk.get_by_role("dialog", name="العمل بلوحة المفاتيح")
    approve = desk.get_by_role("button", name="انشر")
    approve.focus()
    for code, shift in (("KeyH", False), ("Slash", True)):
        press(desk, code, shift=shift)
        expect(help_).to_be_visible()
        # It is modal: keys reach nothing behind it.
        press(desk, "KeyA")
        desk.keyboard.press("Escape")
        expect(help_).to_be_hidden()
        expect(approve).to_be_focused()
    shows(desk, FIRST)
    button = desk.get_by_role("button", name="المفاتيح")
    button.click()
    help_.get_by_role("button", name="أغلق").click()
    expect(help_).to_be_hidden()
    expect(button).to_be_focused()


def test_undo_by_key(newsroom: Newsroom, desk: Page) -> None:
    press(desk, "KeyA")
    shows(desk, SECOND)
    press(desk, "KeyU")
    expect(desk.locator(".done")).to_contain_text("تراجعت عن القرار")
    shows(desk, FIRST)
    assert standing(newsroom.engine, "c-1") == ("review", "human")
    assert [action for _, action in human_decisions(newsroom.engine)] == ["approve", "review"]
    press(desk, "KeyR")
    press(desk, "Digit2")
    shows(desk, SECOND)
    assert standing(newsroom.engine, "c-1") == ("reject", "human")
    assert is_the_same_page(desk)


def test_undo_is_offered_for_as_long_as_nobody_outside_knows(
    open_newsroom: object,
) -> None:
    assert callable(open_newsroom)
    newsroom: Newsroom = open_newsroom(undo_s=2)
    hold(newsroom.engine, FIRST, "c-1")
    page = newsroom.enter(newsroom.person("ليلى"))
    page.goto("/review")
    press(page, "KeyA")
    undo = page.get_by_role("button", name="تراجع")
    expect(undo).to_be_visible()
    shown_at = page.evaluate("performance.now()")
    expect(undo).to_be_hidden()
    assert 1000 < page.evaluate("performance.now()") - shown_at < 10_000
    press(page, "KeyU")
    expect(page.get_by_role("link", name="افتح")).to_be_visible()
    assert standing(newsroom.engine, "c-1") == ("approve", "human")
