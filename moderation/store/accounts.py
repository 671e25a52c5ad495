"""The people of the moderators' room."""

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Row, exc, insert, select, update

from moderation.errors import InvalidInputError, NotFoundError
from moderation.store.audit import append
from moderation.store.engine import reading, writing
from moderation.store.room_tables import accounts
from moderation.store.tokens import end_sessions, invite, withdraw_invitations

LONGEST_NAME = 64
_SCRIPTS = ("LATIN ", "ARABIC ")
_MARKS = frozenset("._-@+")


class Role(StrEnum):
    """What somebody is here for; one person may have several."""

    MODERATOR = "moderator"
    LEAD = "lead"
    ENGINEER = "engineer"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in.

    Attributes:
        name: what they sign in with, in lower case.
        sites: whose comments they see; empty means every site.
        preferences: see ``review.preferences``.
    """

    id: int
    name: str
    display_name: str
    roles: frozenset[Role]
    sites: tuple[str, ...]
    preferences: Mapping[str, Any]

    def sees(self, site: str) -> bool:
        """Whether comments of this site are theirs to see."""
        return not self.sites or site in self.sites


class AccountState(StrEnum):
    """Whether somebody can sign in."""

    ACTIVE = "active"
    INVITED = "invited"  # no password yet
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """An account and what has become of it."""

    account: Account
    state: AccountState


def create_account(
    engine: Engine,
    name: str,
    roles: Collection[Role],
    sites: Collection[str],
    now: datetime,
    display_name: str | None = None,
) -> str:
    """Make an account without a password, and return the token of its one-time link.

    Args:
        sites: whose comments they may see; empty means every site.
        display_name: how others see them; default: the name.

    Raises:
        InvalidInputError: the name cannot be used or is taken, or there is no role.
        StoreUnavailableError: the database cannot be used right now.
    """
    with writing(engine) as connection:
        account = add_account(connection, name, roles, sites, now, display_name)
        token = invite(connection, account.id, now)
        append(connection, "account_created", None, now, **account_details(account))
    return token


def reset_account(engine: Engine, name: str, now: datetime) -> str:
    """Take the password away, end all sessions, and return the token of a new one-time link.

    A disabled account is let in again.

    Raises:
        NotFoundError: there is no account of this name.
        StoreUnavailableError: the database cannot be used right now.
    """
    with writing(engine) as connection:
        account_id = _id_of(connection, name)
        _lock_out(connection, account_id, password_hash=None, disabled_at=None)
        token = invite(connection, account_id, now)
        append(connection, "account_reset", None, now, account=account_id)
    return token


def disable_account(engine: Engine, name: str, now: datetime) -> None:
    """End all sessions and let nobody sign in to it; doing it twice is harmless.

    Raises:
        NotFoundError: there is no account of this name.
        StoreUnavailableError: the database cannot be used right now.
    """
    with writing(engine) as connection:
        account_id = _id_of(connection, name)
        _lock_out(connection, account_id, disabled_at=now)
        append(connection, "account_disabled", None, now, account=account_id)


def list_accounts(engine: Engine) -> list[AccountRecord]:
    """Return all accounts, oldest first, disabled ones included."""
    with reading(engine) as connection:
        rows = connection.execute(select(accounts).order_by(accounts.c.id)).all()
    return [AccountRecord(account_from(row), _state(row)) for row in rows]


def any_accounts(engine: Engine) -> bool:
    """Tell whether an account was ever made; disabled ones count."""
    with reading(engine) as connection:
        return has_accounts(connection)


def has_accounts(connection: Connection) -> bool:
    """The same within a transaction."""
    return connection.execute(select(accounts.c.id).limit(1)).first() is not None


def account_names(engine: Engine, ids: Collection[int]) -> dict[int, str]:
    """The shown names of accounts, by id; unknown ids are left out."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(accounts.c.id, accounts.c.display_name).where(accounts.c.id.in_(ids))
        )
        return {row.id: row.display_name for row in rows}


