"""All that somebody needs to see to decide on one comment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, and_, case, func, or_, select

from moderation.domain import Facts
from moderation.store.engine import reading
from moderation.store.items import Item
from moderation.store.policies import comment_outcomes
from moderation.store.reasons import facts_from
from moderation.store.records import (
    StoredComment,
    comment_from,
    select_versions,
    standing_decision,
)
from moderation.store.room_tables import accounts, corrections, notes
from moderation.store.similar import similar_versions
from moderation.store.tables import comment_versions, comments, decisions

# Of each list on the card.
_SHOWN = 5
_MOST_NOTES = 20


@dataclass(frozen=True, slots=True)
class PastComment:
    """Another comment, with the decision that stands on it."""

    text: str
    author_hash: str | None
    received_at: datetime
    action: str
    code: str
    by_human: bool
    facts: Facts | None


@dataclass(frozen=True, slots=True)
class Note:
    """A moderator's remark; ``about_author`` where it follows the author around."""

    text: str
    by: str
    at: datetime
    about_author: bool


@dataclass(frozen=True, slots=True)
class PastDecision:
    """One decision on this comment, whoever made it."""

    action: str
    code: str
    by: str | None
    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Correction:
    """Where somebody disagreed with the model on this text."""

    labels: dict[str, int]
    sentiment: str | None
    stance: dict[str, str]
    spans: list[list[int]] | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Card:
    """A comment as a moderator sees it.

    Attributes:
        shown: the version that is to be decided on, with its standing decision.
        automatic: the same with what the policy decided, and why.
        thread: the comment that it answers and other answers to that, oldest first.
        author_comments, author_rejected: of the author, this comment left out; ``None``
            where the author is unknown.
        before: earlier texts of this comment, newest first.
        similar: the most similar first.
    """

    item: Item
    shown: StoredComment
    automatic: StoredComment
    thread: tuple[PastComment, ...]
    author_comments: int | None
    author_rejected: int | None
    author_latest: tuple[PastComment, ...]
    similar: tuple[PastComment, ...]
    notes: tuple[Note, ...]
    decisions: tuple[PastDecision, ...]
    corrections: tuple[Correction, ...]
    before: tuple[str, ...]


def load_card(engine: Engine, item: Item) -> Card:
    """Read a card in one transaction.

    Raises:
        StoreUnavailableError: the database cannot be used right now.
    """
    with reading(engine) as connection:
        shown = shown_versions(connection, [item.version_id])[item.version_id]
        automatic = shown
        if shown.decided_by is not None:
            by_policy = shown_versions(connection, [item.version_id], "policy")
            automatic = by_policy[item.version_id]
        counts = _author_counts(connection, item, shown.author_hash)
        return Card(
            item=item,
            shown=shown,
            automatic=automatic,
            thread=_thread(connection, item, shown),
            author_comments=counts[0],
            author_rejected=counts[1],
            author_latest=_author_latest(connection, item, shown.author_hash),
            similar=_similar(connection, item),
            notes=_notes(connection, item, shown.author_hash),
            decisions=_decisions(connection, item),
            corrections=_corrections(connection, item),
            before=_before(connection, item),
        )


def shown_versions(
    connection: Connection, version_ids: Sequence[int], decided_by: str | None = None
) -> dict[int, StoredComment]:
    """Versions with their standing decisions, or the policy's, by id."""
    rows = connection.execute(
        select_versions(decided_by).add_columns(comment_versions.c.id.label("shown_id"))
        .where(comment_versions.c.id.in_(version_ids))
    ).all()  # fmt: skip
    return {row.shown_id: comment_from(row) for row in rows}


def _past() -> Select[Any]:
    """Comments with the decision that stands on each version."""
    standing = standing_decision(comment_versions.c.id)
    return (
        select(
            comment_versions.c.id,
            comment_versions.c.text,
            comment_versions.c.author_hash,
            comment_versions.c.received_at,
            decisions.c.action,
            decisions.c.reasons,
            decisions.c.decided_by,
            decisions.c.facts,
        )
        .select_from(comments)
        .join(comment_versions, comment_versions.c.comment_id == comments.c.id)
        .join(decisions, decisions.c.id == standing)
    )


def _past_from(row: Row[Any]) -> PastComment:
    code = row.reasons[0]["code"] if row.reasons else ""
    human = row.decided_by == "human"
    facts = None if row.facts is None else facts_from(row.facts)
    return PastComment(
        row.text, row.author_hash, row.received_at, row.action, code, human, facts
    )


