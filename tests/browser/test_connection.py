"""A line that is cut or slow: nothing is lost, nothing is decided twice."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.store.room import hold, human_decisions, standing

from .keyboard import press
from .newsroom import Newsroom


@pytest.fixture
def desk(newsroom: Newsroom) -> Page:
    for number in range(2):
        hold(
            newsroom.engine, f"كلام رقم {number} عن الوزير", f"c-{number}", priority=number + 1
        )
    page = newsroom.enter(newsroom.person("ليلى"))
    page.goto("/review")
    expect(page.locator(".first > .text")).to_have_text("كلام رقم 0 عن الوزير")
    return page


def test_without_a_connection(newsroom: Newsroom, desk: Page) -> None:
    newsroom.failures_expected = True
    desk.context.set_offline(True)
    press(desk, "KeyA")
    expect(desk.get_by_role("alert")).to_contain_text("انقطع الاتصال ولم يُحفظ القرار.")
    expect(desk.locator(".first > .text")).to_have_text("كلام رقم 0 عن الوزير")
    assert human_decisions(newsroom.engine) == []

    desk.context.set_offline(False)
    press(desk, "KeyA")
    expect(desk.locator(".first > .text")).to_have_text("كلام رقم 1 عن الوزير")
    expect(desk.get_by_role("alert")).to_have_count(0)
    assert len(human_decisions(newsroom.engine)) == 1
    assert standing(newsroom.engine, "c-0") == ("approve", "human")


def test_an_answer_that_was_lost_is_not_a_second_decision(
    newsroom: Newsroom, desk: Page
) -> None:
    newsroom.failures_expected = True

    def lose(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    desk.route("**/decide*", lose)
    press(desk, "KeyA")
    expect(desk.get_by_role("alert")).to_contain_text("انقطع الاتصال")
    desk.unroute("**/decide*")
    press(desk, "KeyA")
    expect(desk.get_by_role("alert")).to_contain_text("سبقك ليلى إلى هذا التعليق.")
    assert len(human_decisions(newsroom.engine)) == 1


def test_a_key_pressed_twice_decides_once(newsroom: Newsroom, desk: Page) -> None:
    held: list[Route] = []
    desk.route("**/review/items/**", lambda route: held.append(route))
    with desk.expect_request("**/decide*"):
        press(desk, "KeyA")
    for code in ("KeyA", "KeyS", "KeyE"):
        press(desk, code)
    expect(desk.get_by_role("button", name="انشر")).to_be_disabled()
    assert len(held) == 1
    held[0].continue_()
    expect(desk.locator(".first > .text")).to_have_text("كلام رقم 1 عن الوزير")
    assert len(human_decisions(newsroom.engine)) == 1


def test_whoever_was_signed_out_meanwhile_is_sent_to_the_form(
    newsroom: Newsroom, desk: Page
) -> None:
    desk.context.clear_cookies()
    press(desk, "KeyA")
    expect(desk.get_by_role("heading", level=1)).to_have_text("تسجيل الدخول")
    assert human_decisions(newsroom.engine) == []
