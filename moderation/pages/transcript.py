"""Comments that stand as plain lines: a name, a date, what was written."""

import re
from dataclasses import dataclass
from itertools import pairwise

from moderation.pages.article import PageComment
from moderation.pages.naming import clean_author, clean_posted, heading_count, is_date
from moderation.pages.prose import is_interface, without_interface
from moderation.text.normalize import normalize

_MAX_NAME_CHARS = 60
_NAME_AND_DATE = re.compile(r"(.{1,60}?)\s*[-–—|•·]\s+(.{6,70})")
_AUTHOR_LABEL = re.compile(r"(?:بواسطة|الاسم|الكاتب|المعلق|كتب|كتبه)\s*[:：]\s*(.*)")
_DATE_LABEL = re.compile(r"(?:بتاريخ|التاريخ|تاريخ التعليق|تاريخ النشر)\s*[:：]\s*(.*)")
_TEXT_LABEL = re.compile(r"(?:التعليق|نص التعليق)\s*[:：]\s*(.*)")
_NUMBER = re.compile(r"[(#]?\d{1,4}\s*[).\-–:]?")
_SENTENCE = re.compile(r"[.!?؟،,:…]")

# The page goes on here with something else.
_AFTERWARDS = re.compile(
    r"(?:اضف|اكتب|اترك|شارك ب?) ?(?:تعليق\w*|رايك|لنا تعليقا)(?: (?:هنا|جديدا?|علي الخبر))?"
    r"|(?:اقرا|شاهد|طالع) (?:ايضا|المزيد)(?: .*)?|"
    r"(?:مواضيع|اخبار|مقالات) (?:ذات صله|متعلقه|مشابهه)"
    r"|الاكثر (?:قراءه|مشاهده|تعليقا)|(?:©.*)?جميع الحقوق محفوظه.*|©.*"
    r"|leave a (?:reply|comment).*|related (?:articles|posts)"
)
_MAX_AFTERWARDS_CHARS = 80


@dataclass(slots=True)
class _Entry:
    author: str | None
    posted: str | None
    lines: list[str]


def find_heading(lines: list[str]) -> int | None:
    """Index of the last line that announces comments («التعليقات (2)»)."""
    found = [place for place, line in enumerate(lines) if heading_count(line) is not None]
    return found[-1] if found else None


def read_transcript(lines: list[str], announced: int = 0) -> tuple[PageComment, ...]:
    """The comments in the lines after such a heading.

    Labels («بواسطة: سامي») are followed first, then lines that are dates, each
    with a name above it. Without either, empty lines and the number that the
    heading announces tell where a comment begins.
    """
    lines = _until_afterwards(lines)
    filled = [line for line in lines if line]
    if any(_AUTHOR_LABEL.fullmatch(line) for line in filled):
        entries = _labeled(filled)
    elif any(is_date(line) for line in filled):
        entries = _dated(filled)
    elif any(_name_and_date(line) for line in filled):
        entries = _headed(filled)
    else:
        entries = _undated(lines, announced)
    comments: list[PageComment] = []
    for entry in entries:
        text = without_interface("\n".join(entry.lines))
        if text:
            author, posted = clean_author(entry.author), clean_posted(entry.posted)
            comments.append(PageComment(author, posted, text, None, len(comments) + 1))
    return tuple(comments)


def _until_afterwards(lines: list[str]) -> list[str]:
    kept: list[str] = []
    for line in lines:
        short = len(line) <= _MAX_AFTERWARDS_CHARS
        if short and _AFTERWARDS.fullmatch(normalize(line).strip(" .:")):
            # A form may also stand above the comments.
            if any(kept):
                break
            continue
        kept.append(line)
    return kept


def _labeled(lines: list[str]) -> list[_Entry]:
    """A comment begins at its name; lines above the first name are no comment."""
    entries: list[_Entry] = []
    for line in lines:
        if author := _AUTHOR_LABEL.fullmatch(line):
            entries.append(_Entry(author[1], None, []))
        elif not entries:
            continue
        elif (date := _DATE_LABEL.fullmatch(line)) and entries[-1].posted is None:
            entries[-1].posted = date[1]
        elif written := _TEXT_LABEL.fullmatch(line):
            entries[-1].lines.append(written[1])
        else:
            entries[-1].lines.append(line)
    for entry in entries[:-1]:
        # The number of the next comment stands above its name.
        if len(entry.lines) > 1 and _NUMBER.fullmatch(entry.lines[-1]):
            entry.lines.pop()
    return entries


def _dated(lines: list[str]) -> list[_Entry]:
    dates = [place for place, line in enumerate(lines) if is_date(line)]
    gaps = [after - before for before, after in pairwise(dates)]
    # One line between two dates cannot be both a text and a name.
    named = dates[0] > 0 and all(gap > 2 for gap in gaps)
    entries: list[_Entry] = []
    for place, end in zip(dates, [*dates[1:], len(lines) + named], strict=True):
        author = lines[place - 1] if named else None
        entries.append(_Entry(author, lines[place], lines[place + 1 : end - named]))
    return entries


def _name_and_date(line: str) -> tuple[str, str] | None:
    match = _NAME_AND_DATE.fullmatch(line)
    return (match[1], match[2]) if match and is_date(match[2]) else None


def _headed(lines: list[str]) -> list[_Entry]:
    entries: list[_Entry] = []
    for line in lines:
        if head := _name_and_date(line):
            entries.append(_Entry(head[0], head[1], []))
        elif entries:
            entries[-1].lines.append(line)
    return entries


def _undated(lines: list[str], announced: int) -> list[_Entry]:
    filled = [line for line in lines if line and not is_interface(line)]
    if announced and len(filled) == 2 * announced:
        return [_Entry(filled[at], None, [filled[at + 1]]) for at in range(0, len(filled), 2)]
    if announced and len(filled) == announced:
        return [_Entry(None, None, [line]) for line in filled]
    blocks = [block.split("\n") for block in re.split(r"\n\n+", "\n".join(lines).strip())]
    return [_block(block) for block in blocks if any(block)]


def _block(lines: list[str]) -> _Entry:
    is_name = len(lines) > 1 and len(lines[0]) <= _MAX_NAME_CHARS
    if is_name and not _SENTENCE.search(lines[0].rstrip(":،")):
        return _Entry(lines[0], None, lines[1:])
    return _Entry(None, None, lines)
