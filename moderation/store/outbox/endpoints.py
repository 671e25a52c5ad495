"""Where decisions are sent: addresses, each with a secret that its messages are signed with."""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Engine, Row, insert, select, update

from moderation.errors import InvalidInputError, NotFoundError
from moderation.store import audit
from moderation.store.engine import reading, writing
from moderation.store.room_tables import endpoints, outbox

_LONGEST_URL = 2000
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is known about an endpoint; not its secret.

    Attributes:
        created_at, disabled_at: aware, UTC; ``disabled_at`` is ``None`` while it is in use.
    """

    id: int
    site: str
    url: str
    created_at: datetime
    disabled_at: datetime | None


def add_endpoint(engine: Engine, site: str, url: str, now: datetime) -> str:
    """Send a site's decisions to this address from now on.

    Returns:
        "whsec_" and the secret in base64; it is not shown again.

    Raises:
        InvalidInputError: not https (http is for this machine only), with a user name,
            a password or a fragment, or too long.
        StoreUnavailableError: the database cannot be used right now.
    """
    host = _checked_host(url)
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"
    row = {"site": site, "url": url, "secret": secret, "created_at": now}
    with writing(engine) as connection:
        endpoint_id = connection.scalar(insert(endpoints).values(row).returning(endpoints.c.id))
        # The host alone: a path or a query may be a secret of the receiver's.
        audit.append(
            connection,
            "webhook_added",
            None,
            now,
            endpoint_id=endpoint_id,
            site=site,
            host=host,
        )
    return secret


def disable_endpoint(engine: Engine, endpoint_id: int, now: datetime) -> None:
    """Send nothing there any more; what waits for it is cancelled. Twice is harmless.

    Raises:
        NotFoundError: there is no such endpoint.
        StoreUnavailableError: the database cannot be used right now.
    """
    with writing(engine) as connection:
        known = connection.scalar(select(endpoints.c.id).where(endpoints.c.id == endpoint_id))
        if known is None:
            raise NotFoundError("There is no such endpoint.")
        if switch_off(connection, endpoint_id, now):
            audit.append(connection, "webhook_disabled", None, now, endpoint_id=endpoint_id)


def list_endpoints(engine: Engine) -> list[Endpoint]:
    """Return all endpoints, oldest first, disabled ones included."""
    with reading(engine) as connection:
        rows = connection.execute(select(endpoints).order_by(endpoints.c.id)).all()
    return [_endpoint_from(row) for row in rows]


def switch_off(connection: Connection, endpoint_id: int, now: datetime) -> bool:
    """Disable an endpoint and cancel what waits for it; the caller writes the audit entry.

    Returns:
        whether it was in use until now.
    """
    waiting = (outbox.c.endpoint_id == endpoint_id, outbox.c.state == "pending")
    # In one order, as everybody locks messages: two who lock many never wait for each other.
    connection.execute(
        select(outbox.c.id).where(*waiting).order_by(outbox.c.id).with_for_update()
    )
    connection.execute(update(outbox).where(*waiting).values(state="cancelled"))
    changed = connection.execute(
        update(endpoints)
        .where(endpoints.c.id == endpoint_id, endpoints.c.disabled_at.is_(None))
        .values(disabled_at=now)
    )
    return changed.rowcount > 0


def _checked_host(url: str) -> str:
    if len(url) > _LONGEST_URL:
        raise InvalidInputError(f"An address has at most {_LONGEST_URL} characters.")
    # urlsplit() drops line breaks and tabs without a word.
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise InvalidInputError("An address has printable ASCII characters only.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidInputError("This is no address.") from error
    if not host or port == 0:
        raise InvalidInputError("An address needs a host.")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_this_machine(host)):
        raise InvalidInputError("Use https; http only reaches this machine itself.")
    if "@" in parts.netloc:
        raise InvalidInputError("An address must not hold a user name or a password.")
    if "#" in url:
        raise InvalidInputError("An address must not have a fragment.")
    return host


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _endpoint_from(row: Row[Any]) -> Endpoint:
    return Endpoint(row.id, row.site, row.url, row.created_at, row.disabled_at)
