"""How somebody likes their pages, and their password."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from moderation.errors import (
    AccessError,
    InvalidInputError,
    MizanError,
    TooManyAttemptsError,
)
from moderation.review.access import SignedIn, Viewer
from moderation.review.languages import LANGUAGES, Language
from moderation.review.preferences import BREAKS, THEMES, Preferences, Theme
from moderation.review.render import PageRoute, render, see
from moderation.review.room import RoomDep
from moderation.review.signing import (
    Password,
    check_repeated,
    client_address,
    problem_text,
    set_session,
)
from moderation.store.accounts import set_preferences
from moderation.store.sessions import change_password

router = APIRouter(prefix="/review/preferences", route_class=PageRoute, include_in_schema=False)


@router.get("")
def preferences_page(
    request: Request, viewer: SignedIn, saved: Annotated[bool, Query()] = False
) -> Response:
    """Both forms."""
    return _page(request, viewer, saved=saved)


@router.post("")
def save_preferences(
    request: Request,
    room: RoomDep,
    viewer: SignedIn,
    language: Annotated[Language, Form()] = "ar",
    theme: Annotated[Theme, Form()] = "auto",
    mask_slurs: Annotated[bool, Form()] = False,
    collapse_severe: Annotated[bool, Form()] = False,
    break_minutes: Annotated[int, Form()] = 0,
) -> Response:
    """Keep the choices; a box that is not ticked is not sent."""
    chosen = Preferences.from_stored(
        {
            "language": language,
            "theme": theme,
            "mask_slurs": mask_slurs,
            "collapse_severe": collapse_severe,
            "break_minutes": break_minutes,
        }
    )
    set_preferences(room.engine, viewer.account.id, chosen.stored(), room.clock())
    return see(request, "/review/preferences?saved=1")


@router.post("/password")
def save_password(
    request: Request,
    room: RoomDep,
    viewer: SignedIn,
    old: Password = "",
    password: Password = "",
    again: Password = "",
) -> Response:
    """Set another password; all other browsers are signed out."""
    try:
        check_repeated(password, again)
        address = client_address(request)
        token = change_password(
            room.engine, viewer.account, old, password, address, room.clock()
        )
    except (AccessError, InvalidInputError, TooManyAttemptsError) as error:
        return _page(request, viewer, error)
    response = see(request, "/review/preferences?saved=1")
    set_session(response, room, token)
    return response


def _page(
    request: Request, viewer: Viewer, problem: MizanError | None = None, saved: bool = False
) -> Response:
    return render(
        request,
        viewer,
        "preferences",
        problem.status if problem else 200,
        chosen=viewer.preferences,
        languages=LANGUAGES,
        themes=THEMES,
        breaks=BREAKS,
        problem=problem,
        problem_text=problem_text,
        saved=saved,
    )
