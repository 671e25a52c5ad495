"""API keys."""

import hashlib
import re

import pytest
from sqlalchemy import Engine, select

from moderation.errors import InvalidInputError, NotFoundError
from moderation.store import (
    Scope,
    any_keys,
    check_key,
    create_key,
    list_keys,
    reading,
    revoke_key,
)
from moderation.store.tables import api_keys


def test_a_key_opens_what_it_was_made_for(engine: Engine) -> None:
    assert not any_keys(engine)
    secret = create_key(engine, "نظام التعليقات", [Scope.MODERATE, Scope.READ])
    assert re.fullmatch(r"mzn_[A-Za-z0-9_-]{43}", secret)
    record = check_key(engine, secret)
    assert record is not None
    assert (record.name, record.scopes) == (
        "نظام التعليقات",
        frozenset({Scope.MODERATE, Scope.READ}),
    )
    assert record.revoked_at is None
    assert list_keys(engine) == [record]
    assert any_keys(engine)


def test_only_the_hash_is_stored(engine: Engine) -> None:
    secret = create_key(engine, "cms", [Scope.SCORE])
    with reading(engine) as connection:
        row = connection.execute(select(api_keys)).one()
    assert row.key_sha256 == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in map(str, row)


@pytest.mark.parametrize("secret", ["", "mzn_", "mzn_" + "A" * 43, "سر", "\ud800\0"])
def test_a_wrong_key_opens_nothing(engine: Engine, secret: str) -> None:
    create_key(engine, "cms", [Scope.ADMIN])
    assert check_key(engine, secret) is None


def test_a_revoked_key_opens_nothing(engine: Engine) -> None:
    secret = create_key(engine, "cms", [Scope.ADMIN])
    other = create_key(engine, "cms-2", [Scope.ADMIN])
    revoke_key(engine, "cms")
    [revoked, _] = list_keys(engine)
    assert revoked.revoked_at is not None
    assert check_key(engine, secret) is None
    assert check_key(engine, other) is not None
    revoke_key(engine, "cms")
    assert list_keys(engine)[0] == revoked


def test_revoking_the_last_key_does_not_open_the_doors(engine: Engine) -> None:
    create_key(engine, "cms", [Scope.ADMIN])
    revoke_key(engine, "cms")
    assert any_keys(engine)


def test_revoking_an_unknown_key(engine: Engine) -> None:
    with pytest.raises(NotFoundError):
        revoke_key(engine, "cms")


def test_a_name_is_used_once(engine: Engine) -> None:
    create_key(engine, "cms", [Scope.ADMIN])
    with pytest.raises(InvalidInputError) as caught:
        create_key(engine, "cms", [Scope.READ])
    assert caught.value.code == "key_exists"
    assert len(list_keys(engine)) == 1


@pytest.mark.parametrize(("name", "scopes"), [(" ", [Scope.READ]), ("cms", [])])
def test_a_key_needs_a_name_and_a_scope(engine: Engine, name: str, scopes: list[Scope]) -> None:
    with pytest.raises(InvalidInputError):
        create_key(engine, name, scopes)
