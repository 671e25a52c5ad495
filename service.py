"""The ASGI app, for ``uvicorn service:app``."""

from moderation.api import create_app

app = create_app()
