"""Attempts to sign in."""

from http.cookies import SimpleCookie

from fastapi.testclient import TestClient
from httpx2 import Response

from tests.store.people import PASSWORD

WRONG = "not the password"


def attempt(
    client: TestClient, name: str = "layla", password: str = PASSWORD, **more: str
) -> Response:
    """Send the sign-in form."""
    data = {"name": name, "password": password, "lang": "en", **more}
    return client.post("/review/sign-in", data=data)


def cookie_of(answer: Response) -> SimpleCookie:
    """What an answer stores in the browser."""
    return SimpleCookie(answer.headers["set-cookie"])
