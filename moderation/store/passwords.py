"""Passwords: how long they are, how they are hashed, and how many are hashed at a time."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from moderation.errors import InvalidInputError, OverloadedError

SHORTEST, LONGEST = 10, 200
# argon2id takes 64 MiB and all of a core each time.
_AT_ONCE = 2
_WAIT_S = 5.0

_slots = BoundedSemaphore(_AT_ONCE)
_hasher = PasswordHasher()


def check_new_password(password: str, name: str) -> None:
    """Refuse what is too easily guessed; as NIST SP 800-63B has it, length is all that counts.

    Args:
        name: of the account, as it is stored.

    Raises:
        InvalidInputError: fewer than 10 or more than 200 characters, or the name itself.
    """
    if len(password) < SHORTEST:
        raise InvalidInputError(
            f"A password has at least {SHORTEST} characters.", code="password_too_short"
        )
    if len(password) > LONGEST:
        raise InvalidInputError(
            f"A password has at most {LONGEST} characters.", code="password_too_long"
        )
    if unicodedata.normalize("NFKC", password).strip().casefold() == name:
        raise InvalidInputError("The password is the name.", code="password_is_name")


@contextmanager
def hashing() -> Iterator[None]:
    """A place among those who may hash now.

    Raises:
        OverloadedError: none became free within 5 seconds.
    """
    if not _slots.acquire(timeout=_WAIT_S):
        raise OverloadedError("Too many people are signing in; try again in a moment.")
    try:
        yield
    finally:
        _slots.release()


def hashed(password: str) -> str:
    """The argon2id hash, with its parameters. Takes a place in ``hashing``."""
    return _hasher.hash(_bytes(password))


def fits(stored: str | None, password: str) -> bool:
    """Whether this is the password; ``None`` fits nothing, and takes as long to say so.

    Takes a place in ``hashing``.
    """
    stand_in = _hash_of_nothing()
    try:
        _hasher.verify(stored or stand_in, _bytes(password))
    except VerifyMismatchError:
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than are used now."""
    return _hasher.check_needs_rehash(stored)


@cache
def _hash_of_nothing() -> str:
    return _hasher.hash(b"")


def _bytes(password: str) -> bytes:
    # The same letters typed on another keyboard may come in another form.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
