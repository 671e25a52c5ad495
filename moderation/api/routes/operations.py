"""Is it alive, is it ready, how is it doing."""

from collections.abc import Iterator
from dataclasses import asdict

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import generate_latest
from sqlalchemy import text

from moderation.api.errors import error_response
from moderation.api.security import is_local_call
from moderation.api.state import Service, ServiceDep
from moderation.domain import Comment
from moderation.errors import StoreUnavailableError
from moderation.store import reading

router = APIRouter(tags=["operations"])

_PROBE = Comment("شكرًا على هذا المقال المفيد")


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", response_model=None)
def readyz(request: Request, service: ServiceDep) -> JSONResponse:
    """The model scores a real comment and the database answers; 503 otherwise.

    ``warnings`` tell what a human should look at while all works: a policy file that is
    refused, automatic rejection that was stopped.
    """
    service.policies.refresh()
    failed = [name for name, works in _checks(service).items() if not works]
    if failed:
        return error_response(
            503, "not_ready", f"Not ready: {', '.join(failed)}.", {"failed": failed}
        )
    model, policy = service.moderator.scorer.model, service.moderator.policy.ref
    return JSONResponse(
        {
            "status": "ready",
            "model": asdict(model),
            "policy": asdict(policy),
            "warnings": [_told(warning, request) for warning in _warnings(service)],
        }
    )


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(service: ServiceDep) -> PlainTextResponse:
    """Counters and histograms in Prometheus' text format."""
    return PlainTextResponse(generate_latest(service.metrics.registry))


def _told(warning: dict[str, str], request: Request) -> dict[str, str]:
    """To strangers only the code: a message names files and rules."""
    return warning if is_local_call(request) else {"code": warning["code"]}


def _warnings(service: Service) -> Iterator[dict[str, str]]:
    if service.policies.problem is not None:
        yield {"code": "policy_refused", "message": service.policies.problem}
    breaker = service.moderator.policy.policy.file.breaker
    if breaker.is_open(*service.neighbourhood.last_hour()):
        yield {
            "code": "breaker_open",
            "message": f"More than {breaker.share:.0%} of the last hour's decisions were "
            "rejections: what would be rejected goes to review.",
        }


def _checks(service: Service) -> dict[str, bool]:
    return {
        "model": service.moderator.score([_PROBE])[0] is not None,
        "store": _store_answers(service),
    }


def _store_answers(service: Service) -> bool:
    try:
        with reading(service.engine) as connection:
            connection.execute(text("SELECT 1"))
    except StoreUnavailableError:
        return False
    return True
