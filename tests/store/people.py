"""People for tests, and a clock that stands still."""

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import Engine

from moderation.store import Account, Role, accept_invitation, create_account

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PASSWORD = "القمر فوق دجلة"
ADDRESS = "203.0.113.7"


def make_account(
    engine: Engine,
    name: str = "layla",
    roles: Collection[Role] = (Role.MODERATOR,),
    sites: Collection[str] = (),
    now: datetime = NOW,
    password: str = PASSWORD,
) -> Account:
    """Somebody who has a password."""
    token = create_account(engine, name, roles, sites, now)
    return accept_invitation(engine, token, password, now)
