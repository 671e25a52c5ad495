"""What a running service holds, and how routes get it."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request
from sqlalchemy import Engine

from moderation.api.metrics import Metrics
from moderation.api.surroundings import Neighbourhood
from moderation.pipeline import Moderator
from moderation.policy import PolicySource
from moderation.settings import Settings
from moderation.store import CommentStore


@dataclass(frozen=True, slots=True)
class Service:
    """Everything that lives as long as the process."""

    settings: Settings
    engine: Engine
    store: CommentStore
    moderator: Moderator
    metrics: Metrics
    policies: PolicySource
    neighbourhood: Neighbourhood


def current_service(request: Request) -> Service:
    """The service of this app; set in its lifespan."""
    return cast(Service, request.app.state.service)


ServiceDep = Annotated[Service, Depends(current_service)]
