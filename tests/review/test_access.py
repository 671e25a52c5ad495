"""Who may open what, and what else every page of the room keeps to."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from httpx2 import Response

from moderation.review import routes
from moderation.review.access import COOKIE, ROLE_PERMISSIONS, Needs
from moderation.store import Role

from .conftest import TheRoom

# Whoever is not signed in yet needs these.
OPEN = {
    ("GET", "/review/sign-in"),
    ("POST", "/review/sign-in"),
    ("GET", "/review/welcome/{token}"),
    ("POST", "/review/welcome/{token}"),
}


def all_routes() -> Iterator[tuple[str, str, APIRoute]]:
    """Method, path and route of every page there is."""
    for found in pkgutil.iter_modules(routes.__path__):
        module = importlib.import_module(f"{routes.__name__}.{found.name}")
        router = getattr(module, "router", None)
        for route in router.routes if router else ():
            assert isinstance(route, APIRoute)
            for method in route.methods or ():
                yield method, route.path, route


def needs_of(dependant: Dependant) -> Iterator[Needs]:
    """What a route declares about who may open it."""
    for child in dependant.dependencies:
        if isinstance(child.call, Needs):
            yield child.call
        yield from needs_of(child)


ALL = {(method, path): list(needs_of(route.dependant)) for method, path, route in all_routes()}
CLOSED = {place: needs[0] for place, needs in ALL.items() if needs}
GUARDED = sorted(CLOSED)
CHANGING = [place for place in GUARDED if place[0] != "GET"]


def address(path: str) -> str:
    """A path in which every parameter is some number."""
    return re.sub(r"{[^}]+}", "1", path)


def test_every_page_says_whom_it_is_for() -> None:
    assert set(ALL) - set(CLOSED) == OPEN
    for place, needs in ALL.items():
        assert len({need.permission for need in needs}) <= 1, place
    assert {method for method, _ in ALL} <= {"GET", "POST"}


def test_every_page_is_reached(room: TheRoom) -> None:
    client = room.outside().client
    for method, path in ALL:
        answer = client.request(method, address(path))
        assert answer.status_code != 405, path
        # An unknown address is answered in JSON, by nobody.
        assert "application/json" not in answer.headers.get("content-type", ""), path


@pytest.mark.parametrize("role", Role)
def test_every_role_opens_what_it_may_and_nothing_else(room: TheRoom, role: Role) -> None:
    browser = room.signed_in(role)
    for method, path in GUARDED:
        if path == "/review/sign-out":
            continue
        data = {"csrf": browser.csrf} if method == "POST" else None
        answer = browser.client.request(method, address(path), data=data)
        permission = CLOSED[method, path].permission
        allowed = permission is None or permission in ROLE_PERMISSIONS[role]
        assert (answer.status_code != 403) == allowed, (method, path, answer.status_code)
        assert answer.status_code < 500, (method, path)


def test_what_the_roles_may() -> None:
    """Written out, so that a change is made on purpose."""
    may = {role.value: sorted(p.value for p in ROLE_PERMISSIONS[role]) for role in Role}
    assert may == {
        "moderator": ["articles", "decide"],
        "lead": ["articles", "audit", "decide", "lead", "measure", "policy"],
        "engineer": ["articles", "hooks", "measure", "policy"],
        "auditor": ["articles", "audit", "measure"],
    }


def test_several_roles_add_up(room: TheRoom) -> None:
    client = room.signed_in(Role.ENGINEER, Role.AUDITOR).client
    assert client.get("/review/audit").status_code == 200
    client = room.signed_in(Role.ENGINEER, name="other").client
    assert client.get("/review/audit").status_code == 403


@pytest.mark.parametrize("cookie", [None, "made-up", "\u00e9", "x" * 5000])
def test_without_a_session_there_is_only_the_way_in(room: TheRoom, cookie: str | None) -> None:
    client = room.outside().client
    headers: dict[bytes, bytes] = {}
    if cookie is not None:
        headers = {b"cookie": f"{COOKIE}={cookie}".encode("latin-1")}
    for method, path in GUARDED:
        answer = client.request(method, address(path), headers=headers)
        assert answer.status_code == 303, (method, path)
        assert answer.headers["location"].startswith("/review/sign-in"), path
        assert answer.text == ""
    answer = client.get("/review/audit?before=7&x=%D8%A7", headers=headers)
    assert answer.headers["location"] == (
        "/review/sign-in?next=/review/audit%3Fbefore%3D7%26x%3D%25D8%25A7"
    )
    partial = client.get("/review/audit", headers={**headers, b"hx-request": b"true"})
    assert partial.status_code == 204
    assert partial.headers["hx-redirect"].startswith("/review/sign-in")


def test_every_change_needs_this_session_s_token(room: TheRoom) -> None:
    every = room.signed_in(*Role)
    other = room.signed_in(*Role, name="other")
    for method, path in CHANGING:
        for given in ({}, {"csrf": ""}, {"csrf": other.csrf}, {"csrf": "é" + every.csrf}):
            answer = every.client.request(method, address(path), data=given)
            assert answer.status_code == 403, (path, given)
    wrong = {"X-CSRF-Token": other.csrf}
    for method, path in CHANGING:
        assert every.client.request(method, address(path), headers=wrong).status_code == 403
    right = {"X-CSRF-Token": every.csrf}
    for method, path in CHANGING:
        if path == "/review/sign-out":
            continue
        assert every.client.request(method, address(path), headers=right).status_code != 403
    assert every.client.get("/review/preferences").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8001"},
        {"origin": "http://127.0.0.1:8000.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_other_sites_change_nothing(room: TheRoom, headers: dict[str, str]) -> None:
    every = room.signed_in(*Role)
    changing = [(m, p) for m, p in ALL if m == "POST"]
    assert len(changing) > 3
    for method, path in changing:
        answer = every.client.request(
            method, address(path), data={"csrf": every.csrf}, headers=headers
        )
        assert answer.status_code == 403, path
    assert every.client.get("/review/preferences").status_code == 200


def test_our_own_forms_are_taken(room: TheRoom) -> None:
    every = room.signed_in(*Role)
    headers = {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"}
    answer = every.client.post(
        "/review/preferences", data={"csrf": every.csrf}, headers=headers
    )
    assert answer.status_code == 303


@pytest.mark.parametrize("language", ["ar", "en"])
def test_every_page_renders_and_is_kept_safe(room: TheRoom, language: str) -> None:
    every = room.signed_in(*Role)
    answer = every.client.post(
        "/review/preferences", data={"csrf": every.csrf, "language": language}
    )
    assert answer.status_code == 303
    direction = "rtl" if language == "ar" else "ltr"
    pages = [route for method, _, route in all_routes() if method == "GET"]
    assert len(pages) > 3
    for route in pages:
        path = route.path
        answer = every.client.get(f"{address(path)}?lang={language}")
        asks_for_more = "{" in path or any(
            query.field_info.is_required() for query in route.dependant.query_params
        )
        assert answer.status_code < 500, path
        if not asks_for_more:
            assert answer.status_code == 200, path
        headers = answer.headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store", path
        if headers.get("content-type", "").startswith("text/html") and answer.text:
            check_page(path, answer, every.csrf)
            # Pieces that a page loads into itself have no head.
            if answer.text.startswith("<!doctype html>"):
                assert f'<html lang="{language}" dir="{direction}">' in answer.text, path


def check_page(path: str, answer: Response, csrf: str) -> None:
    """What holds for every page."""
    policy = answer.headers["content-security-policy"].split("; ")
    for part in (
        *("default-src 'none'", "script-src 'self'", "style-src 'self'"),
        *("form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"),
    ):
        assert part in policy, path
    assert "unsafe" not in str(policy)
    # With "no-referrer", browsers send "Origin: null" with our own forms.
    assert answer.headers["referrer-policy"] == "same-origin"
    inline = r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+="
    assert not re.search(inline, answer.text), path
    for form in re.findall(r'<form[^>]*method="post".*?</form>', answer.text, re.S):
        outside = "/review/sign-in" in form or "/review/welcome" in form
        assert outside or f'name="csrf" value="{csrf}"' in form, path
