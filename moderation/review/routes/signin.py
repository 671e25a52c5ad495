"""Coming in and going out: the sign-in form, one-time links, signing out."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request, Response

from moderation.errors import (
    AccessError,
    InvalidInputError,
    NotFoundError,
    TooManyAttemptsError,
)
from moderation.review.access import COOKIE, SignedIn, refuse_other_sites
from moderation.review.languages import Language
from moderation.review.preferences import Preferences
from moderation.review.render import PageRoute, render_outside, safe_address, see
from moderation.review.room import RoomDep
from moderation.review.signing import (
    Password,
    check_repeated,
    client_address,
    problem_text,
    set_session,
)
from moderation.store.accounts import set_preferences
from moderation.store.invitations import Invitation, accept_invitation, find_invitation
from moderation.store.sessions import sign_in, sign_out

router = APIRouter(prefix="/review", route_class=PageRoute, include_in_schema=False)

_LONGEST_NAME = 256
_LONGEST_ADDRESS = 2000

Name = Annotated[str, Form(max_length=_LONGEST_NAME)]
Token = Annotated[str, Path(max_length=100)]


@router.get("/sign-in")
def sign_in_form(
    request: Request,
    lang: Annotated[Language, Query()] = "ar",
    goal: Annotated[str, Query(alias="next", max_length=_LONGEST_ADDRESS)] = "/review",
    ready: Annotated[bool, Query()] = False,
) -> Response:
    """The form; ``ready`` greets somebody who has just set a password."""
    return render_outside(request, lang, "signin", next=safe_address(goal), ready=ready)


@router.post("/sign-in")
def start_session(
    request: Request,
    room: RoomDep,
    name: Name = "",
    password: Password = "",
    lang: Annotated[Language, Form()] = "ar",
    goal: Annotated[str, Form(alias="next", max_length=_LONGEST_ADDRESS)] = "/review",
) -> Response:
    """Start a session, and end the one that this browser had."""
    refuse_other_sites(request)
    try:
        token = sign_in(room.engine, name, password, client_address(request), room.clock())
    except (AccessError, TooManyAttemptsError) as error:
        response: Response = render_outside(
            request,
            lang,
            "signin",
            error.status,
            next=safe_address(goal),
            problem=error,
            problem_text=problem_text,
        )
        if isinstance(error, TooManyAttemptsError):
            response.headers["Retry-After"] = str(error.details["retry_after_s"])
        return response
    if former := request.cookies.get(COOKIE):
        sign_out(room.engine, former, room.clock())
    response = see(request, safe_address(goal))
    set_session(response, room, token)
    return response


@router.post("/sign-out")
def end_session(request: Request, room: RoomDep, viewer: SignedIn) -> Response:
    """End the session here and in the database."""
    sign_out(room.engine, request.cookies[COOKIE], room.clock())
    response = see(request, f"/review/sign-in?lang={viewer.t.language}")
    response.delete_cookie(COOKIE, path="/")
    return response


@router.get("/welcome/{token}")
def welcome(
    request: Request, room: RoomDep, token: Token, lang: Annotated[Language, Query()] = "ar"
) -> Response:
    """The form behind a one-time link. Looking uses nothing up: mail filters look, too."""
    try:
        found = find_invitation(room.engine, token, room.clock())
    except NotFoundError:
        return _gone(request, lang)
    return _welcome(request, lang, token, found)


@router.post("/welcome/{token}")
def accept(
    request: Request,
    room: RoomDep,
    token: Token,
    password: Password = "",
    again: Password = "",
    name: Name = "",
    display_name: Name = "",
    lang: Annotated[Language, Form()] = "ar",
) -> Response:
    """Set the password; on the first run make the account, too."""
    refuse_other_sites(request)
    now = room.clock()
    typed = {"name": name, "display_name": display_name}
    try:
        found = find_invitation(room.engine, token, now)
        check_repeated(password, again)
        account = accept_invitation(
            room.engine, token, password, now, name, display_name.strip() or None
        )
    except NotFoundError:
        return _gone(request, lang)
    except InvalidInputError as error:
        return _welcome(request, lang, token, found, error, **typed)
    preferences = replace(Preferences.from_stored(account.preferences), language=lang)
    set_preferences(room.engine, account.id, preferences.stored(), now)
    return see(request, f"/review/sign-in?lang={lang}&ready=1")


def _welcome(
    request: Request,
    lang: Language,
    token: str,
    found: Invitation,
    problem: InvalidInputError | None = None,
    name: str = "",
    display_name: str = "",
) -> Response:
    return render_outside(
        request,
        lang,
        "welcome",
        problem.status if problem else 200,
        token=token,
        owner=found.name,
        problem=problem,
        problem_text=problem_text,
        name=name,
        display_name=display_name,
    )


def _gone(request: Request, lang: Language) -> Response:
    return render_outside(request, lang, "link_gone", NotFoundError.status)
