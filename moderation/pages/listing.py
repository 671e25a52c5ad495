"""Comments that stand in elements of their own, read by CSS selectors."""

from collections.abc import Iterable
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from moderation.pages.article import PageComment
from moderation.pages.naming import clean_author, clean_posted
from moderation.pages.prose import node_text, without_interface


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


def read_listing(
    root: LexborNode, layout: Layout, items: list[LexborNode] | None = None
) -> tuple[PageComment, ...]:
    """The comments of a page in page order, with their nesting.

    Elements without any text of their own are no comments.

    Args:
        items: the elements of the comments, where ``layout.item`` cannot tell.
    """
    if items is None:
        items = root.css(layout.item)
    if not items:
        return ()
    owners = Nearest(items)
    authors = _parts(root, layout.author, owners, frozenset())
    posted = _parts(root, layout.posted, owners, frozenset())
    beside = _ids(authors) | _ids(posted)
    texts = _parts(root, layout.text, owners, beside)
    skip = owners.ids | beside

    comments: list[PageComment] = []
    places: dict[int, int | None] = {}
    for item in items:
        key = item.mem_id
        parent = _place_of_parent(item, owners, places)
        described = key in authors or key in posted
        text = _text(item, texts.get(key, []), skip, described)
        if not text:
            places[key] = parent
            continue
        places[key] = len(comments)
        comments.append(
            PageComment(
                author=clean_author(_first(authors.get(key))),
                posted=clean_posted(_shown_time(posted.get(key))),
                text=text,
                parent=parent,
                number=len(comments) + 1,
            )
        )
    return tuple(comments)


def _parts(
    root: LexborNode, selectors: Iterable[str], owners: Nearest, taken: frozenset[int]
) -> dict[int, list[LexborNode]]:
    """By item: what the first selector that matches inside it found."""
    parts: dict[int, list[LexborNode]] = {}
    for selector in selectors:
        nodes = [node for node in root.css(selector) if node.mem_id not in taken]
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


def _place_of_parent(
    item: LexborNode, owners: Nearest, places: dict[int, int | None]
) -> int | None:
    outer = owners.around(item.parent)
    return None if outer is None else places.get(outer.mem_id)


def _text(
    item: LexborNode, nodes: list[LexborNode], skip: frozenset[int], described: bool
) -> str:
    if nodes:
        return "\n".join(filter(None, (node_text(node, skip) for node in nodes)))
    # Without a name or a date, loose text is a heading or a form, not a comment.
    return without_interface(node_text(item, skip)) if described else ""


def _first(nodes: list[LexborNode] | None) -> str | None:
    return node_text(nodes[0]) if nodes else None


def _shown_time(nodes: list[LexborNode] | None) -> str | None:
    if not nodes:
        return None
    attributes = nodes[0].attributes
    return node_text(nodes[0]) or attributes.get("datetime") or attributes.get("title")
