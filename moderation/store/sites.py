"""Whose comments are kept here."""

from sqlalchemy import Engine, func, select

from moderation.store.accounts import Account
from moderation.store.engine import reading
from moderation.store.tables import comments

_MOST_SITES = 200


def sites_of(engine: Engine, account: Account) -> list[str]:
    """The sites that somebody sees: their own, or all that sent comments (at most 200)."""
    if account.sites:
        return sorted(account.sites)
    found: list[str] = []
    with reading(engine) as connection:
        while len(found) < _MOST_SITES:
            # From site to site along the index, instead of over every comment.
            following = select(func.min(comments.c.site))
            if found:
                following = following.where(comments.c.site > found[-1])
            site = connection.scalar(following)
            if site is None:
                break
            found.append(site)
    return found
