"""The app: what is loaded at start, in which order a request passes the bounds."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

import structlog
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from sqlalchemy import Engine

from moderation import __version__
from moderation.analysis import open_analyzer
from moderation.api.errors import install_error_handlers
from moderation.api.limits import BodyLimit, InFlightLimit, RequestLog
from moderation.api.metrics import Metrics
from moderation.api.routes import articles, editor, native, operations, start
from moderation.api.state import Service
from moderation.api.surroundings import Neighbourhood
from moderation.errors import SettingsError
from moderation.log import configure_logging
from moderation.pipeline import Moderator
from moderation.policy import Policy, PolicySource, load_policy
from moderation.review import Room, install_review
from moderation.scoring import OnnxScorer, Scorer, load_bundle
from moderation.settings import Settings
from moderation.store import CommentStore, Sampling, any_keys, keep_policy, migrate, open_engine
from moderation.text.personal import masked
from moderation.webhooks import Sender

log = structlog.get_logger()

_OPEN_HINT = (
    "No API keys are defined: only calls from this machine are answered. "
    "Make one with: python -m moderation keys add NAME"
)
_DESCRIPTION = """Self-hosted moderation of Arabic reader comments.

يقيّم تعليقات القرّاء بالعربية من حيث الإساءة والإهانة والموقف والمشاعر، ويقترح قرارًا مع أسبابه.
"""


def create_app(
    settings: Settings | None = None,
    open_scorer: Callable[[Settings], Scorer] | None = None,
) -> FastAPI:
    """Build the service. Settings are read here, once.

    Args:
        settings: default: from the environment.
        open_scorer: what loads the model at start; default: the bundle of the settings.
    """
    settings = settings or Settings()
    configure_logging(settings.log_level)
    metrics = Metrics()
    # The page of the docs must work offline too: its scripts are served from here.
    app = FastAPIOffline(
        title="Mizan · ميزان",
        version=__version__,
        description=_DESCRIPTION,
        redoc_url=None,
        lifespan=_lifespan(settings, open_scorer or _open_bundle, metrics),
    )
    install_error_handlers(app)
    for module in (start, editor, native, articles, operations):
        app.include_router(module.router)
    start.mount_static(app)
    install_review(app)
    # Added last is met first: log, then read the body, then bound the load.
    app.add_middleware(InFlightLimit, limit=settings.max_in_flight, metrics=metrics)
    app.add_middleware(
        BodyLimit, max_bytes=settings.max_body_bytes, seconds=settings.body_timeout_s
    )
    app.add_middleware(RequestLog, metrics=metrics)
    return app


def _lifespan(
    settings: Settings, open_scorer: Callable[[Settings], Scorer], metrics: Metrics
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Load model, policy and database at start, or refuse to start."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        scorer = open_scorer(settings)
        policy = load_policy(settings.policy)
        migrate(settings.database_url)
        engine = open_engine(settings.database_url)
        mask = masked if settings.mask_personal_data else str
        secret = author_secret(settings)
        sampling = Sampling(secret, settings.audit_share, settings.second_share)
        store = CommentStore(engine, secret, mask, sampling)
        analyzer = open_analyzer(settings.words)
        moderator = Moderator(
            scorer,
            policy,
            analyzer,
            mark_spans=settings.mark_spans,
            mask=mask,
        )
        policies = PolicySource(settings.policy, _adopting(moderator, engine), policy)
        neighbourhood = Neighbourhood(engine, store, settings.site)
        app.state.service = Service(
            settings, engine, store, moderator, metrics, policies, neighbourhood
        )
        app.state.room = Room(settings, engine, sampling, lambda t: analyzer.analyze(t).plain)
        if not any_keys(engine):
            log.warning("open_to_this_machine", hint=_OPEN_HINT)
        sender = Sender(engine)
        sender.start()
        log.info("ready", model=scorer.model.id, policy=policy.ref.id)
        yield
        await asyncio.to_thread(sender.stop)
        if isinstance(scorer, OnnxScorer):
            scorer.close()
        engine.dispose()
        log.info("stopped")

    return lifespan


def _adopting(moderator: Moderator, engine: Engine) -> Callable[[Policy], None]:
    """Put a policy in use, once it fits the model and is stored for replays."""

    def adopt(policy: Policy) -> None:
        scorer = moderator.scorer
        ready = policy.for_model(scorer.operating_points)
        keep_policy(
            engine, policy.ref, policy.text, scorer.model.sha256, scorer.operating_points
        )
        moderator.policy = ready

    return adopt


def _open_bundle(settings: Settings) -> Scorer:
    return OnnxScorer(load_bundle(settings.model), settings.threads)


def author_secret(settings: Settings) -> bytes:
    """The key of author hashes: from the settings, or a file made on the first start."""
    if settings.author_secret:
        return settings.author_secret.encode()
    path = settings.secret_file
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written aside and linked: two processes that start at once agree on one key.
        made = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        made.touch(mode=0o600)
        made.write_text(secrets.token_hex(32))
        with suppress(FileExistsError):
            path.hardlink_to(made)
        made.unlink()
    secret = path.read_bytes().strip()
    if not secret:
        raise SettingsError(f"{path} is empty: restore it, or remove it to make a new key.")
    return secret
