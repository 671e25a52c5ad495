"""The rules of WCAG 2.2 AA that a machine can check, by axe-core."""

from functools import cache
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page

# The last of them holds headings in order, one main part, and the like.
WCAG_22_AA = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# axe measures no contrast of what it takes for icons: words narrower than their letters one by
# one. In Arabic, where letters join, that is every word; so measured, it is none.
_MEASURE = """() => {
  CanvasRenderingContext2D.prototype.measureText = text => ({width: 10 * text.length});
}"""
_RUN = """only => axe.run(document, {runOnly: only, resultTypes: ["violations"]}).then(
  found => found.violations.flatMap(rule => rule.nodes.map(
    node => `${rule.id}: ${node.target.join(" ")} ${node.failureSummary}`
  )))"""


def violations(page: Page, *rules: str) -> list[str]:
    """What is wrong with the page as it stands, one line each; nothing is best.

    Args:
        rules: names of the rules to go by; default: all of WCAG 2.2 AA.
    """
    # By the developer tools: the page's own policy allows no such script.
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(_source())
        page.evaluate(_MEASURE)
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": WCAG_22_AA}
    found: list[str] = page.evaluate(_RUN, only)
    return found


@cache
def _source() -> str:
    return Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
