"""Any other site: names of classes that say "comment", or a heading that does."""

import re

from selectolax.lexbor import LexborNode

from moderation.pages.article import Article, PageComment
from moderation.pages.document import Document
from moderation.pages.listing import Layout, read_listing, select
from moderation.pages.naming import MAX_HEADING_CHARS, heading_count, is_date
from moderation.pages.prose import node_text, short_text
from moderation.pages.story import article_around
from moderation.pages.transcript import find_heading, read_transcript

NAME = "common"
LOOKED_FOR = (
    "elements with an id such as comment-12 or a data-comment-id",
    "elements with a class such as comment, comment-item, user-comment or تعليق",
    "a heading such as «التعليقات (2)» followed by names, dates and texts",
)

_MARKED = '[id*="comment" i], [data-comment-id], [class*="comment" i], [class*="تعليق"]'
_ID = re.compile(r"(?:li|div|user|reader|post|article)?[-_]?comment[-_]?\d+", re.I)
_CLASS = re.compile(
    r"(?:(?:user|reader|single|one|news|article|visitor|the|c)[-_]?)?comments?[-_]{0,2}"
    r"(?:item|box|row|block|card|entry|unit|single|node|holder|wrapper|wrap|container)"
    r"|(?:(?:user|reader|single|one|news|article|visitor)[-_]?)?comment|تعليق|عنصر[-_]تعليق",
    re.I,
)
_LAYOUT = Layout(
    item=_MARKED,
    author=(
        '[itemprop="author"]',
        '[class*="author" i]',
        '[class*="username" i]',
        '[class*="name" i]',
        '[class*="writer" i]',
        '[class*="user" i]:not([class*="comment" i])',
        '[class*="كاتب"]',
        '[class*="اسم"]',
        "cite",
    ),
    posted=('[class*="date" i]', '[class*="time" i]', '[class*="تاريخ"]', "time"),
    text=(
        '[itemprop="text"]',
        '[class*="comment-text" i], [class*="comment_text" i], [class*="commenttext" i]',
        '[class*="comment-content" i], [class*="comment_content" i]',
        '[class*="comment-body" i], [class*="comment_body" i], [class*="commentbody" i]',
        '[class*="message" i]',
        '[class*="text" i]',
        '[class*="body" i]',
        '[class*="content" i]',
        '[class*="نص"]',
        "blockquote",
    ),
)
_HEADINGS = "h1, h2, h3, h4, h5, h6, legend, div, span, p, a, x-strong, x-b, td, th, label"
# How many headings are tried, from the end, and how far around each.
_MAX_TRIED = 8
_MAX_STEPS_UP = 5


def matches(document: Document) -> bool:
    """Whether the page is HTML at all."""
    return document.is_html


def read(document: Document) -> Article:
    """The comments by id, else by class, else by heading."""
    tree = document.tree
    marked = select(tree, _MARKED)
    by_id = [node for node in marked if _has_comment_id(node)]
    by_class = [node for node in marked if _has_comment_class(node)]
    comments = (
        read_listing(tree, _LAYOUT, by_id)
        or read_listing(tree, _LAYOUT, by_class)
        or _under_heading(tree)
    )
    return article_around(comments, document, NAME, LOOKED_FOR)


def _has_comment_id(node: LexborNode) -> bool:
    attributes = node.attributes
    return "data-comment-id" in attributes or bool(_ID.fullmatch(attributes.get("id") or ""))


def _has_comment_class(node: LexborNode) -> bool:
    names = (node.attributes.get("class") or "").split()
    return any(_CLASS.fullmatch(name) for name in names)


def _under_heading(tree: LexborNode) -> tuple[PageComment, ...]:
    tried = 0
    for node in reversed(tree.css(_HEADINGS)):
        shown = short_text(node, MAX_HEADING_CHARS)
        announced = heading_count(shown) if shown else None
        if announced is None:
            continue
        comments = _beside(node, announced)
        tried += 1
        if comments or tried == _MAX_TRIED:
            return comments
    return ()


def _beside(heading: LexborNode, announced: int) -> tuple[PageComment, ...]:
    """Comments in the smallest block around a heading that holds a date line."""
    block = heading.parent
    for _ in range(_MAX_STEPS_UP):
        if block is None or block.tag in ("body", "html"):
            break
        lines = node_text(block).split("\n")
        start = find_heading(lines)
        if start is not None and any(is_date(line) for line in lines[start + 1 :]):
            return read_transcript(lines[start + 1 :], announced)
        block = block.parent
    return ()
