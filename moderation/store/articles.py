"""What readers say under an article: counts for people to read, never a decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, Select, case, func, select

from moderation.domain import Action
from moderation.store.counts import Summary, summarized
from moderation.store.engine import reading
from moderation.store.records import standing_decision
from moderation.store.tables import comment_versions, comments, decisions, scores

# What a summary reads at most: the newest comments.
MOST_COMMENTS = 20_000
MOST_SECTIONS = 200
_versions = comment_versions.c


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """An article and its comments in numbers; what it is called is as last heard."""

    site: str
    article_id: str
    title: str | None
    lead: str | None
    section: str | None
    summary: Summary


@dataclass(frozen=True, slots=True)
class RecentArticle:
    """An article that was commented on lately.

    Attributes:
        comments: all of it, not of the period.
        held: those that wait for a human.
    """

    site: str
    article_id: str
    title: str | None
    section: str | None
    comments: int
    held: int
    last_at: datetime


def article_summary(
    engine: Engine,
    site: str,
    article_id: str,
    target: str | None = None,
    zone: tzinfo = UTC,
) -> ArticleSummary | None:
    """Count an article's comments.

    Args:
        target: only comments whose stance toward this target was measured.
        zone: whose days and hours the series is cut into.

    Returns:
        ``None`` where there are no such comments.
    """
    wanted = _latest_versions().where(
        comments.c.site == site, _versions.article_id == article_id
    )
    rows, cut = _newest(engine, wanted)
    summary = summarized(rows, target, zone, cut)
    if summary is None:
        return None
    return ArticleSummary(
        site,
        article_id,
        title=_last_heard(rows, "title"),
        lead=_last_heard(rows, "lead"),
        section=_last_heard(rows, "section"),
        summary=summary,
    )


def summary_of(
    engine: Engine,
    site: str,
    since: datetime,
    section: str | None = None,
    target: str | None = None,
    zone: tzinfo = UTC,
) -> Summary | None:
    """Count the comments of a site, or of a section of it, across articles.

    Args:
        since: comments whose latest version came in from then on.
        target, zone: as in ``article_summary``.

    Returns:
        ``None`` where there are no such comments.
    """
    wanted = _latest_versions().where(comments.c.site == site, _came_in(since))
    if section is not None:
        wanted = wanted.where(_versions.section == section)
    rows, cut = _newest(engine, wanted)
    return summarized(rows, target, zone, cut)


def recent_articles(
    engine: Engine,
    sites: Sequence[str],
    since: datetime,
    limit: int,
    section: str | None = None,
) -> list[RecentArticle]:
    """The articles that were commented on since then, the latest comment first.

    Args:
        sites: whose; empty means every site.
    """
    newest = func.max(_versions.id)
    active = (
        select(newest.label("version_id"))
        .select_from(comment_versions)
        .join(comments, comments.c.id == _versions.comment_id)
        .where(_versions.article_id.is_not(None), _came_in(since))
        .group_by(comments.c.site, _versions.article_id)
        .order_by(newest.desc())
        .limit(limit)
    )
    if sites:
        active = active.where(comments.c.site.in_(sites))
    if section is not None:
        active = active.where(_versions.section == section)
    chosen = active.subquery()
    wanted = (
        select(
            comments.c.site, _versions.article_id, _versions.title, _versions.section,
            _versions.received_at,
        )
        .select_from(comment_versions)
        .join(comments, comments.c.id == _versions.comment_id)
        .join(chosen, chosen.c.version_id == _versions.id)
        .order_by(_versions.id.desc())
    )  # fmt: skip
    with reading(engine) as connection:
        rows = connection.execute(wanted).all()
        counted = connection.execute(_counts({row.article_id for row in rows})).all()
    counts = {(row.site, row.article_id): (row.comments, int(row.held)) for row in counted}
    return [
        RecentArticle(
            row.site, row.article_id, row.title, row.section,
            *counts[row.site, row.article_id], row.received_at,
        )
        for row in rows
        # An edit may have moved an article's only comment elsewhere.
        if (row.site, row.article_id) in counts
    ]  # fmt: skip


def sections_of(engine: Engine, sites: Sequence[str], since: datetime) -> list[str]:
    """The sections of the comments since then, at most ``MOST_SECTIONS``, in order.

    Args:
        sites: whose; empty means every site.
    """
    wanted = (
        select(_versions.section)
        .select_from(comment_versions)
        .join(comments, comments.c.id == _versions.comment_id)
        .where(_versions.section.is_not(None), _came_in(since))
        .distinct()
        .order_by(_versions.section)
        .limit(MOST_SECTIONS)
    )
    if sites:
        wanted = wanted.where(comments.c.site.in_(sites))
    with reading(engine) as connection:
        return [section for section in connection.scalars(wanted) if section]


def _latest_versions() -> Select[Any]:
    """The latest version of each comment with its scores and the decision that stands."""
    later = comment_versions.alias()
    edited = (
        select(later.c.id)
        .where(later.c.comment_id == _versions.comment_id, later.c.version > _versions.version)
        .correlate(comment_versions)
        .exists()
    )
    standing = standing_decision(_versions.id)
    return (
        select(
            comments.c.created_at, _versions.title, _versions.lead, _versions.section,
            scores.c.sentiment, scores.c.stance, decisions.c.action, decisions.c.decided_by,
        )
        .select_from(comment_versions)
        .join(comments, comments.c.id == _versions.comment_id)
        .join(decisions, decisions.c.id == standing)
        .outerjoin(scores, scores.c.id == decisions.c.score_id)
        .where(~edited)
    )  # fmt: skip


def _came_in(since: datetime) -> ColumnElement[bool]:
    """Of the versions since then: the policy decides when they come in, and that is indexed."""
    arrived = select(decisions.c.version_id).where(
        decisions.c.decided_by == "policy", decisions.c.decided_at >= since
    )
    return _versions.id.in_(arrived)


def _counts(article_ids: set[str | None]) -> Select[str, str | None, int, int]:
    """Comments and those held, by site and article."""
    held = func.sum(case((decisions.c.action == Action.REVIEW.value, 1), else_=0))
    return (
        _latest_versions()
        .with_only_columns(
            comments.c.site,
            _versions.article_id,
            func.count().label("comments"),
            held.label("held"),
        )
        .where(_versions.article_id.in_(article_ids))
        .group_by(comments.c.site, _versions.article_id)
    )


def _newest(engine: Engine, wanted: Select[Any]) -> tuple[Sequence[Row[Any]], bool]:
    """The newest rows, newest first, and whether there are more."""
    with reading(engine) as connection:
        rows = connection.execute(
            wanted.order_by(_versions.id.desc()).limit(MOST_COMMENTS + 1)
        ).all()
    return rows[:MOST_COMMENTS], len(rows) > MOST_COMMENTS


def _last_heard(rows: Sequence[Row[Any]], name: str) -> str | None:
    return next((value for row in rows if (value := getattr(row, name))), None)
