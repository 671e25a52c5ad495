"""Is it alive, is it ready, how is it doing."""

from dataclasses import asdict

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import generate_latest
from sqlalchemy import text

from moderation.api.errors import error_response
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
def readyz(service: ServiceDep) -> JSONResponse:
    """The model scores a real comment and the database answers; 503 otherwise."""
    failed = [name for name, works in _checks(service).items() if not works]
    if failed:
        return error_response(
            503, "not_ready", f"Not ready: {', '.join(failed)}.", {"failed": failed}
        )
    model, policy = service.moderator.scorer.model, service.moderator.policy.ref
    return JSONResponse({"status": "ready", "model": asdict(model), "policy": asdict(policy)})


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(service: ServiceDep) -> PlainTextResponse:
    """Counters and histograms in Prometheus' text format."""
    return PlainTextResponse(generate_latest(service.metrics.registry))


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
