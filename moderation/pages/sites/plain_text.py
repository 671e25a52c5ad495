"""Text copied from a page: a title, paragraphs, a heading, comments."""

from moderation.pages.article import Article, PageComment
from moderation.pages.document import Document
from moderation.pages.naming import heading_count
from moderation.pages.prose import is_interface, one_line, tidy
from moderation.pages.transcript import find_heading, read_transcript

NAME = "plain text"
LOOKED_FOR = (
    "plain text: a heading such as «التعليقات (2)», «تعليقات القراء» or «5 تعليقات»,"
    " then for each comment a name, a date and the text",
)

_TITLE_WORDS = 4
_TITLE_WITHIN = 5


def matches(document: Document) -> bool:
    """Whether the page is not HTML."""
    return not document.is_html


def read(document: Document) -> Article:
    """Everything above the heading is the article, everything below comments."""
    lines = tidy(document.text).split("\n")
    heading = find_heading(lines)
    story = lines if heading is None else lines[:heading]
    title_at = _title_place(story)
    body = [line for line in story[title_at + 1 :] if not is_interface(line)]
    comments: tuple[PageComment, ...] = ()
    if heading is not None:
        comments = read_transcript(lines[heading + 1 :], heading_count(lines[heading]) or 0)
    return Article(
        title=one_line(story[title_at]) if story else "",
        body=tidy("\n".join(body)),
        comments=comments,
        adapter=NAME,
        encoding=document.encoding,
        looked_for=LOOKED_FOR,
    )


def _title_place(lines: list[str]) -> int:
    """The section's name often stands above the title, and is shorter."""
    filled = [place for place, line in enumerate(lines) if line][:_TITLE_WITHIN]
    long_enough = (place for place in filled if len(lines[place].split()) >= _TITLE_WORDS)
    return next(long_enough, filled[0] if filled else 0)
