"""Signing in, sessions, and what slows down those who guess."""

import threading
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import argon2
import pytest
from sqlalchemy import Engine, event, func, select, update

from moderation.errors import (
    AccessError,
    InvalidInputError,
    OverloadedError,
    TooManyAttemptsError,
)
from moderation.store import (
    Role,
    change_password,
    create_account,
    disable_account,
    newest_entries,
    passwords,
    reading,
    session_account,
    sign_in,
    sign_out,
    writing,
)
from moderation.store.room_tables import accounts, attempts, sessions

from .people import ADDRESS, NOW, PASSWORD, make_account

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WRONG = "not the password"


def fail(engine: Engine, name: str, address: str, now: datetime = NOW) -> None:
    """A wrong password that is counted."""
    with pytest.raises(AccessError):
        sign_in(engine, name, WRONG, address, now)


def wait_of(engine: Engine, name: str, address: str, now: datetime = NOW) -> int:
    """For how many seconds even the right password is refused; 0: it is not."""
    try:
        sign_in(engine, name, PASSWORD, address, now)
    except TooManyAttemptsError as error:
        return int(error.details["retry_after_s"])
    return 0


@contextmanager
def writes(engine: Engine) -> Iterator[list[str]]:
    """Statements that change something, as they are sent."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.split()[0] in ("INSERT", "UPDATE", "DELETE"):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cheap hashes, where many are needed and their strength does not matter."""
    monkeypatch.setattr(passwords, "_hasher", argon2.PasswordHasher(1, 8, 1))
    monkeypatch.setattr(passwords, "_hash_of_nothing", lambda: passwords._hasher.hash(b""))


def test_a_session_tells_who(engine: Engine) -> None:
    account = make_account(engine, "layla", [Role.LEAD], ["sport"])
    token = sign_in(engine, "Layla", PASSWORD, ADDRESS, NOW)
    assert session_account(engine, token, NOW) == account
    assert session_account(engine, token + "x", NOW) is None
    assert session_account(engine, "", NOW) is None
    assert sign_in(engine, "layla", PASSWORD, ADDRESS, NOW) != token


def test_the_same_letters_in_another_form_are_the_same_password(engine: Engine) -> None:
    typed = "هذا سؤال مهم"
    decomposed = unicodedata.normalize("NFD", typed)
    assert decomposed != typed
    make_account(engine, password=typed)
    assert sign_in(engine, "layla", decomposed, ADDRESS, NOW)


def test_a_session_ends_when_unused_and_after_a_day(engine: Engine) -> None:
    make_account(engine)
    token = sign_in(engine, "layla", PASSWORD, ADDRESS, NOW)
    assert session_account(engine, token, NOW + 8 * HOUR) is None
    used = [NOW + hours * HOUR for hours in (7.9, 15.7, 23.5)]
    for at in used:
        assert session_account(engine, token, at) is not None
    assert session_account(engine, token, NOW + 24 * HOUR) is None


def test_most_views_only_read(engine: Engine) -> None:
    make_account(engine)
    token = sign_in(engine, "layla", PASSWORD, ADDRESS, NOW)
    with writes(engine) as seen:
        for seconds in range(0, 60, 7):
            assert session_account(engine, token, NOW + timedelta(seconds=seconds))
        assert seen == []
        assert session_account(engine, token, NOW + MINUTE)
        assert len(seen) == 1
        assert session_account(engine, token, NOW + 1.5 * MINUTE)
        assert len(seen) == 1


def test_signing_out_ends_one_session(engine: Engine) -> None:
    account = make_account(engine)
    here, there = (sign_in(engine, "layla", PASSWORD, ADDRESS, NOW) for _ in range(2))
    sign_out(engine, here, NOW)
    sign_out(engine, here, NOW)
    assert session_account(engine, here, NOW) is None
    assert session_account(engine, there, NOW) == account
    logged = [entry.event for entry in newest_entries(engine, None, 10)]
    assert logged[:3] == ["signed_out", "signed_in", "signed_in"]


def test_ended_sessions_are_deleted_at_the_next_sign_in(engine: Engine) -> None:
    make_account(engine)
    for _ in range(3):
        sign_in(engine, "layla", PASSWORD, ADDRESS, NOW)
    sign_in(engine, "layla", PASSWORD, ADDRESS, NOW + 9 * HOUR)
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(sessions)) == 1


def test_a_new_password_ends_all_sessions(engine: Engine) -> None:
    account = make_account(engine)
    here, there = (sign_in(engine, "layla", PASSWORD, ADDRESS, NOW) for _ in range(2))
    with pytest.raises(AccessError):
        change_password(engine, account, WRONG, "a new password", ADDRESS, NOW)
    with pytest.raises(InvalidInputError):
        change_password(engine, account, PASSWORD, "short", ADDRESS, NOW)
    assert session_account(engine, there, NOW) is not None
    token = change_password(engine, account, PASSWORD, "a new password", ADDRESS, NOW)
    assert session_account(engine, token, NOW) == account
    assert session_account(engine, here, NOW) is None
    assert session_account(engine, there, NOW) is None
    fail(engine, "layla", ADDRESS)
    assert sign_in(engine, "layla", "a new password", ADDRESS, NOW)


def test_outdated_hashes_are_made_anew(engine: Engine) -> None:
    make_account(engine)
    weak = argon2.PasswordHasher(1, 8, 1).hash(PASSWORD)
    with writing(engine) as connection:
        connection.execute(update(accounts).values(password_hash=weak))
    for _ in range(2):
        assert sign_in(engine, "layla", PASSWORD, ADDRESS, NOW)
        with reading(engine) as connection:
            stored = connection.scalar(select(accounts.c.password_hash))
        assert stored is not None and stored != weak
        assert not argon2.PasswordHasher().check_needs_rehash(stored)


