"""What all pages have in common on which a password is typed."""

from datetime import timedelta
from typing import Annotated

from fastapi import Form, Request, Response

from moderation.errors import InvalidInputError, MizanError
from moderation.review.access import COOKIE
from moderation.review.languages import Translator, texts
from moderation.review.room import Room

# Longer than any password may be: such a one is wrong, not malformed.
Password = Annotated[str, Form(max_length=1000)]


def check_repeated(password: str, again: str) -> None:
    """Refuse a new password that was not typed twice alike.

    Raises:
        InvalidInputError: ``passwords_differ``.
    """
    if password != again:
        raise InvalidInputError("The two passwords differ.", code="passwords_differ")


def client_address(request: Request) -> str:
    """Where a request comes from; failed attempts are counted by it."""
    return request.client.host if request.client else ""


def set_session(response: Response, room: Room, token: str) -> None:
    """Give the browser a session, to be forgotten when it is closed."""
    response.set_cookie(
        COOKIE,
        token,
        path="/",
        httponly=True,
        samesite="lax",
        secure=(room.settings.public_url or "").startswith("https://"),
    )


def problem_text(t: Translator, error: MizanError) -> str:
    """What was wrong with a name or a password, in the reader's language."""
    wait = error.details.get("retry_after_s")
    if wait is not None:
        return t("signin.too_many_attempts", wait=t.duration(timedelta(seconds=wait)))
    key = f"signin.{error.code}"
    return t(key) if key in texts() else t("problems.other")
