"""Arabic on a terminal: untrusted text that cannot break the line it stands in."""

import unicodedata

from rich.table import Table
from rich.text import Text

from moderation.domain import Action, Moderated, Reason
from moderation.pages import Article
from moderation.words import ATTRIBUTE_NAMES, STANCE_NAMES

_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_MAX_MARKS = 4
_STYLES = {Action.APPROVE: "green", Action.REVIEW: "yellow", Action.REJECT: "red"}
# Headings with a width in cells, or a share of what is left.
_COLUMNS: dict[str, tuple[int | None, int | None]] = {
    "author\nالكاتب": (11, None),
    "comment\nالتعليق": (None, 3),
    "decision\nالقرار": (8, None),
    "reasons\nالأسباب": (None, 2),
    "stance\nالموقف": (11, None),
}
_ACTIONS = {
    Action.APPROVE: "approve\nيُنشر",
    Action.REVIEW: "review\nمراجعة",
    Action.REJECT: "reject\nلا يُنشر",
}


def isolated(text: str) -> str:
    """``text`` in a direction of its own, without control characters or towers of marks.

    Bidi controls, escape sequences and line breaks cannot leave the cell.
    """
    kept: list[str] = []
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        if category in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            kept.append(" " if char in "\n\r\t\u2028\u2029" else "")
            continue
        marks = marks + 1 if category.startswith("M") else 0
        if marks <= _MAX_MARKS:
            kept.append(char)
    return f"{_FIRST_STRONG_ISOLATE}{''.join(kept)}{_POP_ISOLATE}"


def page_table(article: Article, moderated: list[Moderated]) -> Table:
    """The comments of an article with decision, reasons and stance."""
    table = Table(title=Text(isolated(article.title or "")), show_lines=True, expand=True)
    table.add_column("#", justify="right")
    for heading, (width, ratio) in _COLUMNS.items():
        table.add_column(heading, overflow="fold", width=width, ratio=ratio)
    for shown, result in zip(article.comments, moderated, strict=True):
        author = "\n".join(isolated(part) for part in (shown.author, shown.posted) if part)
        reply = "" if shown.parent is None else f"↳ {shown.parent + 1} "
        action = result.decision.action
        table.add_row(
            str(shown.number),
            Text(author),
            Text(reply + isolated(shown.text)),
            Text(_ACTIONS[action], style=_STYLES[action]),
            Text("\n".join(_reasons(result))),
            Text("\n".join(_stances(result))),
        )
    return table


def _reasons(result: Moderated) -> list[str]:
    return [
        isolated(reason.message["ar"])
        + (f" ({_attribute(reason)} {reason.score:.2f})" if reason.score is not None else "")
        for reason in result.decision.reasons
    ]


def _attribute(reason: Reason) -> str:
    return isolated(ATTRIBUTE_NAMES["ar"][reason.attribute or ""])


def _stances(result: Moderated) -> list[str]:
    lines = []
    for stance in result.scores.stance if result.scores else ():
        shares = {
            "favor": stance.favor,
            "against": stance.against,
            "neutral": stance.neutral,
        }
        best = max(shares, key=lambda name: shares[name])
        lines.append(
            f"{isolated(stance.target)}: {best} {STANCE_NAMES['ar'][best]} {shares[best]:.2f}"
        )
    return lines
