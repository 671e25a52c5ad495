"""With JavaScript off, everything still works by plain forms."""

import pytest
from playwright.sync_api import Page, expect

from tests.store.people import PASSWORD
from tests.store.room import hold, human_decisions, standing

from .newsroom import Newsroom


@pytest.fixture
def desk(newsroom: Newsroom) -> Page:
    """The desk of somebody who came in by the form; two comments wait."""
    for number in (1, 2):
        hold(newsroom.engine, f"كلام رقم {number} عن الوزير", f"c-{number}", priority=number)
    newsroom.person("layla")
    page = newsroom.outside(java_script_enabled=False)
    page.goto("/review")
    page.get_by_label("اسم المستخدم").fill("layla")
    page.get_by_label("كلمة المرور").fill(PASSWORD)
    page.get_by_role("button", name="دخول").click()
    shows(page, 1)
    return page


def shows(page: Page, number: int) -> None:
    expect(page.locator(".first > .text")).to_have_text(f"كلام رقم {number} عن الوزير")


def test_approve_and_take_back(newsroom: Newsroom, desk: Page) -> None:
    desk.get_by_role("button", name="انشر").click()
    expect(desk.locator(".done")).to_contain_text("نُشر التعليق.")
    shows(desk, 2)
    assert standing(newsroom.engine, "c-1") == ("approve", "human")
    desk.get_by_role("button", name="تراجع").click()
    expect(desk.locator(".done")).to_contain_text("تراجعت عن القرار")
    shows(desk, 1)
    assert standing(newsroom.engine, "c-1") == ("review", "human")


def test_reject_with_a_reason(newsroom: Newsroom, desk: Page) -> None:
    spam = desk.get_by_role("button", name="إعلان أو تكرار مزعج")
    expect(spam).to_be_hidden()
    desk.locator("summary", has_text="ارفض").click()
    spam.click()
    expect(desk.locator(".done")).to_contain_text("رُفض التعليق: إعلان")
    shows(desk, 2)
    assert human_decisions(newsroom.engine) == [(1, "reject")]


def test_what_only_a_script_can_do_is_not_offered(desk: Page) -> None:
    buttons = desk.locator("button.needs-script")
    assert buttons.count() > 0
    for button in buttons.all():
        expect(button).to_be_hidden()


def test_a_note_and_a_correction(newsroom: Newsroom, desk: Page) -> None:
    desk.get_by_role("link", name="اكتب ملاحظة").click()
    desk.get_by_label("أضف ملاحظة لزملائك").fill("يكرر الكلام نفسه")
    desk.get_by_role("button", name="احفظ الملاحظة").click()
    expect(desk.locator(".notes")).to_contain_text("يكرر الكلام نفسه")
    desk.get_by_role("group", name="تهديد").get_by_label("نعم").check()
    desk.get_by_role("button", name="احفظ التصحيح").click()
    expect(desk.locator(".done")).to_contain_text("حُفظ التصحيح")
    assert human_decisions(newsroom.engine) == []
