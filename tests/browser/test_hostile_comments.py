"""Comments written against the page: they are shown, and they are nothing but text."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from moderation.domain import Context
from moderation.store.accounts import Account
from moderation.store.remarks import add_note
from tests.store.room import hold

from .busy import item_of
from .conftest import OpenNewsroom
from .newsroom import Newsroom

RLO, PDF, LRI, PDI = "\u202e", "\u202c", "\u2066", "\u2069"
SCRIPTS = (
    "<script>alert(1)</script>"
    "<img src=x onerror=alert(2)><svg onload=alert(3)>"
    "</div></article><iframe src=https://evil.example></iframe>"
    "<style>body{display:none}</style><form action=//evil.example>"
    "<button data-code=KeyA hx-post=/review/sign-out hx-trigger=load>"
    "{{ 7 * 7 }} <!-- ]]> &lt;b&gt; \"'><a href=javascript:alert(4)>اضغط</a>"
)
MARKS = "زالغو: ه" + "\u0610\u0651\u064e\u0670\u06df" * 1000 + "نا"
OVERRIDES = f"رأي {RLO}txet desrever{PDF} ثم {RLO}{LRI}ما بعده"
SURROGATES = "كلام \ud83d مكسور \udc00 و\x00صفر"
LONG_WORD = "طويل" * 5000
HOSTILE = {
    "scripts": SCRIPTS,
    "marks": MARKS,
    "overrides": OVERRIDES,
    "surrogates": SURROGATES,
    "long word": LONG_WORD,
}
_MADE_OF_IT = "script:not([src]), iframe, style, svg:not(.chart), img, [onerror], [onload]"
# Where each letter of an element stands, from its first one on.
_LETTERS = """element => {
  const places = [];
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let text; (text = texts.nextNode());) {
    for (let i = 0; i < text.length; i++) {
      const range = document.createRange();
      range.setStart(text, i);
      range.setEnd(text, i + 1);
      places.push(range.getBoundingClientRect().x);
    }
  }
  return places.map(x => x - places[0]);
}"""


@pytest.fixture
def newsroom(open_newsroom: OpenNewsroom) -> Newsroom:
    """One that logs all it can."""
    return open_newsroom(log_level="debug")


@pytest.fixture
def layla(newsroom: Newsroom) -> Account:
    return newsroom.person("ليلى")


def every_page(page: Page, item: int) -> Iterator[str]:
    """Open each page that shows the comment."""
    for path in ("/review", f"/review/items/{item}", "/review/items"):
        page.goto(path)
        yield path


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_nothing_but_text(newsroom: Newsroom, layla: Account, name: str) -> None:
    text = HOSTILE[name]
    context = Context(title=text[:2000], section=text[:50], parent=text[:2000], lead=text[:90])
    hold(newsroom.engine, text, "c-1", context=context)
    item = item_of(newsroom.engine, "c-1")
    add_note(newsroom.engine, layla, item, text[:500], newsroom.clock(), about_author=True)
    page = newsroom.enter(layla)
    for path in every_page(page, item):
        assert page.locator(f"main :is({_MADE_OF_IT})").count() == 0, path
        assert page.locator("main a[href^='javascript'], main a[href*=evil]").count() == 0, path
        sizes = page.evaluate("[document.scrollingElement.scrollWidth, innerWidth]")
        assert sizes[0] <= sizes[1], path
    page.goto("/review")
    box = page.locator(".first > .text").bounding_box()
    assert box is not None and box["height"] <= 720
    expect(page.get_by_role("button", name="انشر")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="انشر").click()
    expect(page.locator(".done")).to_be_visible()
    page.goto("/review/history")
    assert page.locator(f"main :is({_MADE_OF_IT})").count() == 0

    assert '"route": "/review"' in newsroom.log
    for word in text.split():
        if len(word) > 3:
            assert word[:40] not in newsroom.log


def test_the_text_is_shown_as_it_was_written(newsroom: Newsroom, layla: Account) -> None:
    hold(newsroom.engine, SCRIPTS, "c-1")
    page = newsroom.enter(layla)
    page.goto("/review")
    expect(page.locator(".first > .text")).to_have_text(SCRIPTS)


def test_marks_do_not_climb_out_of_their_line(newsroom: Newsroom, layla: Account) -> None:
    hold(newsroom.engine, MARKS, "c-1")
    page = newsroom.enter(layla)
    page.goto("/review")
    shown = page.locator(".first > .text")
    assert len(shown.inner_text()) < 30
    assert shown.evaluate("text => text.scrollHeight <= text.clientHeight + 1")


def test_controls_are_chips(newsroom: Newsroom, layla: Account) -> None:
    hold(newsroom.engine, OVERRIDES, "c-1")
    hold(newsroom.engine, SURROGATES, "c-2", priority=9)
    page = newsroom.enter(layla)
    page.goto("/review")
    chips = page.locator(".first > .text .control")
    expect(chips).to_have_text(["RLO", "PDF", "RLO", "LRI"])
    assert RLO not in page.content()
    page.get_by_role("button", name="انشر").click()
    expect(chips).to_have_text(["U+D83D", "U+DC00", "U+0000"])


def test_what_stands_beside_it_keeps_its_order(newsroom: Newsroom, layla: Account) -> None:
    """A note ends in an override that is never taken back; its author and date follow it."""
    places = []
    for number, note in enumerate(("ملاحظة", f"ملاحظة{RLO}{LRI}")):
        hold(newsroom.engine, f"كلام {number} عن الوزير", f"c-{number}", author_id=None)
        item = item_of(newsroom.engine, f"c-{number}")
        add_note(newsroom.engine, layla, item, note, newsroom.clock())
        page = newsroom.enter(layla)
        page.goto(f"/review/items/{item}")
        places.append(page.locator(".notes .muted").evaluate(_LETTERS))
    assert places[0] == pytest.approx(places[1], abs=1)
    assert len(set(places[0])) > 10
