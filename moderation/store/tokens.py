"""One-time links and sessions: 256 random bits each, of which only the SHA-256 is stored."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert

from moderation.store.room_tables import invitations, sessions

INVITED_FOR = timedelta(hours=24)
SIGNED_IN_FOR = timedelta(hours=24)


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def invite(connection: Connection, account_id: int | None, now: datetime) -> str:
    """A new one-time token, for an account or for the first run."""
    token = secrets.token_urlsafe(32)
    row = {
        "account_id": account_id,
        "token_sha256": digest(token),
        "created_at": now,
        "expires_at": now + INVITED_FOR,
    }
    connection.execute(insert(invitations), row)
    return token


def withdraw_invitations(connection: Connection, account_id: int | None) -> None:
    """Make the unused links of an account, or of the first run, stop working."""
    of_account = (
        invitations.c.account_id.is_(None)
        if account_id is None
        else invitations.c.account_id == account_id
    )
    connection.execute(delete(invitations).where(of_account, invitations.c.used_at.is_(None)))


def start_session(connection: Connection, account_id: int, now: datetime) -> str:
    """A new session's token."""
    token = secrets.token_urlsafe(32)
    row = {
        "token_sha256": digest(token),
        "account_id": account_id,
        "created_at": now,
        "seen_at": now,
        "expires_at": now + SIGNED_IN_FOR,
    }
    connection.execute(insert(sessions), row)
    return token


def end_sessions(connection: Connection, account_id: int) -> None:
    """Sign an account out everywhere."""
    connection.execute(delete(sessions).where(sessions.c.account_id == account_id))
