"""Accounts, one-time links, the first run."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine, select

from moderation.errors import InvalidInputError, MizanError, NotFoundError
from moderation.store import (
    AccountState,
    Role,
    accept_invitation,
    account_names,
    any_accounts,
    create_account,
    disable_account,
    find_invitation,
    first_invitation,
    list_accounts,
    newest_entries,
    reading,
    reset_account,
    session_account,
    set_preferences,
    sign_in,
    verify_audit,
)
from moderation.store.room_tables import accounts, invitations
from moderation.store.tables import metadata

from .people import ADDRESS, NOW, PASSWORD, make_account

DAY = timedelta(days=1)


def events(engine: Engine) -> list[tuple[str, int | None]]:
    """All that was logged, oldest first."""
    return [(e.event, e.account_id) for e in reversed(newest_entries(engine, None, 100))]


def test_an_account_gets_its_password_by_a_link(engine: Engine) -> None:
    assert not any_accounts(engine)
    token = create_account(
        engine, " Layla.Editor ", [Role.LEAD, Role.AUDITOR], ["sport"], NOW, "  ليلى  محمود "
    )
    assert any_accounts(engine)
    assert [r.state for r in list_accounts(engine)] == [AccountState.INVITED]
    assert find_invitation(engine, token, NOW).name == "layla.editor"
    account = accept_invitation(engine, token, PASSWORD, NOW)
    assert (account.name, account.display_name) == ("layla.editor", "ليلى محمود")
    assert account.roles == {Role.LEAD, Role.AUDITOR}
    assert account.sees("sport") and not account.sees("news")
    (record,) = list_accounts(engine)
    assert (record.account, record.state) == (account, AccountState.ACTIVE)
    assert account_names(engine, [account.id, 10**6]) == {account.id: "ليلى محمود"}
    assert account_names(engine, []) == {}
    assert events(engine) == [("account_created", None), ("password_set", account.id)]
    assert not verify_audit(engine).problems


def test_neither_password_nor_token_is_stored(engine: Engine) -> None:
    token = create_account(engine, "layla", [Role.MODERATOR], [], NOW)
    accept_invitation(engine, token, PASSWORD, NOW)
    session = sign_in(engine, "layla", PASSWORD, ADDRESS, NOW)
    with reading(engine) as connection:
        stored = [
            str(tuple(row))
            for table in metadata.tables.values()
            for row in connection.execute(select(table))
        ]
        password_hash = connection.scalar(select(accounts.c.password_hash))
    assert password_hash is not None and password_hash.startswith("$argon2id$")
    for secret in (token, session, PASSWORD):
        assert not any(secret in row for row in stored)
    # The name and the address of an attempt are kept as hashes only.
    assert not any(ADDRESS in row for row in stored)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Layla", "layla"),
        (" ليلى ", "ليلى"),
        ("محرر٢", "محرر2"),
        ("Ｌａｙｌａ", "layla"),
        ("m.k-1_a@paper+x", "m.k-1_a@paper+x"),
        ("é" * 64, "é" * 64),
    ],
)
def test_names(engine: Engine, typed: str, stored: str) -> None:
    account = make_account(engine, typed)
    assert account.name == stored
    assert sign_in(engine, typed, PASSWORD, ADDRESS, NOW)
    with pytest.raises(InvalidInputError) as caught:
        create_account(engine, stored, [Role.LEAD], [], NOW)
    assert caught.value.code == "account_exists"


@pytest.mark.parametrize(
    "name",
    [
        *("", "  ", "two words", "a\u0000b", "a\u202eb", "a/b", "<b>", "a" * 65),
        "ليـلى",  # with a tatweel
        "لَيلى",  # with a vowel mark
        "l\u0430yla",  # with a Cyrillic letter
    ],
)
def test_names_that_cannot_be_read_or_look_like_others(engine: Engine, name: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        create_account(engine, name, [Role.MODERATOR], [], NOW)
    assert caught.value.code == "name_unusable"
    assert not any_accounts(engine)


@pytest.mark.parametrize("shown", ["\u202eabc", "a\u0000", "ا" * 65])
def test_shown_names_are_visible(engine: Engine, shown: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        create_account(engine, "layla", [Role.MODERATOR], [], NOW, shown)
    assert caught.value.code == "display_name_unusable"


def test_a_role_is_needed(engine: Engine) -> None:
    with pytest.raises(InvalidInputError, match="role"):
        create_account(engine, "layla", [], [], NOW)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("١٢٣٤٥٦٧٨٩", "password_too_short"),
        ("س" * 201, "password_too_long"),
        ("Layla.Editor", "password_is_name"),
    ],
)
def test_passwords_that_are_refused(engine: Engine, password: str, code: str) -> None:
    token = create_account(engine, "layla.editor", [Role.MODERATOR], [], NOW)
    with pytest.raises(InvalidInputError) as caught:
        accept_invitation(engine, token, password, NOW)
    assert caught.value.code == code
    accept_invitation(engine, token, "aaaaaaaaaa", NOW)  # no rules of composition


def test_a_link_works_once_and_for_a_day(engine: Engine) -> None:
    token = create_account(engine, "layla", [Role.MODERATOR], [], NOW)
    find_invitation(engine, token, NOW + DAY - timedelta(seconds=1))
    for late in (NOW + DAY, NOW + 2 * DAY):
        with pytest.raises(NotFoundError):
            find_invitation(engine, token, late)
        with pytest.raises(NotFoundError):
            accept_invitation(engine, token, PASSWORD, late)
    accept_invitation(engine, token, PASSWORD, NOW)
    with pytest.raises(NotFoundError):
        accept_invitation(engine, token, "another password", NOW)
    with pytest.raises(NotFoundError):
        find_invitation(engine, "made-up", NOW)
    assert sign_in(engine, "layla", PASSWORD, ADDRESS, NOW)


def test_a_reset_takes_everything_away(engine: Engine) -> None:
    account = make_account(engine)
    unused = reset_account(engine, "layla", NOW)
    accept_invitation(engine, unused, PASSWORD, NOW)
    session = sign_in(engine, "layla", PASSWORD, ADDRESS, NOW)
    older = reset_account(engine, "Layla", NOW)
    token = reset_account(engine, "layla", NOW)
    assert session_account(engine, session, NOW) is None
    with pytest.raises(MizanError, match="wrong"):
        sign_in(engine, "layla", PASSWORD, ADDRESS, NOW)
    with pytest.raises(NotFoundError):
        accept_invitation(engine, older, PASSWORD, NOW)
    assert accept_invitation(engine, token, "a new password", NOW) == account
    assert sign_in(engine, "layla", "a new password", ADDRESS, NOW)
    with pytest.raises(NotFoundError):
        reset_account(engine, "nobody", NOW)


def test_a_disabled_account_is_out(engine: Engine) -> None:
    account = make_account(engine)
    session = sign_in(engine, "layla", PASSWORD, ADDRESS, NOW)
    disable_account(engine, "layla", NOW)
    disable_account(engine, "layla", NOW)
    assert session_account(engine, session, NOW) is None
    with pytest.raises(MizanError, match="wrong"):
        sign_in(engine, "layla", PASSWORD, ADDRESS, NOW)
    assert [r.state for r in list_accounts(engine)] == [AccountState.DISABLED]
    assert account_names(engine, [account.id]) == {account.id: "layla"}
    with pytest.raises(NotFoundError):
        disable_account(engine, "nobody", NOW)
    token = reset_account(engine, "layla", NOW)
    accept_invitation(engine, token, PASSWORD, NOW)
    assert sign_in(engine, "layla", PASSWORD, ADDRESS, NOW)


def test_disabling_withdraws_the_link(engine: Engine) -> None:
    token = create_account(engine, "layla", [Role.MODERATOR], [], NOW)
    disable_account(engine, "layla", NOW)
    with pytest.raises(NotFoundError):
        accept_invitation(engine, token, PASSWORD, NOW)


def test_the_first_run(engine: Engine) -> None:
    older = first_invitation(engine, NOW)
    token = first_invitation(engine, NOW)
    assert older is not None and token is not None
    with pytest.raises(NotFoundError):
        find_invitation(engine, older, NOW)
    assert find_invitation(engine, token, NOW).name is None
    for name in (None, "", "two words"):
        with pytest.raises(InvalidInputError):
            accept_invitation(engine, token, PASSWORD, NOW, name)
    account = accept_invitation(engine, token, PASSWORD, NOW, "مدير", "المدير")
    assert account.roles == {Role.LEAD, Role.ENGINEER}
    assert account.sites == () and account.display_name == "المدير"
    assert first_invitation(engine, NOW) is None
    assert sign_in(engine, "مدير", PASSWORD, ADDRESS, NOW)
    assert events(engine)[0] == ("account_created", account.id)


def test_the_first_link_is_useless_once_there_is_an_account(engine: Engine) -> None:
    token = first_invitation(engine, NOW)
    assert token is not None
    create_account(engine, "layla", [Role.MODERATOR], [], NOW)
    with pytest.raises(NotFoundError):
        find_invitation(engine, token, NOW)
    with pytest.raises(NotFoundError):
        accept_invitation(engine, token, PASSWORD, NOW, "intruder")
    assert len(list_accounts(engine)) == 1


@pytest.mark.parametrize("first_run", [True, False])
def test_of_two_uses_of_a_link_one_wins(engine: Engine, first_run: bool) -> None:
    if first_run:
        token = first_invitation(engine, NOW)
        assert token is not None
    else:
        token = create_account(engine, "layla", [Role.MODERATOR], [], NOW)
    start = Barrier(4)

    def use(number: int) -> int | None:
        start.wait()
        try:
            accept_invitation(engine, token, f"password of {number}", NOW, f"name{number}")
        except NotFoundError:
            return None
        return number

    with ThreadPoolExecutor(4) as pool:
        winners = [n for n in pool.map(use, range(4)) if n is not None]
    assert len(winners) == 1
    (record,) = list_accounts(engine)
    assert sign_in(engine, record.account.name, f"password of {winners[0]}", ADDRESS, NOW)
    with reading(engine) as connection:
        assert connection.scalars(select(invitations.c.used_at)).all() == [NOW]


def test_a_link_is_used_or_reset_but_not_both(engine: Engine) -> None:
    """Whoever comes second, no old link and no old password works after a reset."""
    for number in range(5):
        name = f"n{number}"
        token = create_account(engine, name, [Role.MODERATOR], [], NOW)
        start = Barrier(2)

        def use(token: str = token, start: Barrier = start) -> None:
            start.wait()
            with suppress(NotFoundError):
                accept_invitation(engine, token, PASSWORD, NOW)

        def reset(name: str = name, start: Barrier = start) -> None:
            start.wait()
            reset_account(engine, name, NOW)

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(use), pool.submit(reset)]:
                done.result()
        assert list_accounts(engine)[number].state is AccountState.INVITED
        with pytest.raises(NotFoundError):
            find_invitation(engine, token, NOW)


def test_preferences_are_kept(engine: Engine) -> None:
    account = make_account(engine)
    set_preferences(engine, account.id, {"language": "en"}, NOW)
    assert list_accounts(engine)[0].account.preferences == {"language": "en"}
