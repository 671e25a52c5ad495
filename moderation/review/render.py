"""Pages from templates: escaped, with a strict policy of what a browser may load."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from fastapi.templating import Jinja2Templates

from moderation import __version__
from moderation.errors import MizanError
from moderation.review.access import SignedOutError, Viewer, sign_in_address, viewer_of
from moderation.review.languages import Language, Translator, texts, translator
from moderation.review.room import current_room
from moderation.review.shown import shown_text, slurs_of, visible
from moderation.words import ATTRIBUTE_NAMES, STANCE_NAMES

STATIC = Path(__file__).with_name("static")
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_templates = Jinja2Templates(directory=Path(__file__).with_name("templates"))
_templates.env.trim_blocks = _templates.env.lstrip_blocks = True
_templates.env.tests["known_text"] = lambda key: key in texts()
_templates.env.globals.update(
    shown_text=shown_text,
    slurs_of=slurs_of,
    visible=visible,
    app_version=__version__,
    attribute_names=ATTRIBUTE_NAMES,
    stance_names=STANCE_NAMES,
)


def render(
    request: Request, viewer: Viewer, template: str, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page for somebody who is signed in.

    In every template: ``viewer``, ``t`` (texts, numbers, dates), ``shown_text``, ``visible``.
    """
    return _page(request, viewer.t, template, status, {"viewer": viewer, **values})


def render_outside(
    request: Request, language: Language, template: str, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page for somebody who is not signed in."""
    t = translator(language, current_room(request).settings.time_zone)
    return _page(request, t, template, status, {"viewer": None, **values})


def _page(
    request: Request, t: Translator, template: str, status: int, values: dict[str, Any]
) -> HTMLResponse:
    response = _templates.TemplateResponse(
        request, f"{template}.html", {"t": t, "lang": t.language, **values}, status_code=status
    )
    response.headers["Content-Security-Policy"] = CONTENT_POLICY
    # With "no-referrer", forms would come with "Origin: null" and be taken for another site's.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def is_partial(request: Request) -> bool:
    """Whether htmx asks for a piece of a page."""
    return "hx-request" in request.headers


def see(request: Request, address: str) -> Response:
    """Send the browser to another page of ours, with or without htmx."""
    if is_partial(request):
        return Response(status_code=204, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def safe_address(address: str) -> str:
    """A place in the room, or its first page: never another site."""
    # Nothing that starts so can name a host, whatever follows.
    ours = address == "/review" or address.startswith(("/review/", "/review?"))
    if not ours or "\\" in address or not address.isprintable():
        return "/review"
    return address


class PageRoute(APIRoute):
    """Errors become pages, and a missing session the sign-in form."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with our errors caught."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except SignedOutError:
                return see(request, sign_in_address(request))
            except MizanError as error:
                return _problem(request, error.code, error.status, error.details)
            except RequestValidationError:
                return _problem(request, "invalid_request", 422, {})

        return answer


def _problem(request: Request, code: str, status: int, details: dict[str, Any]) -> HTMLResponse:
    room = current_room(request)
    template = "problem_piece" if is_partial(request) else "problem"
    values = {"code": code, "details": details}
    try:
        response = render(request, viewer_of(request, room), template, status, **values)
    except MizanError:
        response = render_outside(request, "ar", template, status, **values)
    if is_partial(request):
        response.headers["HX-Retarget"] = "#notice"
        response.headers["HX-Reswap"] = "innerHTML"
    return response
