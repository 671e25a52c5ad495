"""What is read from a saved article page."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageComment:
    """One reader comment as the page shows it.

    Attributes:
        author: the name shown, without interface words, or ``None``.
        posted: date and time exactly as shown on the page, or ``None``.
        text: what the reader wrote; lines separated by ``\\n``.
        parent: index in ``Article.comments`` of the comment this one answers.
        number: place on the page, from 1.
    """

    author: str | None
    posted: str | None
    text: str
    parent: int | None
    number: int


@dataclass(frozen=True, slots=True)
class Article:
    """An article page: headline, body and the comments under it.

    Attributes:
        title, body: empty where the page shows none.
        adapter: name of the adapter that read the page.
        encoding: how the bytes were decoded ("utf-8", "windows-1256").
        looked_for: in words, the patterns that the adapter knows.
    """

    title: str
    body: str
    comments: tuple[PageComment, ...]
    adapter: str
    encoding: str
    looked_for: tuple[str, ...]
