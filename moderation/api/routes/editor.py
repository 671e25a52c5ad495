"""A page for editors: rules in use, what a threshold holds, a new policy on past comments."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse

from moderation.api.routes.start import Language, page
from moderation.api.security import is_local_call
from moderation.api.state import Service, ServiceDep
from moderation.backtest import Case, Report, backtest, stored_cases
from moderation.charts import held, held_share, histogram, threshold_chart
from moderation.domain import ABUSE_ATTRIBUTES
from moderation.errors import AccessError, PolicyError
from moderation.intervals import wilson
from moderation.policy import diff_policies, explain_policy, parse_policy
from moderation.review import Room
from moderation.review.access import Needs, Permission, SignedOutError, Viewer
from moderation.review.room import RoomDep
from moderation.store import any_keys
from moderation.words import ATTRIBUTE_NAMES

router = APIRouter(include_in_schema=False)

# What a page can count while somebody waits for it.
_MOST_CASES = 20_000
_PERIOD = timedelta(days=30)
_SECONDS_PER_REVIEW = 15
_STEPS = 50
_LONGEST_POLICY = 200_000
_ACTIONS = ("approve", "review", "reject")


@router.get("/policy", response_class=HTMLResponse)
def policy_page(
    request: Request,
    service: ServiceDep,
    room: RoomDep,
    lang: Annotated[Language | None, Query()] = None,
    attribute: Annotated[Literal[ABUSE_ATTRIBUTES], Query()] = "insult",  # type: ignore[valid-type]
    threshold: Annotated[float | None, Query(ge=0, le=1)] = None,
) -> HTMLResponse:
    """The rules in use, and what a threshold would hold of the last month's comments."""
    viewer = _visitor(request, service, room)
    if lang is None:
        lang = viewer.t.language if viewer else "ar"
    return _shown(request, service, lang, viewer, attribute, threshold)


@router.post("/policy", response_class=HTMLResponse)
def try_policy(
    request: Request,
    service: ServiceDep,
    room: RoomDep,
    text: Annotated[str, Form(max_length=_LONGEST_POLICY)] = "",
    lang: Annotated[Language, Form()] = "ar",
    csrf: Annotated[str, Form(max_length=100)] = "",
) -> HTMLResponse:
    """Check a policy and decide the last month's comments by it. Nothing is put in use."""
    viewer = _visitor(request, service, room, csrf)
    in_use = service.moderator.policy
    try:
        new = parse_policy(text.replace("\r\n", "\n").encode("utf-8", "replace"), "policy.yaml")
        ready = new.for_model(in_use.points)
    except PolicyError as error:
        problems = error.message.splitlines()
        return _shown(request, service, lang, viewer, text=text, problems=problems, status=422)
    report = backtest(_cases(service), in_use, ready)
    tried = {"summary": _summary(report), "changes": list(_changes(report)),
        "minutes": report.actions["review"] * _SECONDS_PER_REVIEW / 60,
             "diff": diff_policies(in_use.policy, new, in_use.points)}  # fmt: skip
    return _shown(request, service, lang, viewer, text=text, tried=tried)


def _visitor(request: Request, service: Service, room: Room, csrf: str = "") -> Viewer | None:
    """Whoever is signed in and may see policies; ``None``: somebody at this machine.

    Raises:
        AccessError: 401, neither of them; 403, their role does not allow it, or the form
            comes from another site.
    """
    try:
        viewer = Needs(Permission.POLICY)(request, room, csrf)
    except SignedOutError as error:
        if is_local_call(request) and not any_keys(service.engine):
            return None
        raise AccessError(
            "Sign in first. Without an account, this page is open to this machine only, while "
            "no API keys exist."
        ) from error
    # The page shows comments of this site.
    if not viewer.account.sees(service.settings.site):
        raise AccessError("Your account does not see this site.", 403)
    return viewer


def _shown(
    request: Request,
    service: Service,
    lang: Language,
    viewer: Viewer | None,
    attribute: str = "insult",
    threshold: float | None = None,
    *,
    status: int = 200,
    **values: Any,
) -> HTMLResponse:
    in_use = service.moderator.policy
    chosen = threshold if threshold is not None else _default(service, attribute)
    response = page(
        request,
        "policy",
        lang,
        status=status,
        csrf=viewer.csrf if viewer else None,
        rules=list(explain_policy(in_use.policy, in_use.points)),
        warning=service.policies.problem,
        names=ATTRIBUTE_NAMES[lang],
        attribute=attribute,
        threshold=chosen,
        curve=_curve(service, attribute, chosen, ATTRIBUTE_NAMES[lang][attribute]),
        **{"text": in_use.policy.text} | values,
    )
    # With "no-referrer", the form would come with "Origin: null".
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _default(service: Service, attribute: str) -> float:
    point = service.moderator.policy.points[attribute]["best_f2"].threshold
    return 0.5 if point is None else point


def _cases(service: Service) -> Iterator[Case]:
    """The newest comments of the period that the model in use scored."""
    model = service.moderator.scorer.model.sha256
    cases = stored_cases(service.engine, service.settings.site, _PERIOD, model_sha256=model)
    return islice(cases, _MOST_CASES)


@dataclass(frozen=True, slots=True)
class _Curve:
    """A chart and the same as a table."""

    chart: str
    comments: int
    held: int
    rows: list[tuple[str, float | None, float | None, float | None, float]]


def _curve(service: Service, attribute: str, chosen: float, name: str) -> _Curve:
    scores = sorted(_scores(_cases(service), attribute))
    points = service.moderator.policy.points[attribute]
    marks = {n: p.threshold for n, p in points.items() if p.threshold is not None}
    limits = [i / _STEPS for i in range(_STEPS + 1)]
    shares = [(limit, held_share(scores, limit)) for limit in limits]
    rows = [
        (
            n,
            p.threshold,
            p.precision,
            p.recall,
            0.0 if p.threshold is None else held_share(scores, p.threshold),
        )
        for n, p in points.items()
    ]
    return _Curve(
        chart=threshold_chart(histogram(scores), shares, marks, chosen, name),
        comments=len(scores),
        held=held(scores, chosen),
        rows=rows,
    )


def _scores(cases: Iterable[Case], attribute: str) -> Iterator[float]:
    for case in cases:
        score = case.scores.attributes.get(attribute) if case.scores else None
        if score is not None:
            yield score


def _summary(report: Report) -> list[tuple[str, int, float, float, float]]:
    """Action, comments, share and its interval."""
    total = report.total
    return [
        (a, n, n / total if total else 0.0, *wilson(n, total))
        for a in _ACTIONS
        for n in (report.actions[a],)
    ]


def _changes(report: Report) -> Iterator[dict[str, Any]]:
    for (old, new), count in report.changes.most_common():
        if old != new:
            examples = sorted(report.examples.get((old, new), []), reverse=True)
            yield {"old": old, "new": new, "count": count, "examples": examples}
