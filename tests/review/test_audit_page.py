"""The page of the log."""

import re

from moderation.store import (
    Role,
    create_account,
    newest_entries,
)

from .conftest import TheRoom


def test_the_log_s_page(room: TheRoom) -> None:
    browser = room.signed_in(Role.AUDITOR)
    create_account(room.engine, "نون", [Role.LEAD], ["<b>"], room.clock())
    page = browser.client.get("/review/audit").text
    (head,) = {entry.sha256 for entry in newest_entries(room.engine, None, 1)}
    assert f"python -m moderation audit verify --head {head}" in page
    assert "بلا حساب" in page and "<bdi>layla</bdi>" in page and "تسجيل الدخول" in page
    assert '<code dir="ltr">{&#34;account&#34;:2,&#34;name&#34;:&#34;نون&#34;' in page
    assert "<b>" not in page and "&lt;b&gt;" in page


def test_the_log_is_paged(room: TheRoom) -> None:
    browser = room.signed_in(Role.AUDITOR)
    for _ in range(120):
        browser.client.post("/review/preferences", data={"csrf": browser.csrf})
    first = browser.client.get("/review/audit").text
    assert first.count("<tr>") == 101
    link = re.search(r'href="(/review/audit\?before=\d+)"', first)
    assert link is not None
    second = browser.client.get(link[1]).text
    assert second.count("<tr>") == 24  # two made the account, one signed in
    assert "before=" not in second and 'href="/review/audit"' in second
    assert browser.client.get("/review/audit?before=0").status_code == 422
    assert browser.client.get(f"/review/audit?before={2**63}").status_code == 422
    assert "لا قيود" in browser.client.get("/review/audit?before=1").text
