"""WordPress themes, old and new: nested list items with the class comment."""

from moderation.pages.article import Article
from moderation.pages.document import Document
from moderation.pages.listing import Layout, read_listing
from moderation.pages.story import article_around

NAME = "wordpress"
LOOKED_FOR = (
    "WordPress: li.comment, also nested in ul.children",
    "WordPress: the items of ol.commentlist and ol.comment-list",
)

LAYOUT = Layout(
    item=(
        "li.comment, .commentlist > li:not(.pingback):not(.trackback),"
        " .comment-list > li:not(.pingback):not(.trackback)"
    ),
    author=(".comment-author .fn", "cite.fn", ".fn", ".comment-author", "cite"),
    posted=(
        ".comment-metadata time",
        ".comment-meta time",
        ".comment-metadata a",
        ".commentmetadata a",
        ".comment-meta a",
        ".comment-date",
        "time",
    ),
    text=(".comment-content", ".comment-text"),
)


def matches(document: Document) -> bool:
    """Whether the page has such list items."""
    return document.has(LAYOUT.item)


def read(document: Document) -> Article:
    """The comments with their nesting."""
    comments = read_listing(document.tree, LAYOUT)
    return article_around(comments, document, NAME, LOOKED_FOR)
