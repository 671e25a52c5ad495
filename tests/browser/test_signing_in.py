"""From the one-time link of the first run to the desk."""

import pytest
from playwright.sync_api import expect

from moderation.store import first_invitation
from tests.store.people import PASSWORD

from .newsroom import Newsroom


def test_from_the_first_link_to_the_desk(newsroom: Newsroom) -> None:
    token = first_invitation(newsroom.engine, newsroom.clock())
    page = newsroom.outside()
    page.goto(f"/review/welcome/{token}")
    expect(page.get_by_role("heading", level=1)).to_have_text("مرحبًا بك في ميزان")
    page.get_by_label("اسم المستخدم").fill("هدى")
    page.get_by_label("كلمة المرور الجديدة").fill(PASSWORD)
    page.get_by_label("كلمة المرور مرة أخرى").fill(PASSWORD)
    page.get_by_role("button", name="حفظ كلمة المرور").click()
    expect(page.get_by_text("حُفظت كلمة المرور. سجّل الدخول الآن.")).to_be_visible()
    page.get_by_label("اسم المستخدم").fill("هدى")
    page.get_by_label("كلمة المرور").fill(PASSWORD)
    page.get_by_role("button", name="دخول").click()
    expect(page).to_have_url(f"{newsroom.base}/review")
    expect(page.get_by_role("link", name="هدى")).to_be_visible()
    expect(page.get_by_text("لا شيء ينتظر المراجعة الآن.")).to_be_visible()


def test_a_wrong_password_says_so_in_arabic(newsroom: Newsroom) -> None:
    newsroom.failures_expected = True
    newsroom.person("layla")
    page = newsroom.outside()
    page.goto("/review/history")
    expect(page).to_have_title("تسجيل الدخول · ميزان")
    page.get_by_label("اسم المستخدم").fill("layla")
    page.get_by_label("كلمة المرور").fill(f"{PASSWORD}.")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("اسم المستخدم أو كلمة المرور غير صحيحة.")
    page.get_by_label("اسم المستخدم").fill("layla")
    page.get_by_label("كلمة المرور").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{newsroom.base}/review/history")


@pytest.mark.parametrize(("lang", "direction"), [("ar", "rtl"), ("en", "ltr")])
def test_the_form_is_in_the_language_asked_for(
    newsroom: Newsroom, lang: str, direction: str
) -> None:
    page = newsroom.outside()
    page.goto("/review/sign-in")
    page.get_by_role("link", name="English").click()
    if lang == "ar":
        page.get_by_role("link", name="العربية").click()
    root = page.locator("html")
    expect(root).to_have_attribute("lang", lang)
    expect(root).to_have_attribute("dir", direction)


def test_signing_out_ends_the_session(newsroom: Newsroom) -> None:
    page = newsroom.enter(newsroom.person("layla"))
    page.goto("/review")
    page.get_by_role("button", name="تسجيل الخروج").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("تسجيل الدخول")
    page.goto("/review")
    expect(page.get_by_role("heading", level=1)).to_have_text("تسجيل الدخول")