def _thread(
    connection: Connection, item: Item, shown: StoredComment
) -> tuple[PastComment, ...]:
    """Parent and siblings, where the caller names the parent's id."""
    context = shown.comment.context
    if context.parent_id is None or context.article_id is None:
        return ()
    siblings = and_(
        comment_versions.c.article_id == context.article_id,
        comment_versions.c.parent_id == context.parent_id,
    )
    parent = comments.c.external_id == context.parent_id
    rows = connection.execute(
        _past()
        .where(comments.c.site == item.site, comments.c.id != item.comment_id)
        .where(or_(parent, siblings))
        # The parent first, whatever came later.
        .order_by(parent.desc(), comment_versions.c.id)
        .limit(_SHOWN)
    ).all()
    return tuple(_past_from(row) for row in rows)


def _author_counts(
    connection: Connection, item: Item, author_hash: str | None
) -> tuple[int, int] | tuple[None, None]:
    if author_hash is None:
        return None, None
    outcomes = comment_outcomes(item.site, [author_hash]).where(
        comments.c.id != item.comment_id
    )
    latest = outcomes.subquery()
    rejected = func.sum(case((decisions.c.action == "reject", 1), else_=0))
    row = connection.execute(
        select(func.count(), func.coalesce(rejected, 0))
        .select_from(latest)
        .join(decisions, decisions.c.id == latest.c.decision_id)
    ).one()
    return int(row[0]), int(row[1])


def _author_latest(
    connection: Connection, item: Item, author_hash: str | None
) -> tuple[PastComment, ...]:
    if author_hash is None:
        return ()
    rows = connection.execute(
        _past()
        .where(comments.c.site == item.site, comments.c.id != item.comment_id)
        .where(comment_versions.c.author_hash == author_hash)
        .order_by(comment_versions.c.id.desc())
        .limit(_SHOWN)
    ).all()
    return tuple(_past_from(row) for row in rows)


def _similar(connection: Connection, item: Item) -> tuple[PastComment, ...]:
    found = similar_versions(connection, item.version_id, _SHOWN)
    rows = connection.execute(
        _past()
        .where(comment_versions.c.id.in_(found))
        # An earlier text of the same comment would tell what was decided on it.
        .where(comments.c.site == item.site, comments.c.id != item.comment_id)
    ).all()
    by_id = {row.id: _past_from(row) for row in rows}
    return tuple(by_id[version_id] for version_id in found if version_id in by_id)


def _notes(connection: Connection, item: Item, author_hash: str | None) -> tuple[Note, ...]:
    about = notes.c.comment_id == item.comment_id
    if author_hash is not None:
        about = or_(about, notes.c.author_hash == author_hash)
    rows = connection.execute(
        select(notes.c.text, accounts.c.display_name, notes.c.created_at, notes.c.author_hash)
        .join(accounts, accounts.c.id == notes.c.account_id)
        .where(notes.c.site == item.site, about)
        .order_by(notes.c.id.desc())
        .limit(_MOST_NOTES)
    )
    return tuple(
        Note(row.text, row.display_name, row.created_at, row.author_hash is not None)
        for row in rows
    )


def _decisions(connection: Connection, item: Item) -> tuple[PastDecision, ...]:
    rows = connection.execute(
        select(
            decisions.c.action, decisions.c.reasons, decisions.c.decided_at,
            accounts.c.display_name, comment_versions.c.version,
        )
        .join(comment_versions, comment_versions.c.id == decisions.c.version_id)
        .outerjoin(accounts, accounts.c.id == decisions.c.account_id)
        .where(comment_versions.c.comment_id == item.comment_id)
        .order_by(decisions.c.id.desc())
        .limit(_MOST_NOTES)
    )  # fmt: skip
    return tuple(
        PastDecision(
            row.action, row.reasons[0]["code"], row.display_name, row.decided_at, row.version
        )
        for row in rows
    )


def _corrections(connection: Connection, item: Item) -> tuple[Correction, ...]:
    rows = connection.execute(
        select(corrections, accounts.c.display_name)
        .join(accounts, accounts.c.id == corrections.c.account_id)
        .where(corrections.c.version_id == item.version_id)
        .order_by(corrections.c.id.desc())
        .limit(_SHOWN)
    )
    return tuple(
        Correction(
            row.labels, row.sentiment, row.stance, row.spans, row.display_name, row.created_at
        )
        for row in rows
    )


def _before(connection: Connection, item: Item) -> tuple[str, ...]:
    return tuple(
        connection.scalars(
            select(comment_versions.c.text)
            .where(comment_versions.c.comment_id == item.comment_id)
            .where(comment_versions.c.id < item.version_id)
            .order_by(comment_versions.c.id.desc())
            .limit(_SHOWN)
        )
    )
