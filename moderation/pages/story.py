"""Title and body of an article page, without knowledge of the site."""

import re

from moderation.pages.article import Article, PageComment
from moderation.pages.document import Document
from moderation.pages.prose import node_text, one_line

_TITLES = (
    '[itemprop="headline"]',
    "article h1",
    "h1.entry-title",
    "h1.post-title",
    "h1.article-title",
    "h1.title",
)
_BODIES = (
    '[itemprop="articleBody"]',
    ".entry-content",
    ".article-body",
    ".article-content",
    ".post-content",
    ".story-body",
    "article",
    "main",
)
# Around an article, but not part of it.
_BESIDE = (
    "aside, nav, header, footer, h1, #respond, #disqus_thread,"
    ' [id*="comment" i], [class*="comment" i], [class*="تعليق"], [class*="related" i]'
)
_MIN_BODY_CHARS = 60
_MIN_PARAGRAPH_CHARS = 40
_SITE_NAME = re.compile(r"\s+[|»–—-]\s+[^|»–—]{2,40}$")


def article_around(
    comments: tuple[PageComment, ...],
    document: Document,
    adapter: str,
    looked_for: tuple[str, ...],
) -> Article:
    """The article of an unknown site, for an adapter that knows its comments only."""
    return Article(
        title=find_title(document),
        body=find_body(document),
        comments=comments,
        adapter=adapter,
        encoding=document.encoding,
        looked_for=looked_for,
    )


def find_title(document: Document) -> str:
    """The headline, or an empty text."""
    tree = document.tree
    for selector in _TITLES:
        node = tree.css_first(selector)
        if node and (title := one_line(node_text(node))):
            return title
    for selector in ('meta[property="og:title"]', 'meta[name="twitter:title"]'):
        meta = tree.css_first(selector)
        if meta and (title := one_line(meta.attributes.get("content") or "")):
            return _SITE_NAME.sub("", title)
    headings = tree.css("h1")
    if len(headings) == 1 and (title := one_line(node_text(headings[0]))):
        return title
    node = tree.css_first("title")
    return _SITE_NAME.sub("", one_line(node_text(node))) if node else ""


def find_body(document: Document) -> str:
    """The article's text without its comments, or an empty text."""
    tree = document.tree
    skip = frozenset(node.mem_id for node in tree.css(_BESIDE))
    for selector in _BODIES:
        text = max((node_text(node, skip) for node in tree.css(selector)), key=len, default="")
        if len(text) >= _MIN_BODY_CHARS:
            return text
    lines = node_text(tree, skip).split("\n")
    return "\n".join(line for line in lines if len(line) >= _MIN_PARAGRAPH_CHARS)
