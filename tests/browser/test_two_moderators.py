"""Two people at the same queue, each in a browser of their own."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.store.room import hold, human_decisions, standing

from .keyboard import press
from .newsroom import Newsroom

LEASE_S = 180


@pytest.fixture
def layla(newsroom: Newsroom) -> Page:
    return newsroom.enter(newsroom.person("ليلى"))


@pytest.fixture
def sami(newsroom: Newsroom) -> Page:
    return newsroom.enter(newsroom.person("سامي"))


def item_on(page: Page) -> str:
    return page.locator("#desk").get_attribute("data-item") or ""


def test_never_the_same_comment(newsroom: Newsroom, layla: Page, sami: Page) -> None:
    for number in range(8):
        hold(newsroom.engine, f"تعليق رقم {number}")
    seen: dict[str, list[str]] = {"layla": [], "sami": []}
    layla.goto("/review", wait_until="commit")
    sami.goto("/review", wait_until="commit")
    for _ in range(4):
        for name, page in (("layla", layla), ("sami", sami)):
            expect(page.locator("article.card")).to_be_visible()
            seen[name].append(item_on(page))
        for page in (layla, sami):
            press(page, "KeyA")
        for name, page in (("layla", layla), ("sami", sami)):
            expect(page.locator("#desk")).not_to_have_attribute("data-item", seen[name][-1])
    assert len({*seen["layla"], *seen["sami"]}) == 8
    assert len(human_decisions(newsroom.engine)) == 8
    expect(sami.get_by_text("لا شيء ينتظر المراجعة الآن.")).to_be_visible()


def test_who_is_slower_is_told_who_was_faster(
    newsroom: Newsroom, layla: Page, sami: Page
) -> None:
    newsroom.failures_expected = True
    hold(newsroom.engine, id="c-1")
    layla.goto("/review")
    expect(layla.locator("article.card")).to_be_visible()
    sami.goto(f"/review/items/{item_on(layla)}")
    press(layla, "KeyA")
    expect(layla.locator(".done")).to_be_visible()
    sami.get_by_role("button", name="خذ هذا التعليق").click()
    expect(sami.get_by_role("alert")).to_have_text("سبقك ليلى إلى هذا التعليق.")
    assert len(human_decisions(newsroom.engine)) == 1


def test_a_comment_that_somebody_looks_at_is_not_taken_away(
    newsroom: Newsroom, layla: Page, sami: Page
) -> None:
    newsroom.failures_expected = True
    hold(newsroom.engine, id="c-1")
    layla.goto("/review")
    expect(layla.locator("article.card")).to_be_visible()
    sami.goto(f"/review/items/{item_on(layla)}")
    sami.get_by_role("button", name="خذ هذا التعليق").click()
    expect(sami.get_by_role("alert")).to_have_text("ليلى ينظر في هذا التعليق الآن.")


def test_who_left_the_desk_too_long(newsroom: Newsroom, layla: Page, sami: Page) -> None:
    newsroom.failures_expected = True
    hold(newsroom.engine, "كلام عن الوزير", "c-1")
    layla.clock.install()
    layla.goto("/review")
    text = layla.locator(".first > .text")
    expect(text).to_have_text("كلام عن الوزير")

    newsroom.clock.pass_by(seconds=LEASE_S + 1)
    sami.goto("/review")
    expect(sami.locator(".first > .text")).to_have_text("كلام عن الوزير")
    layla.clock.fast_forward(1000 * LEASE_S // 3)
    expect(layla.get_by_role("alert")).to_contain_text("انتهت مهلة الحجز")

    press(layla, "KeyA")
    expect(layla.get_by_role("alert")).to_have_text("سامي ينظر في هذا التعليق الآن.")
    expect(text).to_have_text("كلام عن الوزير")
    assert human_decisions(newsroom.engine) == []
    # Not locked: once the colleague has gone on, it is said who decided.
    press(sami, "KeyR")
    press(sami, "Digit1")
    expect(sami.locator(".done")).to_be_visible()
    press(layla, "KeyA")
    expect(layla.get_by_role("alert")).to_have_text("سبقك سامي إلى هذا التعليق.")
    assert standing(newsroom.engine, "c-1") == ("reject", "human")
    layla.goto("/review")
    expect(layla.get_by_text("لا شيء ينتظر المراجعة الآن.")).to_be_visible()


def test_whoever_stays_at_the_desk_keeps_the_comment(
    newsroom: Newsroom, layla: Page, sami: Page
) -> None:
    hold(newsroom.engine, id="c-1")
    layla.clock.install()
    layla.goto("/review")
    expect(layla.locator("article.card")).to_be_visible()
    newsroom.clock.pass_by(seconds=LEASE_S - 1)
    with layla.expect_response(re.compile("/renew$")) as renewed:
        layla.clock.fast_forward(1000 * LEASE_S // 3)
    assert renewed.value.status == 204
    newsroom.clock.pass_by(seconds=LEASE_S - 1)
    sami.goto("/review")
    expect(sami.get_by_text("لا شيء ينتظر المراجعة الآن.")).to_be_visible()
