"""alriyadh.com as served from 2010 to 2012."""

from moderation.pages.article import Article
from moderation.pages.document import Document
from moderation.pages.listing import Layout, read_listing
from moderation.pages.prose import node_text, one_line

NAME = "alriyadh"
LOOKED_FOR = ("alriyadh.com: list items with the id comment_<number> under #article-comments",)

LAYOUT = Layout(
    item='#article-comments li[id^="comment_"]',
    author=("p.author",),
    posted=("p.time",),
    text=("p.body",),
)


def matches(document: Document) -> bool:
    """Whether the page has the two frames of that layout."""
    return document.has("#article-view", "#article-comments")


def read(document: Document) -> Article:
    """Title, body and the comments of the page that was saved.

    Long discussions were served in pages of 20; only one is in the file.
    """
    title = document.tree.css_first("#article-view h1")
    body = document.tree.css_first("#article_text")
    return Article(
        title=one_line(node_text(title)) if title else "",
        body=node_text(body) if body else "",
        comments=read_listing(document.tree, LAYOUT),
        adapter=NAME,
        encoding=document.encoding,
        looked_for=LOOKED_FOR,
    )
