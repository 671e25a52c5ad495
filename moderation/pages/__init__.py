"""Saved article pages: title, body and reader comments.

Every adapter is a module of ``sites`` with ``matches(document)`` and
``read(document)``. The first one that finds comments wins.
"""

from typing import Protocol

from moderation.domain import Comment, Context
from moderation.errors import PageError
from moderation.pages.article import Article, PageComment
from moderation.pages.document import Document
from moderation.pages.encoding import decode
from moderation.pages.sites import (
    alghad,
    alriyadh,
    common,
    disqus,
    plain_text,
    schema_org,
    wordpress,
    youm7,
)
from moderation.pages.subject import find_subjects

__all__ = [
    "ADAPTERS",
    "MAX_PAGE_BYTES",
    "Article",
    "PageComment",
    "page_comments",
    "read_page",
]


class Adapter(Protocol):
    """What every module of ``sites`` offers."""

    def matches(self, document: Document) -> bool:
        """Whether it is worth reading the page in this way; quick."""

    def read(self, document: Document) -> Article:
        """What the page holds, read in this way; ``comments`` may be empty."""


MAX_PAGE_BYTES = 5 * 1024 * 1024

ADAPTERS: tuple[Adapter, ...] = (
    # Sites we know well come first,
    alghad,
    alriyadh,
    youm7,
    # then systems that many sites use, the most explicit first,
    schema_org,
    wordpress,
    disqus,
    # then what can be guessed.
    common,
    plain_text,
)


def read_page(raw: bytes) -> Article:
    """Title, body and comments of a saved page, HTML or plain text.

    Args:
        raw: the file as saved, up to ``MAX_PAGE_BYTES``, in any encoding.

    Raises:
        PageError: there are no comments in it; ``details`` say what was looked
            for (``looked_for``), and the ``title`` where one was found.
    """
    if len(raw) > MAX_PAGE_BYTES:
        raise PageError(
            f"The page is larger than {MAX_PAGE_BYTES // 1024**2} MB.",
            limit_bytes=MAX_PAGE_BYTES,
        )
    decoded = decode(raw)
    document = Document(decoded.text, decoded.encoding)
    looked_for: list[str] = []
    titles: list[str] = []
    for adapter in ADAPTERS:
        if not adapter.matches(document):
            continue
        article = adapter.read(document)
        if article.comments:
            return article
        looked_for.extend(article.looked_for)
        titles.append(article.title)
    raise PageError(
        "No reader comments were found in this page. If the site loads them by script,"
        " save the page after they have appeared.",
        title=next(filter(None, titles), None),
        encoding=document.encoding,
        looked_for=looked_for,
    )


def page_comments(article: Article, targets: tuple[str, ...] = ()) -> list[Comment]:
    """The comments of an article in their context, ids as numbered on the page.

    Args:
        targets: stance targets; default: whom or what the article is about.
    """
    targets = targets or find_subjects(article.title, article.body)
    texts = [shown.text for shown in article.comments]
    return [
        Comment(
            shown.text,
            str(shown.number),
            Context(
                article.title, targets, None if shown.parent is None else texts[shown.parent]
            ),
        )
        for shown in article.comments
    ]
