"""youm7.com as served around 2010; comments arrive by script in #commentsList."""

from selectolax.lexbor import LexborNode

from moderation.pages.article import Article, PageComment
from moderation.pages.document import Document
from moderation.pages.prose import node_text, one_line
from moderation.pages.transcript import read_transcript

NAME = "youm7"
LOOKED_FOR = (
    "youm7.com: comments inside #commentsList, with «بواسطة:» and «بتاريخ:»; the page"
    " loads them by script, so it must be saved after they have appeared",
)


def matches(document: Document) -> bool:
    """Whether the page has the two frames of that layout."""
    return document.has("#newsStory", "#commentsList")


def read(document: Document) -> Article:
    """Title, body and, where the page was saved with them, comments."""
    tree = document.tree
    title, body = tree.css_first("#newsStoryHeader h2"), tree.css_first("#newsStoryTxt")
    comments = tree.css_first("#commentsList")
    return Article(
        title=one_line(node_text(title)) if title else "",
        body=node_text(body) if body else "",
        comments=_comments(comments) if comments else (),
        adapter=NAME,
        encoding=document.encoding,
        looked_for=LOOKED_FOR,
    )


def _comments(block: LexborNode) -> tuple[PageComment, ...]:
    return read_transcript(node_text(block).split("\n"))