def test_nobody_learns_which_names_are_known(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same answer after the same work: one hash of the same strength is verified."""
    make_account(engine, "known")
    make_account(engine, "disabled")
    disable_account(engine, "disabled", NOW)
    create_account(engine, "invited", [Role.MODERATOR], [], NOW)
    verified: list[str] = []

    class Watching(argon2.PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Any:
            assert isinstance(hash, str)
            verified.append(repr(argon2.extract_parameters(hash)))
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_hasher", Watching())
    answers = set()
    for name, password in (
        ("known", WRONG),
        ("unknown", WRONG),
        ("invited", WRONG),
        ("disabled", WRONG),
        ("disabled", PASSWORD),
        ("<script>" * 30, ""),
    ):
        with pytest.raises(AccessError) as caught:
            sign_in(engine, name, password, ADDRESS, NOW)
        error = caught.value
        answers.add((type(error), error.status, error.code, error.message, str(error.details)))
    assert len(answers) == 1
    assert len(verified) == 6 and len(set(verified)) == 1


@pytest.mark.parametrize("name", ["layla", "unknown"])
@pytest.mark.usefixtures("quick")
def test_five_failures_then_ever_longer_waits(engine: Engine, name: str) -> None:
    make_account(engine)
    now = NOW
    for _ in range(5):
        fail(engine, name, ADDRESS, now)
    for expected in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900):
        assert wait_of(engine, name, ADDRESS, now) == expected
        now += timedelta(seconds=expected)
        fail(engine, name, ADDRESS, now)
    with reading(engine) as connection:
        rows = connection.execute(select(attempts)).all()
    assert len(rows) == 3 and all(len(row.key) == 64 for row in rows)


@pytest.mark.usefixtures("quick")
def test_the_right_password_starts_the_count_anew(engine: Engine) -> None:
    make_account(engine)
    for _ in range(3):
        for _ in range(4):
            fail(engine, "layla", ADDRESS)
        assert wait_of(engine, "layla", ADDRESS) == 0


@pytest.mark.usefixtures("quick")
def test_one_name_from_many_addresses(engine: Engine) -> None:
    make_account(engine)
    make_account(engine, "other")
    for number in range(20):
        fail(engine, "layla", f"198.51.100.{number}")
    assert wait_of(engine, "layla", "192.0.2.1") == 1
    assert wait_of(engine, "other", "192.0.2.1") == 0


@pytest.mark.usefixtures("quick")
def test_many_names_from_one_address(engine: Engine) -> None:
    make_account(engine)
    for number in range(50):
        fail(engine, f"guess{number}", ADDRESS)
    assert wait_of(engine, "layla", ADDRESS) == 1
    assert wait_of(engine, "layla", "192.0.2.1") == 0
    # Their own success takes back nothing but their own attempt.
    later = NOW + timedelta(seconds=1)
    assert wait_of(engine, "layla", ADDRESS, later) == 0
    fail(engine, "guess", ADDRESS, later)
    assert wait_of(engine, "layla", ADDRESS, later) == 2


@pytest.mark.usefixtures("quick")
def test_one_network_of_ipv6_is_one_address(engine: Engine) -> None:
    make_account(engine)
    for number in range(5):
        fail(engine, "layla", f"2001:db8:1:2::{number:x}")
    assert wait_of(engine, "layla", "2001:db8:1:2:ffff::1") == 1
    assert wait_of(engine, "layla", "2001:db8:1:3::1") == 0


@pytest.mark.usefixtures("quick")
def test_a_day_later_it_is_forgotten(engine: Engine) -> None:
    make_account(engine)
    for number in range(6):
        fail(engine, "layla", ADDRESS, NOW + number * MINUTE)
    fail(engine, "someone", "192.0.2.9", NOW)
    later = NOW + timedelta(days=1) + 6 * MINUTE
    fail(engine, "layla", ADDRESS, later)
    with reading(engine) as connection:
        rows = connection.execute(select(attempts.c.failures, attempts.c.last_at)).all()
    assert [tuple(row) for row in rows] == [(1, later)] * 3


@pytest.mark.usefixtures("quick")
def test_guessing_at_the_same_time_gains_nothing(engine: Engine) -> None:
    make_account(engine)

    def guess(number: int) -> type[Exception]:
        try:
            sign_in(engine, "layla", f"a wrong guess {number}", ADDRESS, NOW)
        except (AccessError, TooManyAttemptsError) as error:
            return type(error)
        raise AssertionError("a wrong password was right")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(16)))
    assert answers.count(AccessError) == 5
    assert answers.count(TooManyAttemptsError) == 11


def test_at_most_two_are_hashed_at_a_time(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_account(engine)
    monkeypatch.setattr(passwords, "_WAIT_S", 0.05)
    with passwords.hashing(), passwords.hashing(), pytest.raises(OverloadedError):
        sign_in(engine, "layla", PASSWORD, ADDRESS, NOW)
    # Neither is a place lost, nor did the refused attempt count.
    for _ in range(3):
        assert sign_in(engine, "layla", PASSWORD, ADDRESS, NOW)


def test_a_reset_in_the_middle_of_signing_in_wins(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_account(engine)
    verify: Callable[..., bool] = passwords.fits

    def meanwhile_disabled(stored: str | None, password: str) -> bool:
        right = verify(stored, password)
        worker = threading.Thread(target=disable_account, args=(engine, "layla", NOW))
        worker.start()
        worker.join()
        return right

    monkeypatch.setattr("moderation.store.sessions.fits", meanwhile_disabled)
    with pytest.raises(AccessError):
        sign_in(engine, "layla", PASSWORD, ADDRESS, NOW)
    with reading(engine) as connection:
        assert connection.execute(select(sessions)).all() == []
