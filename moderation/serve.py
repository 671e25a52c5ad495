"""Run the service under uvicorn, safe by default."""

import sys
from datetime import UTC, datetime

import uvicorn
from sqlalchemy import Engine

from moderation.api import create_app
from moderation.api.security import is_loopback
from moderation.errors import AccessError
from moderation.links import welcome_link
from moderation.policy import load_policy
from moderation.scoring import OnnxScorer, load_bundle
from moderation.settings import Settings
from moderation.store import any_keys, database, first_invitation

_SHUTDOWN_S = 30
# Connections that are sending or being answered; each may hold one body in memory.
_MAX_CONNECTIONS = 256


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; what was accepted by then is finished.

    Raises:
        MizanError: model, policy or database cannot be used, or no API key is
            defined and the address is not this machine's own.
    """
    # The app checks these as well; here a wrong file is one line instead of a traceback.
    bundle = load_bundle(settings.model)
    load_policy(settings.policy)
    with database(settings.database_url) as engine:
        if not is_loopback(settings.host):
            _refuse_without_keys(engine, settings.host)
        _invite_the_first(engine, settings)
    uvicorn.run(
        create_app(settings, lambda _: OnnxScorer(bundle, settings.threads)),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_SHUTDOWN_S,
        limit_concurrency=_MAX_CONNECTIONS,
    )


def _refuse_without_keys(engine: Engine, host: str) -> None:
    if not any_keys(engine):
        raise AccessError(
            f"Refusing to serve on {host} without API keys. Make one with "
            "'python -m moderation keys add NAME', or serve on 127.0.0.1."
        )


def _invite_the_first(engine: Engine, settings: Settings) -> None:
    """To the terminal and not to the log: who has the link has the room."""
    token = first_invitation(engine, datetime.now(UTC))
    if token is not None:
        print(
            "Nobody has an account yet. Make the first one here, within 24 hours:\n"
            f"  {welcome_link(settings, token)}",
            file=sys.stderr,
            flush=True,
        )
