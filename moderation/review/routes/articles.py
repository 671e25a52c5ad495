"""What readers say under articles: stance, sentiment and decisions, for people to read."""

from typing import Annotated
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Request, Response

from moderation.errors import NotFoundError
from moderation.review.access import ArticleReader
from moderation.review.figures import parts_of
from moderation.review.render import PageRoute, render
from moderation.review.room import RoomDep
from moderation.review.routes.measures import PERIODS, Days, Name, chosen_sites
from moderation.store.articles import (
    MOST_COMMENTS,
    RecentArticle,
    article_summary,
    recent_articles,
    sections_of,
    summary_of,
)
from moderation.store.periods import day_starts
from moderation.store.sites import sites_of

router = APIRouter(prefix="/review/articles", route_class=PageRoute, include_in_schema=False)

_MOST_ARTICLES = 50


@router.get("")
def article_list(
    request: Request,
    room: RoomDep,
    viewer: ArticleReader,
    days: Days = "7",
    site: Name = "",
    section: Name = "",
    target: Name = "",
) -> Response:
    """Articles that were commented on lately, and a site, section or target as a whole."""
    zone = ZoneInfo(room.settings.time_zone)
    since = day_starts(room.clock(), int(days), zone)[0]
    all_sites = sites_of(room.engine, viewer.account)
    sites = chosen_sites(viewer, site)
    # Figures are of one site: shares across sites of different readers say little.
    one = site or (all_sites[0] if len(all_sites) == 1 else None)
    summary = None
    if one is not None:
        summary = summary_of(room.engine, one, since, section or None, target or None, zone)
    found = recent_articles(room.engine, sites, since, _MOST_ARTICLES, section or None)
    return render(
        request,
        viewer,
        "articles",
        days=days,
        periods=PERIODS,
        site=site,
        sites=all_sites,
        section=section,
        sections=sections_of(room.engine, sites, since),
        target=target,
        found=[(article, article_address(article)) for article in found],
        most=_MOST_ARTICLES,
        one=one,
        summary=summary,
        parts=parts_of(viewer.t, summary) if summary else [],
        most_comments=MOST_COMMENTS,
    )


@router.get("/{article_id:path}")
def article_page(
    request: Request,
    room: RoomDep,
    viewer: ArticleReader,
    article_id: Annotated[str, Path(max_length=256)],
    site: Name = "",
) -> Response:
    """One article's comments in numbers."""
    chosen = site or room.settings.site
    found = None
    if viewer.account.sees(chosen):
        zone = ZoneInfo(room.settings.time_zone)
        found = article_summary(room.engine, chosen, article_id, zone=zone)
    if found is None:
        raise NotFoundError("There is no article with this id.")
    return render(
        request,
        viewer,
        "article",
        article=found,
        summary=found.summary,
        parts=parts_of(viewer.t, found.summary),
        most_comments=MOST_COMMENTS,
    )


def article_address(article: RecentArticle) -> str:
    """Where an article's page is; its id may hold anything."""
    path = quote(article.article_id, safe="", errors="replace")
    return f"/review/articles/{path}?{urlencode({'site': article.site})}"
