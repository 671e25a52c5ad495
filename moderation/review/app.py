"""Puts the room's pages into the app."""

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

from moderation.review.render import STATIC
from moderation.review.routes import (
    articles,
    audit,
    hooks,
    items,
    measures,
    preferences,
    raids,
    signin,
    work,
)


class _Static(StaticFiles):
    """Files that may be kept for a while: their addresses carry the version."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response


def install_review(app: FastAPI) -> None:
    """Add pages and static files; ``app.state.room`` must be set before the first request."""
    # Before items: "/items/confirm" is no id.
    for module in (audit, hooks, preferences, signin, work, raids, items, measures, articles):
        app.include_router(module.router)
    app.mount("/review/static", _Static(directory=STATIC), name="review-static")
