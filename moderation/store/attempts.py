"""Failed sign-ins, counted so that passwords cannot be tried one after the other.

Counted are failures of a name from an address, of a name, and from an address; unknown names
as well, so that counting does not tell which are known. Each has a limit, and beyond it every
failure doubles the time until the next attempt. A day without a failure and it is forgotten.
"""

import hashlib
import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import Connection, Engine, delete, select, update

from moderation.errors import TooManyAttemptsError
from moderation.store.engine import insert_new, reading, writing
from moderation.store.room_tables import attempts

_LIMITS = {"name+address": 5, "name": 20, "address": 50}
_FIRST_WAIT = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(minutes=15)
_REMEMBERED = timedelta(days=1)
# An IPv6 customer has at least so many bits for themselves.
_IPV6_NETWORK = 64


def refuse_locked(engine: Engine, name: str, address: str, now: datetime) -> None:
    """Refuse an attempt that comes too early, without counting it.

    Raises:
        TooManyAttemptsError: too many failures; says when to try again.
    """
    with reading(engine) as connection:
        locked = connection.scalars(
            select(attempts.c.locked_until).where(attempts.c.key.in_(_limits(name, address)))
        )
        _refuse(locked.all(), now)


def count_attempt(engine: Engine, name: str, address: str, now: datetime) -> None:
    """Count an attempt as failed, before it is known whether it is.

    Counted afterwards, any number could be made at the same time.

    Raises:
        TooManyAttemptsError: too many failures; says when to try again.
    """
    _forget_old(engine, now)
    limits = _limits(name, address)
    with writing(engine) as connection:
        # All in one order: two that lock each other's rows would wait for ever.
        for key in sorted(limits):
            connection.execute(
                insert_new(connection, attempts), {"key": key, "failures": 0, "last_at": now}
            )
        rows = connection.execute(
            select(attempts)
            .where(attempts.c.key.in_(limits))
            .order_by(attempts.c.key)
            .with_for_update()
        ).all()
        _refuse([row.locked_until for row in rows], now)
        for row in rows:
            failures = row.failures + 1
            connection.execute(
                update(attempts)
                .where(attempts.c.key == row.key)
                .values(
                    failures=failures,
                    last_at=now,
                    locked_until=_locked_until(failures, limits[row.key], now),
                )
            )


def forget_attempts(connection: Connection, name: str, address: str) -> None:
    """After the right password: the name starts anew, and the address gets its attempt back."""
    by_kind = _keys(name, address)
    # The address first or last: in the order in which attempts are counted.
    for key in sorted(by_kind.values()):
        if key == by_kind["address"]:
            connection.execute(
                update(attempts)
                .where(attempts.c.key == key, attempts.c.failures > 0)
                .values(failures=attempts.c.failures - 1, locked_until=None)
            )
        else:
            connection.execute(delete(attempts).where(attempts.c.key == key))


def _forget_old(engine: Engine, now: datetime) -> None:
    """A transaction of its own that waits for nobody: see the order of locks above."""
    old = (
        select(attempts.c.key)
        .where(attempts.c.last_at < now - _REMEMBERED)
        .with_for_update(skip_locked=True)
    )
    with writing(engine) as connection:
        connection.execute(delete(attempts).where(attempts.c.key.in_(old)))


def _keys(name: str, address: str) -> dict[str, str]:
    place = _network(address)
    told = {"name+address": (name, place), "name": (name,), "address": (place,)}
    return {
        kind: hashlib.sha256(
            "\0".join((kind, *parts)).encode("utf-8", "surrogatepass")
        ).hexdigest()
        for kind, parts in told.items()
    }


def _limits(name: str, address: str) -> dict[str, int]:
    return {key: _LIMITS[kind] for kind, key in _keys(name, address).items()}


def _network(address: str) -> str:
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ip_network((int(ip), _IPV6_NETWORK), strict=False))


def _locked_until(failures: int, limit: int, now: datetime) -> datetime | None:
    if failures < limit:
        return None
    # Capped first: nobody needs two to the power of a thousand.
    wait: timedelta = _FIRST_WAIT * 2 ** min(failures - limit, 20)
    return now + min(wait, _LONGEST_WAIT)


def _refuse(locked: Sequence[datetime | None], now: datetime) -> None:
    waits = [(until - now).total_seconds() for until in locked if until and until > now]
    if waits:
        raise TooManyAttemptsError(
            "Too many failed attempts; try again later.", retry_after_s=math.ceil(max(waits))
        )
