"""API keys: 256 random bits each, of which only the SHA-256 is stored."""

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, Row, exc, func, insert, select, update

from moderation.errors import InvalidInputError, NotFoundError
from moderation.store.engine import reading, writing
from moderation.store.tables import api_keys


class Scope(StrEnum):
    """What a key may do."""

    SCORE = "score"
    MODERATE = "moderate"
    READ = "read"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What is known about a key; not the key itself.

    Attributes:
        created_at, revoked_at: aware, UTC; ``revoked_at`` is ``None`` while the key works.
    """

    id: int
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    revoked_at: datetime | None


def create_key(engine: Engine, name: str, scopes: Collection[Scope]) -> str:
    """Make a key and return it; it cannot be shown again.

    Returns:
        "mzn_" and 43 url-safe characters.

    Raises:
        InvalidInputError: no name, no scope, or a key of this name exists, revoked or not.
        StoreUnavailableError: the database cannot be used right now.
    """
    if not name.strip() or not scopes:
        raise InvalidInputError("A key needs a name and at least one scope.")
    secret = f"mzn_{secrets.token_urlsafe(32)}"
    row = {
        "name": name,
        "key_sha256": _digest(secret),
        "scopes": sorted(Scope(scope).value for scope in scopes),
        "created_at": datetime.now(UTC),
    }
    try:
        with writing(engine) as connection:
            connection.execute(insert(api_keys), row)
    except exc.IntegrityError as error:
        raise InvalidInputError("A key of this name exists.", code="key_exists") from error
    return secret


def check_key(engine: Engine, secret: str) -> KeyRecord | None:
    """Return the key's record, or ``None`` when it is unknown or revoked."""
    digest = _digest(secret)
    with reading(engine) as connection:
        row = connection.execute(
            select(api_keys).where(
                api_keys.c.key_sha256 == digest, api_keys.c.revoked_at.is_(None)
            )
        ).one_or_none()
    if row is None or not hmac.compare_digest(row.key_sha256, digest):
        return None
    return _record_from(row)


def revoke_key(engine: Engine, name: str) -> None:
    """Make a key stop working from the next request on; revoking twice is harmless.

    Raises:
        NotFoundError: there is no key of this name.
        StoreUnavailableError: the database cannot be used right now.
    """
    revoked_at = func.coalesce(api_keys.c.revoked_at, datetime.now(UTC))
    with writing(engine) as connection:
        changed = connection.execute(
            update(api_keys).where(api_keys.c.name == name).values(revoked_at=revoked_at)
        )
        if changed.rowcount == 0:
            raise NotFoundError("There is no key of this name.")


def list_keys(engine: Engine) -> list[KeyRecord]:
    """Return all keys, oldest first, revoked ones included."""
    with reading(engine) as connection:
        rows = connection.execute(select(api_keys).order_by(api_keys.c.id)).all()
    return [_record_from(row) for row in rows]


def any_keys(engine: Engine) -> bool:
    """Tell whether a key was ever made.

    Revoked keys count: whoever revokes the last one does not mean to open the doors.
    """
    with reading(engine) as connection:
        return connection.execute(select(api_keys.c.id).limit(1)).first() is not None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _record_from(row: Row[Any]) -> KeyRecord:
    return KeyRecord(
        id=row.id,
        name=row.name,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )
