"""Who may call what."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from moderation.api.security import is_loopback
from moderation.errors import AccessError
from moderation.serve import serve
from moderation.store import Scope, create_key, revoke_key
from tests.api.answers import assert_error, rows, service_of
from tests.api.conftest import OpenClient, isolated

BODY = {"text": "أحسنتم"}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "0.0.0.0",
        "::",
        "192.168.1.5",
        "10.0.0.1",
        "8.8.8.8",
        "example.com",
        "",
        "127.0.0.1.nip.io",
    ],
)
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:8000", "localhost", "LocalHost:80", "[::1]", "[::1]:8000"],
)
def test_without_keys_this_machine_is_served(client: TestClient, host: str) -> None:
    assert client.post("/v1/score", json=BODY, headers={"host": host}).status_code == 200


@pytest.mark.parametrize("address", ["192.168.1.5", "10.1.2.3", "2001:db8::1", "testclient"])
def test_without_keys_other_machines_are_refused(open_client: OpenClient, address: str) -> None:
    with open_client(address=address) as client:
        assert_error(client.post("/v1/moderate", json=BODY), 401, "unauthorized")
        assert_error(client.get("/v1/comments/c-1"), 401, "unauthorized")
        assert_error(client.post("/", data=BODY), 401, "unauthorized")
        assert "<form" not in client.get("/").text
        assert rows(client) == 0


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "evil_name.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.example:99999",  # whoever asks Starlette is told 127.0.0.1
        "evil.example:",
        "[::1",
        "user@localhost",
        "localhost@evil.example",
        "evil.example/localhost",
        "localhost, evil.example",
        "192.168.1.5",
        "0.0.0.0",
        "",
    ],
)
def test_a_rebound_name_is_refused(client: TestClient, host: str) -> None:
    answer = client.post("/v1/moderate", json=BODY, headers={"host": host})
    assert_error(answer, 401, "unauthorized")
    assert_error(client.post("/", data=BODY, headers={"host": host}), 401, "unauthorized")


def test_two_host_headers_are_refused(client: TestClient) -> None:
    headers = [("host", "localhost"), ("host", "evil.example")]
    assert_error(client.post("/v1/score", json=BODY, headers=headers), 401, "unauthorized")


@pytest.mark.parametrize(
    "header",
    [
        "Forwarded",
        "X-Forwarded-For",
        "X-Real-IP",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "Via",
    ],
)
@pytest.mark.parametrize("value", ["127.0.0.1", "for=8.8.8.8", ""])
def test_what_came_through_a_proxy_is_refused(
    client: TestClient, header: str, value: str
) -> None:
    answer = client.post("/v1/score", json=BODY, headers={header: value})
    assert_error(answer, 401, "unauthorized")


@pytest.fixture(scope="module")
def keyed(open_client: OpenClient) -> Iterator[TestClient]:
    """A service that has keys, called from another machine."""
    with open_client(base_url="https://mizan.example", address="192.168.1.5") as client:
        create_key(service_of(client).engine, "first", [Scope.ADMIN])
        yield client


def make_key(client: TestClient, name: str, *scopes: Scope) -> str:
    """Make a key of the service behind ``client``."""
    return create_key(service_of(client).engine, name, scopes)


def test_a_key_opens_what_its_scope_names_and_no_more(keyed: TestClient) -> None:
    calls = {
        Scope.SCORE: ("POST", "/v1/score", BODY),
        Scope.MODERATE: ("POST", "/v1/moderate", BODY),
        Scope.READ: ("GET", "/v1/comments/none", None),
    }
    for owned in calls:
        key = make_key(keyed, f"only {owned}", owned)
        for needed, (method, path, body) in calls.items():
            answer = keyed.request(method, path, json=body, headers={"x-api-key": key})
            if owned is needed:
                assert answer.status_code in (200, 404)
            else:
                error = assert_error(answer, 403, "forbidden")
                assert needed.value in error["message"]


@pytest.mark.parametrize(
    "header",
    ["X-API-Key: {}", "Authorization: Bearer {}", "authorization: bearer  {} "],
)
def test_both_ways_to_present_a_key(keyed: TestClient, header: str) -> None:
    key = make_key(keyed, header, Scope.SCORE)
    name, value = header.format(key).split(": ", 1)
    assert keyed.post("/v1/score", json=BODY, headers={name: value}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-api-key": ""},
        {"x-api-key": "mzn_" + "A" * 43},
        {"x-api-key": "\u00e9".encode("latin-1")},
        {"authorization": "Bearer"},
        {"authorization": "Bearer "},
        {"authorization": "Basic dTpw"},
        {"authorization": "Bearer " + "x" * 5000},
    ],
)
def test_no_key_or_an_unknown_one(keyed: TestClient, headers: dict[str, str | bytes]) -> None:
    before = rows(keyed)
    answer = keyed.post("/v1/moderate", json=BODY, headers=headers)  # type: ignore[arg-type]
    assert_error(answer, 401, "unauthorized")
    assert rows(keyed) == before


def test_a_revoked_key_is_worth_nothing_from_the_next_request_on(keyed: TestClient) -> None:
    headers = {"x-api-key": make_key(keyed, "short-lived", Scope.SCORE)}
    assert keyed.post("/v1/score", json=BODY, headers=headers).status_code == 200
    revoke_key(service_of(keyed).engine, "short-lived")
    assert_error(keyed.post("/v1/score", json=BODY, headers=headers), 401, "unauthorized")


def test_revoking_the_last_key_does_not_open_the_doors(open_client: OpenClient) -> None:
    with open_client() as client:
        make_key(client, "only", Scope.SCORE)
        revoke_key(service_of(client).engine, "only")
        assert_error(client.post("/v1/score", json=BODY), 401, "unauthorized")
        assert "<form" not in client.get("/").text


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/"])
def test_operations_need_no_key(keyed: TestClient, path: str) -> None:
    assert keyed.get(path).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com"])
def test_refusing_to_serve_others_without_keys(tmp_path: Path, host: str) -> None:
    with pytest.raises(AccessError, match="without API keys"):
        serve(isolated(tmp_path, host=host))
