"""Where decisions are sent."""

import re

import pytest
from sqlalchemy import Engine

from moderation.errors import InvalidInputError, NotFoundError
from moderation.store import outbox

from .messages import LEASE, NOW, URL, endpoint, events, put, states, take
from .samples import SITE


def test_an_endpoint_has_a_secret_that_is_shown_once(engine: Engine) -> None:
    secret = outbox.add_endpoint(engine, SITE, URL, NOW)
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)  # 32 bytes
    [known] = outbox.list_endpoints(engine)
    assert (known.site, known.url, known.disabled_at) == (SITE, URL, None)
    assert secret not in repr(known)
    assert outbox.add_endpoint(engine, SITE, URL, NOW) != secret


def test_the_log_names_the_host_but_no_secret(engine: Engine) -> None:
    secret = outbox.add_endpoint(engine, SITE, URL, NOW)
    [(name, actor, details)] = events(engine)
    assert (name, actor) == ("webhook_added", None)
    assert details == {"endpoint_id": 1, "site": SITE, "host": "cms.sahafa.example"}
    assert secret not in str(details) and "7f3a" not in str(details)


@pytest.mark.parametrize(
    "address",
    [
        "https://cms.example",
        "https://cms.example:8443/a/b?c=d",
        "http://127.0.0.1:9000/hook",
        "http://localhost/",
        "http://[::1]:80/",
    ],
)
def test_addresses_that_are_taken(engine: Engine, address: str) -> None:
    outbox.add_endpoint(engine, SITE, address, NOW)
    assert [known.url for known in outbox.list_endpoints(engine)] == [address]


@pytest.mark.parametrize(
    "address",
    [
        "http://cms.example/",
        "http://127.0.0.1.cms.example/",
        "http://10.0.0.7/",
        "ftp://localhost/",
        "//cms.example/",
        "cms.example",
        "",
        "https://",
        "https://user:secret@cms.example/",
        "https://@cms.example/",
        "https://cms.example/#part",
        "https://cms.example/#",
        "https://cms.example:0/",
        "https://cms.example:port/",
        "https://cms.example:99999/",
        "https://[::1/",
        "https://cms.example/a b",
        "https://cms.exa\nmple/",
        "https://cms.example\\@evil.example/",
        "https://صحافة.example/",
        "https://cms.example/" + "a" * 2000,
    ],
)
def test_addresses_that_are_refused(engine: Engine, address: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        outbox.add_endpoint(engine, SITE, address, NOW)
    assert "secret" not in caught.value.message
    assert outbox.list_endpoints(engine) == []
    assert events(engine) == []


def test_a_disabled_endpoint_gets_nothing(engine: Engine) -> None:
    first = endpoint(engine)
    put(engine, "c-1")
    outbox.disable_endpoint(engine, first, NOW)
    put(engine, "c-2")
    assert states(engine) == ["cancelled"]
    assert take(engine) == []
    outbox.disable_endpoint(engine, first, NOW + LEASE)
    [known] = outbox.list_endpoints(engine)
    assert known.disabled_at == NOW
    assert [name for name, *_ in events(engine)] == ["webhook_added", "webhook_disabled"]


def test_disabling_an_unknown_endpoint(engine: Engine) -> None:
    with pytest.raises(NotFoundError):
        outbox.disable_endpoint(engine, 7, NOW)


def test_every_endpoint_of_the_site_is_told(engine: Engine) -> None:
    ours = {endpoint(engine), endpoint(engine)}
    endpoint(engine, site="other.example")
    put(engine, "c-1")
    messages = take(engine)
    assert {message.endpoint_id for message in messages} == ours
    assert len({message.message_id for message in messages}) == 2
    for message in messages:
        assert re.fullmatch(r"msg_[A-Za-z0-9_-]{24}", message.message_id)
