"""Disqus threads, as its frame shows them and as blogs export them."""

from moderation.pages.article import Article
from moderation.pages.document import Document
from moderation.pages.listing import Layout, read_listing
from moderation.pages.story import article_around

NAME = "disqus"
LOOKED_FOR = (
    "Disqus: li.post under #post-list or ul.children, with .post-message",
    "Disqus: list items with the id dsq-comment-<number>",
)

LAYOUT = Layout(
    item='li[id^="dsq-comment-"], #post-list li.post, .post-list li.post',
    author=(
        ".post-byline .author",
        ".author",
        '[id^="dsq-author"]',
        '[id^="dsq-cite"]',
        "cite",
    ),
    posted=("a.time-ago", ".time-ago", ".dsq-comment-date", ".dsq-header-time", "time"),
    text=(".post-message", ".dsq-comment-message", ".dsq-comment-text", ".dsq-comment-body"),
)


def matches(document: Document) -> bool:
    """Whether the page has such list items."""
    return document.has(LAYOUT.item)


def read(document: Document) -> Article:
    """The comments with their nesting."""
    comments = read_listing(document.tree, LAYOUT)
    return article_around(comments, document, NAME, LOOKED_FOR)
