"""A page ready to be searched: its text, and its tree where it is HTML."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from selectolax.lexbor import LexborHTMLParser, LexborNode

# Browsers flatten deeper pages too. Each start tag makes the parser look
# through the open elements, so unlimited depth costs quadratic time.
MAX_DEPTH = 500
_LONG_TAG_CHARS = 4096
_MAX_ATTRIBUTES = 200

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)([^>]*>?)")
_MARKUP = re.compile(
    r"<!doctype|<(?:html|head|body)\b|</(?:p|div|li|td|span|h1|h2|article|section)\s*>", re.I
)
_VOID_TAGS = "area base br col embed hr img input link meta source track wbr"
_VOID = frozenset(_VOID_TAGS.split())
# Their end tags may be left out, so they say nothing about depth.
_IMPLIED_END_TAGS = """
html head body p li td th tr dt dd option optgroup thead tbody tfoot colgroup
"""
_IMPLIED_END = frozenset(_IMPLIED_END_TAGS.split())
# HTML reopens unclosed formatting elements in each new paragraph, which lets a
# small broken page explode into gigabytes. Renamed, they are ordinary elements.
_REOPENED_TAGS = "b big code em font i nobr s small strike strong tt u svg math"
_REOPENED = frozenset(_REOPENED_TAGS.split())


@dataclass(frozen=True)
class Document:
    """A decoded page.

    Formatting elements keep their meaning but not their name in the tree:
    ``<strong>`` is found as ``x-strong``.
    """

    text: str
    encoding: str

    @cached_property
    def is_html(self) -> bool:
        """Whether the page is markup, not text copied from a page."""
        return _MARKUP.search(self.text) is not None

    @cached_property
    def tree(self) -> LexborNode:
        """The root element; an empty page has one too."""
        root = LexborHTMLParser(_tame(self.text)).root
        if root is None:
            root = LexborHTMLParser("<html></html>").root
        assert root is not None
        return root

    def has(self, *selectors: str) -> bool:
        """Whether each of the CSS selectors matches something."""
        return self.is_html and all(self.tree.css_first(one) for one in selectors)


def _tame(html: str) -> str:
    """The same page without what would make parsing slow; no text is lost."""
    return _TAG.sub(_Tamer(), html)


class _Tamer:
    """Rewrites one tag after the other, and keeps count of the open ones."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._dropped: Counter[str] = Counter()
        # Unclosed formatting is common and harmless: it must not use up the
        # depth that the blocks of the page need.
        self._depth = {"inline": 0, "block": 0}

    def __call__(self, match: re.Match[str]) -> str:
        closing, name, attributes = match.groups()
        tag = name.lower()
        kind = "block"
        if tag in _REOPENED:
            tag = name = f"x-{tag}"
            kind = "inline"
        if tag not in _VOID and tag not in _IMPLIED_END and not self._keeps(closing, tag, kind):
            return ""
        if len(attributes) > _LONG_TAG_CHARS and len(attributes.split()) > _MAX_ATTRIBUTES:
            attributes = ">"
        return f"<{closing}{name}{attributes}"

    def _keeps(self, closing: str, tag: str, kind: str) -> bool:
        if not closing:
            if self._depth[kind] >= MAX_DEPTH:
                self._dropped[tag] += 1
                return False
            self._open[tag] += 1
            self._depth[kind] += 1
        elif self._dropped[tag]:
            self._dropped[tag] -= 1
            return False
        elif self._open[tag]:
            self._open[tag] -= 1
            self._depth[kind] -= 1
        return True
