"""Signing in and out; who is signed in."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, or_, select, update

from moderation.errors import AccessError
from moderation.store.accounts import Account, account_from, sign_in_name
from moderation.store.attempts import count_attempt, forget_attempts, refuse_locked
from moderation.store.audit import append
from moderation.store.engine import reading, writing
from moderation.store.passwords import (
    check_new_password,
    fits,
    hashed,
    hashing,
    is_outdated,
)
from moderation.store.room_tables import accounts, sessions
from moderation.store.tokens import digest, end_sessions, start_session

_IDLE = timedelta(hours=8)
# How exactly it is noted when somebody was last seen: most page views only read.
_SEEN_EVERY = timedelta(minutes=1)


def session_account(engine: Engine, token: str, now: datetime) -> Account | None:
    """Whose session this is; ``None`` when there is none, or it is over.

    A session is over 8 hours after it was last used, 24 hours after it began, and as soon as
    its account is disabled.

    Raises:
        StoreUnavailableError: the database cannot be used right now.
    """
    key = digest(token)
    with reading(engine) as connection:
        row = connection.execute(
            select(accounts, sessions.c.seen_at)
            .join(sessions, sessions.c.account_id == accounts.c.id)
            .where(
                sessions.c.token_sha256 == key,
                sessions.c.expires_at > now,
                sessions.c.seen_at > now - _IDLE,
                accounts.c.disabled_at.is_(None),
            )
        ).one_or_none()
    if row is None:
        return None
    if now - row.seen_at >= _SEEN_EVERY:
        with writing(engine) as connection:
            connection.execute(
                update(sessions)
                .where(sessions.c.token_sha256 == key, sessions.c.seen_at < now)
                .values(seen_at=now)
            )
    return account_from(row)


def sign_in(engine: Engine, name: str, password: str, address: str, now: datetime) -> str:
    """Start a session and return its token.

    Args:
        address: where the attempt comes from; failures are counted by it, too.

    Raises:
        AccessError: the name is unknown, the password wrong or not set, or the account
            disabled; the answer and its time do not tell which.
        TooManyAttemptsError: too many failures; even the right password is refused.
        OverloadedError: too many people are signing in.
        StoreUnavailableError: the database cannot be used right now.
    """
    name = sign_in_name(name)
    account, stored, fresh = _authenticated(engine, name, password, address, now)
    with writing(engine) as connection:
        _settle(connection, account, stored, fresh)
        _delete_ended(connection, now)
        token = start_session(connection, account.id, now)
        forget_attempts(connection, name, address)
        append(connection, "signed_in", account.id, now)
    return token


def change_password(
    engine: Engine, account: Account, old: str, new: str, address: str, now: datetime
) -> str:
    """Set a new password, end all sessions, and return the token of a new one.

    Raises:
        AccessError: the old password is wrong.
        InvalidInputError: the new one is too short, too long, or the name.
        TooManyAttemptsError: too many wrong ones.
        OverloadedError: too many people are signing in.
        StoreUnavailableError: the database cannot be used right now.
    """
    check_new_password(new, account.name)
    _, stored, _ = _authenticated(engine, account.name, old, address, now)
    with hashing():
        fresh = hashed(new)
    with writing(engine) as connection:
        _settle(connection, account, stored, fresh)
        end_sessions(connection, account.id)
        token = start_session(connection, account.id, now)
        forget_attempts(connection, account.name, address)
        append(connection, "password_set", account.id, now)
    return token


def sign_out(engine: Engine, token: str, now: datetime) -> None:
    """End a session; harmless when there is none.

    Raises:
        StoreUnavailableError: the database cannot be used right now.
    """
    with writing(engine) as connection:
        account_id = connection.scalar(
            delete(sessions)
            .where(sessions.c.token_sha256 == digest(token))
            .returning(sessions.c.account_id)
        )
        if account_id is not None:
            append(connection, "signed_out", account_id, now)


def _authenticated(
    engine: Engine, name: str, password: str, address: str, now: datetime
) -> tuple[Account, str, str | None]:
    """The account, its hash, and a new hash where that one is outdated."""
    refuse_locked(engine, name, address, now)
    with hashing():
        count_attempt(engine, name, address, now)
        with reading(engine) as connection:
            row = connection.execute(
                select(accounts).where(accounts.c.name == name)
            ).one_or_none()
        stored: str | None = row.password_hash if row is not None else None
        right = fits(stored, password)
        if row is None or stored is None or not right or row.disabled_at is not None:
            raise AccessError("The name or the password is wrong.")
        fresh = hashed(password) if is_outdated(stored) else None
    return account_from(row), stored, fresh


def _settle(connection: Connection, account: Account, stored: str, fresh: str | None) -> None:
    """Lock the account and make sure that what was checked still holds.

    Raises:
        AccessError: it was reset or disabled meanwhile.
    """
    changed = connection.execute(
        update(accounts)
        .where(
            accounts.c.id == account.id,
            accounts.c.password_hash == stored,
            accounts.c.disabled_at.is_(None),
        )
        .values(password_hash=fresh or stored)
    )
    if changed.rowcount == 0:
        raise AccessError("The name or the password is wrong.")


def _delete_ended(connection: Connection, now: datetime) -> None:
    ended = (
        select(sessions.c.token_sha256)
        .where(or_(sessions.c.expires_at <= now, sessions.c.seen_at <= now - _IDLE))
        # Whoever else is deleting them just now need not be waited for.
        .with_for_update(skip_locked=True)
    )
    connection.execute(delete(sessions).where(sessions.c.token_sha256.in_(ended)))
