"""The start page, in Arabic and English, with a box to try a comment; no JavaScript needed."""

from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Form, Query, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from moderation.api.security import is_local_call
from moderation.api.state import ServiceDep
from moderation.domain import Comment, Context, Moderated
from moderation.errors import AccessError, InvalidInputError
from moderation.pipeline import check_comment
from moderation.store import any_keys
from moderation.words import ATTRIBUTE_NAMES

_HERE = Path(__file__).parents[1]
_POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)

router = APIRouter(include_in_schema=False)
templates = Jinja2Templates(directory=_HERE / "templates")

Language = Literal["ar", "en"]

_ERRORS: dict[str, dict[str, str]] = {
    "ar": {
        "comment_empty": "اكتب تعليقًا أولًا.",
        "comment_too_long": "التعليق أطول من الحد المسموح به.",
    },
    "en": {
        "comment_empty": "Write a comment first.",
        "comment_too_long": "The comment is longer than allowed.",
    },
}


def mount_static(app: FastAPI) -> None:
    """Serve the stylesheet."""
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")


@router.get("/", response_class=HTMLResponse)
def start(
    request: Request, service: ServiceDep, lang: Annotated[Language, Query()] = "ar"
) -> HTMLResponse:
    """The page with an empty box."""
    return _page(request, lang, can_try=_can_try(request, service))


@router.post("/", response_class=HTMLResponse)
def try_comment(
    request: Request,
    service: ServiceDep,
    text: Annotated[str, Form()] = "",
    target: Annotated[str, Form(max_length=200)] = "",
    lang: Annotated[Language, Form()] = "ar",
) -> HTMLResponse:
    """Score and decide on one comment and show why. Nothing is stored."""
    if not _can_try(request, service):
        raise AccessError("Trying comments on this page is open to this machine only.")
    targets = (target.strip(),) if target.strip() else ()
    # Forms send line ends as CRLF; counting them twice would surprise nobody but the limit.
    comment = Comment(text.replace("\r\n", "\n"), context=Context(targets=targets))
    filled: dict[str, Any] = {"can_try": True, "text": text, "target": target}
    try:
        check_comment(comment)
    except InvalidInputError as error:
        problem = _ERRORS[lang].get(error.code, error.message)
        return _page(request, lang, status=error.status, problem=problem, **filled)
    moderated = service.moderator.moderate([comment])[0]
    return _page(request, lang, result=_shown(moderated, lang), **filled)


def _can_try(request: Request, service: ServiceDep) -> bool:
    return is_local_call(request) and not any_keys(service.engine)


def _shown(moderated: Moderated, lang: Language) -> dict[str, Any]:
    scores = moderated.scores
    names = ATTRIBUTE_NAMES[lang]
    return {
        "action": moderated.decision.action.value,
        "reasons": [reason.message[lang] for reason in moderated.decision.reasons],
        "bars": [
            (names[name], score)
            for name, score in (scores.attributes if scores else {}).items()
        ],
        "sentiment": scores.sentiment if scores else None,
        "stance": scores.stance[0] if scores and scores.stance else None,
    }


def _page(request: Request, lang: Language, status: int = 200, **values: Any) -> HTMLResponse:
    return page(request, f"start.{lang}", lang, status, **values)


def page(
    request: Request, template: str, lang: Language, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page in one language that loads nothing from elsewhere and runs no script."""
    response = templates.TemplateResponse(
        request, f"{template}.html", {"lang": lang, **values}, status_code=status
    )
    response.headers["Content-Security-Policy"] = _POLICY
    return response
