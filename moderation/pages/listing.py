"""Comments that stand in elements of their own, read by CSS selectors."""

from collections.abc import Iterable
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from moderation.pages.article import PageComment
from moderation.pages.naming import (
    MAX_HEADING_CHARS,
    clean_author,
    clean_posted,
    heading_count,
)
from moderation.pages.prose import is_interface, node_text, short_text, without_interface

_SMALL = frozenset({"a", "span", "label", "x-i", "x-em", "x-small"})


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a page keeps a comment and its parts; earlier selectors win.

    Attributes:
        item: elements that hold one comment each; replies may be nested in them.
        text: where none matches, the comment is what else stands in its element.
    """

    item: str
    author: tuple[str, ...]
    posted: tuple[str, ...]
    text: tuple[str, ...]


class Nearest:
    """Finds the closest of some elements around a node, each step taken once."""

    def __init__(self, nodes: Iterable[LexborNode]) -> None:
        self.ids = frozenset(node.mem_id for node in nodes)
        self._known: dict[int, LexborNode | None] = {}

    def around(self, node: LexborNode | None) -> LexborNode | None:
        """``node`` itself or the closest of the elements that holds it."""
        path: list[int] = []
        found: LexborNode | None = None
        while node is not None:
            here = node.mem_id
            if here in self._known:
                found = self._known[here]
                break
            path.append(here)
            if here in self.ids:
                found = node
                break
            # Forms hold what a visitor may write, not what readers wrote.
            if node.tag == "form":
                break
            node = node.parent
        self._known.update(dict.fromkeys(path, found))
        return found


def select(root: LexborNode, selector: str) -> list[LexborNode]:
    """The elements that match, in page order and each once.

    The parser names an element again for each selector of a list that it matches.
    """
    return list({node.mem_id: node for node in root.css(selector)}.values())


def read_listing(
    root: LexborNode, layout: Layout, items: list[LexborNode] | None = None
) -> tuple[PageComment, ...]:
    """The comments of a page in page order, with their nesting.

    Elements without any text of their own are no comments.

    Args:
        items: the elements of the comments, where ``layout.item`` cannot tell.
    """
    if items is None:
        items = select(root, layout.item)
    if not items:
        return ()
    owners = Nearest(items)
    authors = _parts(root, layout.author, owners, frozenset())
    posted = _parts(root, layout.posted, owners, frozenset())
    beside = _ids(authors) | _ids(posted)
    texts = _parts(root, layout.text, owners, beside)
    skip = owners.ids | beside
    holders = {outer.mem_id for item in items if (outer := owners.around(item.parent))}

    comments: list[PageComment] = []
    places: dict[int, int | None] = {}
    for item in items:
        key = item.mem_id
        outer = owners.around(item.parent)
        parent = places.get(outer.mem_id) if outer else None
        is_loose = key not in authors and key not in posted
        text = _joined(texts.get(key, []), skip)
        if not text and not (is_loose and (key in holders or not _may_be_comment(item))):
            text = without_interface(node_text(item, skip))
        # Replies to an element that is no comment answer the one around it.
        places[key] = len(comments) if text else parent
        if text:
            author = clean_author(_joined(authors.get(key, [])[:1]))
            shown = clean_posted(_shown_time(posted.get(key)))
            comments.append(PageComment(author, shown, text, parent, len(comments) + 1))
    return tuple(comments)


def _parts(
    root: LexborNode, selectors: Iterable[str], owners: Nearest, taken: frozenset[int]
) -> dict[int, list[LexborNode]]:
    """By item: what the first selector that matches inside it found."""
    parts: dict[int, list[LexborNode]] = {}
    for selector in selectors:
        nodes = [node for node in select(root, selector) if node.mem_id not in taken]
        matched = Nearest(nodes)
        found: dict[int, list[LexborNode]] = {}
        for node in nodes:
            owner = owners.around(node)
            if owner is None or owner.mem_id in parts or owner.mem_id == node.mem_id:
                continue
            outer = matched.around(node.parent)
            # A match inside another match of the same comment is part of it.
            if (
                outer is None
                or outer.mem_id in owners.ids
                or not _same(owners.around(outer), owner)
            ):
                found.setdefault(owner.mem_id, []).append(node)
        parts.update(found)
    return parts


def _same(one: LexborNode | None, other: LexborNode) -> bool:
    return one is not None and one.mem_id == other.mem_id


def _ids(parts: dict[int, list[LexborNode]]) -> frozenset[int]:
    return frozenset(node.mem_id for nodes in parts.values() for node in nodes)


def _joined(nodes: Iterable[LexborNode], skip: frozenset[int] = frozenset()) -> str:
    return "\n".join(filter(None, (node_text(node, skip) for node in nodes)))


def _may_be_comment(item: LexborNode) -> bool:
    """Without a name or a date: not a counter («5 تعليقات»), a link or a form."""
    if item.tag in _SMALL or item.css_first("form, textarea"):
        return False
    shown = short_text(item, MAX_HEADING_CHARS)
    return shown is None or (heading_count(shown) is None and not is_interface(shown))


def _shown_time(nodes: list[LexborNode] | None) -> str | None:
    if not nodes:
        return None
    attributes = nodes[0].attributes
    return node_text(nodes[0]) or attributes.get("datetime") or attributes.get("title")
