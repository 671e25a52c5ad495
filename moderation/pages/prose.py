"""Text of an element as a reader sees it, without markup and buttons."""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from moderation.text.normalize import normalize

_UNSEEN_TAGS = """
script style noscript template head select textarea input button iframe object
x-svg x-math -comment -doctype
"""
_UNSEEN = frozenset(_UNSEEN_TAGS.split())
_BLOCK_TAGS = """
address article aside blockquote dd details div dl dt fieldset figcaption figure
footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary
table tbody td tfoot th thead tr ul
"""
_BLOCKS = frozenset(_BLOCK_TAGS.split())
# Where a block begins or ends there is one line end, however many blocks meet.
_EDGE = "\v"
_EDGES = re.compile(r"\n?[ \v]*\v[ \v]*")
_CONTROLS = re.compile(
    r"(?:^|[\s_-])(?:reply|report|flag|votes?|likes?|dislikes?|rating|share|toolbar"
    r"|actions?|buttons?|btn|avatar|says|sr-only|screen-reader-text)(?:[\s_-]|$)",
    re.I,
)
_EMOJI_IMAGE = re.compile(r"emoji|smil", re.I)

# What comment systems print beside a comment. Compared in normalized spelling.
_INTERFACE = """
رد|الرد|رد على التعليق|رد على هذا التعليق|الرد على هذا التعليق|أضف ردا|أضف رد|أضف ردك|اكتب ردا
الردود|عرض الردود|إظهار الردود|إخفاء الردود|إبلاغ|أبلغ|بلّغ|إبلاغ عن إساءة|أبلغ عن إساءة
الإبلاغ عن إساءة|إبلاغ عن التعليق|أبلغ عن هذا التعليق|أبلغ عن هذه المشاركة|الإبلاغ عن التعليق
إبلاغ عن مخالفة|أبلغ عن مخالفة|تنبيه|تعديل|اقتباس|مشاركة|شارك|رابط دائم|رابط التعليق
أعجبني|لم يعجبني|لا يعجبني|إعجاب|عدم إعجاب|أوافق|لا أوافق|موافق|غير موافق|مفيد|غير مفيد
تصويت|التقييم|تقييم التعليق|عرض المزيد|إظهار المزيد|اقرأ المزيد|المزيد|اظهار أخبار متعلقة
reply|report|report abuse|flag|like|dislike|share|quote|edit|permalink|up|down|see more
read more|show more|upvote|downvote|link
"""
_MAX_CONTROL_CHARS = 60
_COUNT = re.compile(r"[+\-(\[]?\d{1,6}[)\]]?")
_COUNT_AFTER = re.compile(r"\s*[:(\[]*\s*\d{1,6}\s*[)\]]*$")
_COUNT_BEFORE = re.compile(r"^[+(\[]*\d{1,6}[)\]]*\s+")
_COUNTED = """
إعجاب إعجابات أعجبني لايك صوت أصوات رد ردود الردود like likes vote votes reply replies
"""


def node_text(node: LexborNode, skip: Collection[int] = ()) -> str:
    """The visible text under ``node``: one line per block and ``<br>``.

    Args:
        skip: ``mem_id`` of descendants to leave out, with all they hold.
    """
    return tidy(_EDGES.sub("\n", "".join(_pieces(node, skip))))


def short_text(node: LexborNode, limit: int) -> str | None:
    """The text of ``node`` on one line, or ``None`` where it is over ``limit``."""
    text = ""
    for piece in _pieces(node, ()):
        text += piece
        if len(text) > 2 * limit:
            return None
    text = one_line(text)
    return text if len(text) <= limit else None


def fragment_text(html: str) -> str:
    """The visible text of a piece of markup, entities decoded."""
    body = LexborHTMLParser(html).body
    return node_text(body) if body else ""


def tidy(text: str) -> str:
    """``text`` with single spaces, bare line ends and at most one empty line."""
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def one_line(text: str) -> str:
    """``text`` on a single line."""
    return " ".join(text.split())


def without_interface(text: str) -> str:
    """``text`` without the buttons and vote counts printed around it.

    Only whole lines at either end go, and numbers only beside a button: what a
    reader wrote is never cut, and of nothing but such lines the first stays,
    since «موافق» may be all that a reader wrote. Example:
    «أحسنت\\nأضف ردا\\n3» becomes «أحسنت».
    """
    lines = text.split("\n")
    start = _run_of_controls(lines)
    end = len(lines) - _run_of_controls(lines[start:][::-1])
    return "\n".join(lines[start:end]).strip() or lines[0]


def is_interface(line: str) -> bool:
    """Whether a line is a button or a labeled count, not something written."""
    if len(line) > _MAX_CONTROL_CHARS:
        return False
    folded = normalize(line).strip(" .:|")
    if _COUNT_AFTER.sub("", folded) in _interface_words():
        return True
    counted = _COUNT_BEFORE.sub("", folded)
    return counted != folded and counted in _counted_words()


def _run_of_controls(lines: Iterable[str]) -> int:
    """How many lines to drop from the start of ``lines``."""
    run, has_word = 0, False
    for line in lines:
        if is_interface(line):
            has_word = True
        elif line and not _COUNT.fullmatch(line):
            break
        run += 1
    return run if has_word else 0


@lru_cache(maxsize=1)
def _interface_words() -> frozenset[str]:
    phrases = _INTERFACE.replace("\n", "|").split("|")
    return frozenset(normalize(phrase) for phrase in phrases if phrase)


@lru_cache(maxsize=1)
def _counted_words() -> frozenset[str]:
    return frozenset(normalize(word) for word in _COUNTED.split())


def _pieces(root: LexborNode, skip: Collection[int]) -> Iterator[str]:
    """Text and line ends in page order, without recursion: pages nest deeply."""
    node: LexborNode | None = root.child
    depth = 1
    while node is not None and depth > 0:
        tag = node.tag or ""
        if tag == "-text":
            yield _spaced(node.text_content or "")
        elif tag == "br":
            yield "\n"
        elif tag == "img":
            yield _emoji(node)
        elif tag not in _UNSEEN and not _is_left_out(node, skip):
            if tag in _BLOCKS:
                yield _EDGE
            if node.child is not None:
                node, depth = node.child, depth + 1
                continue
        while node is not None and node.next is None:
            node, depth = node.parent, depth - 1
            if depth == 0:
                return
            if node is not None and node.tag in _BLOCKS:
                yield _EDGE
        if node is not None:
            node = node.next


def _spaced(text: str) -> str:
    """Line ends in the source of a page are just spaces."""
    return re.sub(r"\s+", " ", text)


def _is_left_out(node: LexborNode, skip: Collection[int]) -> bool:
    if node.mem_id in skip:
        return True
    return _CONTROLS.search(node.attributes.get("class") or "") is not None


def _emoji(image: LexborNode) -> str:
    """Old pages draw emoji as images; the letter stands in ``alt``."""
    attributes = image.attributes
    if _EMOJI_IMAGE.search(attributes.get("class") or ""):
        return attributes.get("alt") or ""
    return ""
