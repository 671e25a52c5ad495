"""One-time links: how people get their passwords, and a new installation its first account."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, select, update

from moderation.errors import NotFoundError
from moderation.store.accounts import (
    Account,
    Role,
    account_details,
    account_from,
    add_account,
    has_accounts,
    new_name,
)
from moderation.store.audit import append
from moderation.store.engine import reading, writing
from moderation.store.passwords import check_new_password, hashed, hashing
from moderation.store.room_tables import accounts, audit_head, invitations
from moderation.store.tokens import digest, invite, withdraw_invitations

_FIRST_ROLES = (Role.LEAD, Role.ENGINEER)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that can be used.

    Attributes:
        name: whose it is; ``None``: the first run, it makes an account.
    """

    account_id: int | None
    name: str | None


def first_invitation(engine: Engine, now: datetime) -> str | None:
    """A one-time token for the first account, or ``None`` when there are accounts.

    Tokens made so before stop working.

    Raises:
        StoreUnavailableError: the database cannot be used right now.
    """
    with writing(engine) as connection:
        _one_at_a_time(connection)
        if has_accounts(connection):
            return None
        withdraw_invitations(connection, None)
        return invite(connection, None, now)


def find_invitation(engine: Engine, token: str, now: datetime) -> Invitation:
    """What a link is for.

    Raises:
        NotFoundError: it was used, withdrawn, is older than 24 hours, or never was.
        StoreUnavailableError: the database cannot be used right now.
    """
    with reading(engine) as connection:
        row = connection.execute(
            select(invitations.c.account_id, accounts.c.name)
            .outerjoin(accounts, accounts.c.id == invitations.c.account_id)
            .where(
                invitations.c.token_sha256 == digest(token),
                invitations.c.used_at.is_(None),
                invitations.c.expires_at > now,
            )
        ).one_or_none()
        if row is None or (row.account_id is None and has_accounts(connection)):
            raise _unusable()
    return Invitation(row.account_id, row.name)


def accept_invitation(
    engine: Engine,
    token: str,
    password: str,
    now: datetime,
    name: str | None = None,
    display_name: str | None = None,
) -> Account:
    """Set the password, once. On the first run make the account: lead and engineer, every site.

    Args:
        name, display_name: of the first account; of no meaning else.

    Raises:
        NotFoundError: the link cannot be used, or somebody else was faster.
        InvalidInputError: the password or the name cannot be used; the link still can.
        OverloadedError: too many people are signing in.
        StoreUnavailableError: the database cannot be used right now.
    """
    found = find_invitation(engine, token, now)
    check_new_password(password, found.name or new_name(name or ""))
    with hashing():
        password_hash = hashed(password)
    with writing(engine) as connection:
        if found.account_id is None:
            _one_at_a_time(connection)
        _use(connection, token, now)
        if found.account_id is not None:
            return _set_password(connection, found.account_id, password_hash, now)
        if has_accounts(connection):
            raise _unusable()
        account = add_account(
            connection, name or "", _FIRST_ROLES, (), now, display_name, password_hash
        )
        append(connection, "account_created", account.id, now, **account_details(account))
    return account


def _use(connection: Connection, token: str, now: datetime) -> None:
    """Of two at the same time, the second one waits here and then finds it used."""
    used = connection.execute(
        update(invitations)
        .where(
            invitations.c.token_sha256 == digest(token),
            invitations.c.used_at.is_(None),
            invitations.c.expires_at > now,
        )
        .values(used_at=now)
    )
    if used.rowcount == 0:
        raise _unusable()


def _set_password(
    connection: Connection, account_id: int, password_hash: str, now: datetime
) -> Account:
    row = connection.execute(
        update(accounts)
        .where(accounts.c.id == account_id, accounts.c.disabled_at.is_(None))
        .values(password_hash=password_hash)
        .returning(accounts)
    ).one_or_none()
    if row is None:
        raise _unusable()
    append(connection, "password_set", account_id, now)
    return account_from(row)


def _one_at_a_time(connection: Connection) -> None:
    """Until this transaction ends, no other makes a first account or a link for one."""
    connection.execute(
        select(audit_head.c.id).where(audit_head.c.id == 1).with_for_update()
    ).one()


def _unusable() -> NotFoundError:
    return NotFoundError("This link was used already, or is too old.")
