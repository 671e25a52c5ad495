"""alghad.com as served around 2010: tables, windows-1256, comments in paragraphs."""

import re

from selectolax.lexbor import LexborNode

from moderation.pages.article import Article, PageComment
from moderation.pages.document import Document
from moderation.pages.naming import clean_author, clean_posted
from moderation.pages.prose import node_text, one_line

NAME = "alghad"
LOOKED_FOR = (
    "alghad.com: paragraphs under #pagefooter that begin with a bold title, the name"
    " and country in brackets, an address and a date in brackets",
)

# «(سامي - الأردن)»; the country is not part of the name.
_MAX_WRITER_CHARS = 200
_WRITER = re.compile(r"\(\s*(.*?)\s*(?:-[^-()]*)?\)\s*$")


def matches(document: Document) -> bool:
    """Whether the page has the two frames of that layout."""
    return document.has("#pageContent .mainNewsTitle", "#pagefooter")


def read(document: Document) -> Article:
    """Title, body and comments; a comment's own title is its first line.

    The address that readers gave is dropped: nobody needs it to moderate.
    """
    tree = document.tree
    title, body = tree.css_first(".mainNewsTitle"), tree.css_first("#textFontSize")
    rating = [node.mem_id for node in tree.css("#rating_div")]
    comments: list[PageComment] = []
    for paragraph in tree.css("#pagefooter p.centerText"):
        comment = _comment(paragraph, len(comments) + 1)
        if comment:
            comments.append(comment)
    return Article(
        title=one_line(node_text(title, rating)) if title else "",
        body=node_text(body) if body else "",
        comments=tuple(comments),
        adapter=NAME,
        encoding=document.encoding,
        looked_for=LOOKED_FOR,
    )


def _comment(paragraph: LexborNode, number: int) -> PageComment | None:
    bold, date = paragraph.css_first("x-strong"), paragraph.css_first("sup")
    if bold is None or date is None:
        return None
    title = node_text(bold)
    lines = node_text(paragraph, [bold.mem_id]).split("\n")
    shown = node_text(date)
    if shown not in lines:
        return None
    writer = _WRITER.search(lines[0][-_MAX_WRITER_CHARS:])
    written = "\n".join(lines[lines.index(shown) + 1 :]).strip()
    text = "\n".join(filter(None, (title, written)))
    if not text:
        return None
    author = clean_author(writer[1] if writer else lines[0])
    return PageComment(author, clean_posted(shown), text, None, number)
