"""``make demo``: fill a database, say how to get in, serve it."""

import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from moderation.analysis import open_analyzer
from moderation.demo.newsroom import fill_demo
from moderation.log import configure_logging
from moderation.pipeline import Moderator
from moderation.policy import load_policy
from moderation.scoring import OnnxScorer, load_bundle
from moderation.serve import serve
from moderation.settings import Settings
from moderation.store import database

DEMO_DATABASE = Path("data/demo.sqlite3")


def serve_demo(settings: Settings) -> None:
    """Serve a database that is made anew each time.

    Raises:
        MizanError: the model, the policy or the database cannot be used.
    """
    configure_logging("warning")
    for name in (DEMO_DATABASE, *DEMO_DATABASE.parent.glob(f"{DEMO_DATABASE.name}-*")):
        name.unlink(missing_ok=True)
    settings = settings.model_copy(update={"database_url": f"sqlite:///{DEMO_DATABASE}"})
    print("Reading comments with the model …", file=sys.stderr, flush=True)
    with ExitStack() as stack:
        engine = stack.enter_context(database(settings.database_url))
        scorer = OnnxScorer(load_bundle(settings.model), settings.threads)
        stack.callback(scorer.close)
        moderator = Moderator(scorer, load_policy(settings.policy), open_analyzer())
        who = fill_demo(engine, moderator, settings.site, datetime.now(UTC))
    print(
        f"Open http://{settings.host}:{settings.port}/review\n"
        f"  name: {who.name}   password: {who.password}",
        file=sys.stderr,
        flush=True,
    )
    serve(settings)
