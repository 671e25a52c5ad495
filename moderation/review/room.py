"""What the pages work with, and how routes get it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, cast

from fastapi import Depends, Request
from sqlalchemy import Engine

from moderation.settings import Settings
from moderation.store.intake import Sampling


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Room:
    """Everything that lives as long as the process.

    Attributes:
        sampling: which decisions are looked at again.
        plain: a disguised text without its disguise, or ``None``.
        clock: the time, aware; tests bring their own.
    """

    settings: Settings
    engine: Engine
    sampling: Sampling
    plain: Callable[[str], str | None]
    clock: Callable[[], datetime] = _now


def current_room(request: Request) -> Room:
    """The room of this app; set when it starts."""
    return cast(Room, request.app.state.room)


RoomDep = Annotated[Room, Depends(current_room)]
