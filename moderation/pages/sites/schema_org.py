"""Comments described for machines: schema.org as JSON-LD or microdata."""

import json
from collections.abc import Iterator
from typing import Any

from moderation.pages.article import Article, PageComment
from moderation.pages.document import Document
from moderation.pages.listing import Layout, read_listing
from moderation.pages.naming import clean_author, clean_posted
from moderation.pages.prose import fragment_text
from moderation.pages.story import article_around

NAME = "schema.org"
LOOKED_FOR = (
    "schema.org: objects of the type Comment in JSON-LD scripts",
    "schema.org: elements with the itemtype Comment or UserComments",
)

_TYPES = frozenset({"Comment", "UserComments", "schema:Comment", "http://schema.org/Comment"})
_SCRIPT = 'script[type="application/ld+json"]'
_MICRODATA = Layout(
    item='[itemtype*="schema.org/Comment"], [itemtype*="schema.org/UserComments"]',
    author=(
        '[itemprop="author"] [itemprop="name"]',
        '[itemprop="author"]',
        '[itemprop="creator"]',
    ),
    posted=(
        '[itemprop="dateCreated"]',
        '[itemprop="datePublished"]',
        '[itemprop="commentTime"]',
        "time",
    ),
    text=('[itemprop="text"]', '[itemprop="commentText"]', '[itemprop="description"]'),
)


def matches(document: Document) -> bool:
    """Whether the page describes anything for machines."""
    return document.has(_SCRIPT) or document.has(_MICRODATA.item)


def read(document: Document) -> Article:
    """The comments of the JSON-LD scripts, else those of the microdata."""
    comments = _json_comments(document) or read_listing(document.tree, _MICRODATA)
    return article_around(comments, document, NAME, LOOKED_FOR)


def _json_comments(document: Document) -> tuple[PageComment, ...]:
    comments: list[PageComment] = []
    places: dict[str, int] = {}
    for script in document.tree.css(_SCRIPT):
        try:
            data = json.loads(script.text(deep=True), strict=False)
        except (ValueError, RecursionError):
            continue
        for found, outer in _objects(data, len(comments)):
            text = fragment_text(_string(found.get("text") or found.get("commentText")))
            if not text:
                continue
            named = found.get("parentItem")
            key = named.get("@id") if isinstance(named, dict) else named
            parent = places.get(key, outer) if isinstance(key, str) else outer
            if isinstance(found.get("@id"), str):
                places[found["@id"]] = len(comments)
            author = clean_author(_name(found.get("author") or found.get("creator")))
            posted = clean_posted(
                _string(found.get("dateCreated") or found.get("datePublished"))
            )
            comments.append(PageComment(author, posted, text, parent, len(comments) + 1))
    return tuple(comments)


def _objects(data: Any, first: int) -> Iterator[tuple[dict[str, Any], int | None]]:
    """Each comment in page order, with the place of the one it is nested in.

    Counts the comments that have text as the caller does, from ``first``.
    """
    place = first
    waiting: list[tuple[Any, int | None]] = [(data, None)]
    while waiting:
        value, outer = waiting.pop()
        if isinstance(value, list):
            waiting.extend((one, outer) for one in reversed(value))
        elif isinstance(value, dict):
            kinds = value.get("@type")
            if _TYPES.intersection(kinds if isinstance(kinds, list) else [kinds]):
                yield value, outer
                if fragment_text(_string(value.get("text") or value.get("commentText"))):
                    outer, place = place, place + 1
            waiting.extend((one, outer) for one in reversed(value.values()))


def _name(author: Any) -> str:
    if isinstance(author, list):
        author = author[0] if author else ""
    return _string(author.get("name") if isinstance(author, dict) else author)


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""