def set_preferences(
    engine: Engine, account_id: int, preferences: Mapping[str, Any], now: datetime
) -> None:
    """Keep how somebody likes their pages.

    Raises:
        StoreUnavailableError: the database cannot be used right now.
    """
    with writing(engine) as connection:
        connection.execute(
            update(accounts)
            .where(accounts.c.id == account_id)
            .values(preferences=dict(preferences))
        )
        append(connection, "preferences_set", account_id, now)


def add_account(
    connection: Connection,
    name: str,
    roles: Collection[Role],
    sites: Collection[str],
    now: datetime,
    display_name: str | None = None,
    password_hash: str | None = None,
) -> Account:
    """Insert an account; the caller logs it.

    Raises:
        InvalidInputError: the name cannot be used or is taken, or there is no role.
    """
    if not roles:
        raise InvalidInputError("An account needs at least one role.", code="role_missing")
    row: dict[str, Any] = {
        "name": new_name(name),
        "display_name": _new_display_name(display_name or name),
        "password_hash": password_hash,
        "roles": sorted(Role(role).value for role in roles),
        "sites": sorted(set(sites)),
        "preferences": {},
        "created_at": now,
    }
    try:
        added = connection.execute(insert(accounts).returning(accounts), row).one()
    except exc.IntegrityError as error:
        raise InvalidInputError(
            "An account of this name exists.", code="account_exists"
        ) from error
    return account_from(added)


def account_details(account: Account) -> dict[str, Any]:
    """What the log says of a new account."""
    return {
        "account": account.id,
        "name": account.name,
        "roles": sorted(account.roles),
        "sites": list(account.sites),
    }


def account_from(row: Row[Any]) -> Account:
    """An account from its row."""
    return Account(
        id=row.id,
        name=row.name,
        display_name=row.display_name,
        roles=frozenset(Role(role) for role in row.roles),
        sites=tuple(row.sites),
        preferences=row.preferences,
    )


def sign_in_name(typed: str) -> str:
    """A name as it is stored, however it was typed: capitals, kinds of digits, spaces around.

    Example: ``sign_in_name(" Layla٢ ")`` is "layla2".
    """
    folded = unicodedata.normalize("NFKC", typed.strip()).casefold()
    return "".join(str(unicodedata.decimal(char, char)) for char in folded)


def new_name(typed: str) -> str:
    """A name for a new account, as it is stored.

    Raises:
        InvalidInputError: it is empty, longer than 64 characters, or has others than Latin
            and Arabic letters, digits, and . _ - @ +
    """
    name = sign_in_name(typed)
    if not 1 <= len(name) <= LONGEST_NAME or not all(map(_may_be_in_a_name, name)):
        raise InvalidInputError(
            f"A name has 1 to {LONGEST_NAME} letters (Latin or Arabic), digits or . _ - @ + "
            "and no spaces.",
            code="name_unusable",
        )
    return name


def _may_be_in_a_name(char: str) -> bool:
    if char in _MARKS or char in "0123456789":
        return True
    # Others look like these and are not; a tatweel or a vowel mark cannot be seen at all.
    is_letter = unicodedata.category(char) in ("Ll", "Lo")
    return is_letter and unicodedata.name(char).startswith(_SCRIPTS)


def _new_display_name(typed: str) -> str:
    shown = " ".join(unicodedata.normalize("NFC", typed).split())
    if not 1 <= len(shown) <= LONGEST_NAME or not shown.isprintable():
        raise InvalidInputError(
            f"A shown name has 1 to {LONGEST_NAME} visible characters.",
            code="display_name_unusable",
        )
    return shown


def _id_of(connection: Connection, name: str) -> int:
    account_id = connection.scalar(
        select(accounts.c.id).where(accounts.c.name == sign_in_name(name))
    )
    if account_id is None:
        raise NotFoundError("There is no account of this name.")
    return account_id


def _lock_out(connection: Connection, account_id: int, **changes: Any) -> None:
    """Links first, then the account: in the order in which a link is used."""
    withdraw_invitations(connection, account_id)
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(changes))
    end_sessions(connection, account_id)


def _state(row: Row[Any]) -> AccountState:
    if row.disabled_at is not None:
        return AccountState.DISABLED
    return AccountState.INVITED if row.password_hash is None else AccountState.ACTIVE
