"""A raid: filtered, counted, decided at once, and taken back at once."""

from playwright.sync_api import expect

from tests.store.room import hold, human_decisions, standing

from .newsroom import Newsroom


def test_a_band_of_scores_is_rejected_and_taken_back(newsroom: Newsroom) -> None:
    for number in range(12):
        hold(newsroom.engine, f"إعلان رقم {number} عن ربح سريع", f"spam-{number}", score=0.72)
    for number in range(3):
        hold(newsroom.engine, f"رأي رقم {number}", f"fine-{number}", score=0.45)
    page = newsroom.enter(newsroom.person("ليلى"))
    page.goto("/review/history")
    page.get_by_role("link", name="دفعة واحدة").click()
    expect(page.get_by_role("heading", name="١٥ تعليقًا")).to_be_visible()
    page.locator("summary", has_text="توزيع الدرجات").click()
    page.get_by_role("link", name="٠٫٧٠–٠٫٧٥").click()
    expect(page.get_by_role("heading", name="١٢ تعليقًا")).to_be_visible()
    expect(page.get_by_label("الدرجة من")).to_have_value("0.7")
    page.get_by_label("سبب الرفض").select_option("spam")
    page.get_by_role("button", name="ارفضها كلها…").click()
    expect(page.locator(".strong")).to_contain_text("سترفض ١٢ تعليقًا، والسبب:")
    assert human_decisions(newsroom.engine) == []

    page.get_by_role("button", name="نعم، نفّذ").click()
    batch = page.locator("#batches li")
    expect(batch).to_contain_text("١٢ تعليقًا")
    assert {standing(newsroom.engine, f"spam-{n}") for n in range(12)} == {("reject", "human")}
    assert {standing(newsroom.engine, f"fine-{n}") for n in range(3)} == {("review", "policy")}

    batch.get_by_role("button", name="تراجع عنها كلها").click()
    expect(batch).to_contain_text("أُلغيت في")
    expect(batch.get_by_role("button")).to_have_count(0)
    assert {standing(newsroom.engine, f"spam-{n}") for n in range(12)} == {("review", "human")}
    expect(page.get_by_role("heading", name="١٥ تعليقًا")).to_be_visible()


def test_what_changed_meanwhile_is_not_decided(newsroom: Newsroom) -> None:
    newsroom.failures_expected = True
    for number in range(3):
        hold(newsroom.engine, f"إعلان رقم {number}", f"spam-{number}")
    page = newsroom.enter(newsroom.person("ليلى"))
    page.goto("/review/items")
    page.get_by_role("button", name="انشرها كلها…").click()
    expect(page.locator(".strong")).to_have_text("ستنشر ٣ تعليقات.")
    other = newsroom.enter(newsroom.person("سامي"))
    other.goto("/review")
    expect(other.locator("article.card")).to_be_visible()
    page.get_by_role("button", name="نعم، نفّذ").click()
    expect(page.get_by_role("alert")).to_contain_text("(صار ٢)")
    assert human_decisions(newsroom.engine) == []
