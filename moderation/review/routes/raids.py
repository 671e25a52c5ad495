"""Many comments at once: choose, count, confirm, and one undo for all of them."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request, Response

from moderation.charts import histogram_chart
from moderation.review.access import Decider
from moderation.review.forms import FiltersDep, address
from moderation.review.render import PageRoute, render, see
from moderation.review.room import Room, RoomDep
from moderation.review.verdicts import REJECT_REASONS, room_rules, verdict
from moderation.store.batches import recent_batches
from moderation.store.bulk import (
    MOST_ITEMS,
    Preview,
    decide_all,
    preview,
    undo_batch,
)
from moderation.store.cards import shown_versions
from moderation.store.engine import reading
from moderation.store.queue import choices
from moderation.store.records import StoredComment

router = APIRouter(prefix="/review/items", route_class=PageRoute, include_in_schema=False)
Action = Annotated[str, Query(max_length=20)]


@router.get("")
def choose(request: Request, viewer: Decider, room: RoomDep, filters: FiltersDep) -> Response:
    """What the filters select: how many, how they score, and the first of them."""
    now = room.clock()
    found = preview(room.engine, viewer.account, filters, now)
    return render(
        request,
        viewer,
        "raids",
        filters=filters,
        query=address("", filters),
        found=found,
        sample=_sample(room, found),
        chart=histogram_chart(found.histogram, viewer.t("raids.chart")),
        choices=choices(room.engine, viewer.account, now),
        reasons=REJECT_REASONS,
        most=MOST_ITEMS,
        batches=recent_batches(room.engine, viewer.account),
    )


@router.get("/confirm")
def confirm(
    request: Request,
    viewer: Decider,
    room: RoomDep,
    filters: FiltersDep,
    action: Action,
    reason: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """The same once more, counted now, with nothing else to look at."""
    chosen = verdict(action, reason)
    found = preview(room.engine, viewer.account, filters, room.clock(), shown=5)
    return render(
        request,
        viewer,
        "raids_confirm",
        found=found,
        sample=_sample(room, found),
        verdict=chosen,
        query=address("", filters),
        most=MOST_ITEMS,
    )


@router.post("/apply")
def apply(
    request: Request,
    viewer: Decider,
    room: RoomDep,
    filters: FiltersDep,
    action: Annotated[str, Form(max_length=20)],
    digest: Annotated[str, Form(max_length=64)],
    reason: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Decide on all that was counted, or on nothing."""
    decide_all(
        room.engine,
        viewer.account,
        filters,
        digest,
        verdict(action, reason),
        room_rules(room),
        room.clock(),
    )
    return see(request, "/review/items#batches")


@router.post("/batches/{batch_id}/undo")
def take_back(
    request: Request,
    viewer: Decider,
    room: RoomDep,
    batch_id: Annotated[int, Path(ge=1, le=2**53)],
) -> Response:
    """Take all of it back."""
    undo_batch(room.engine, viewer.account, batch_id, room_rules(room), room.clock())
    return see(request, "/review/items#batches")


def _sample(room: Room, found: Preview) -> list[StoredComment]:
    with reading(room.engine) as connection:
        shown = shown_versions(connection, found.sample)
    return [shown[version_id] for version_id in found.sample]
