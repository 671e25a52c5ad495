"""The desk: one comment after the other, decided by key."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Request, Response

from moderation.review.access import Decider, Permission, SignedIn, Viewer
from moderation.review.desk import lay_out
from moderation.review.forms import FiltersDep, address
from moderation.review.render import PageRoute, is_partial, render, see
from moderation.review.room import Room, RoomDep
from moderation.review.verdicts import REJECT_REASONS, room_rules, verdict
from moderation.store.history import reviewed_since
from moderation.store.items import Filters, Item
from moderation.store.queue import choices, claim, counts, escalate, renew, skip
from moderation.store.verdicts import decide, undo

router = APIRouter(prefix="/review", route_class=PageRoute, include_in_schema=False)

ItemId = Annotated[int, Path(ge=1, le=2**53)]
# What just happened, for the bar above the next comment.
Done = Annotated[str, Query(pattern=r"^(approve|reject|second|skip|escalate|undo)?$")]


@router.get("")
def work(
    request: Request,
    viewer: SignedIn,
    room: RoomDep,
    filters: FiltersDep,
    done: Done = "",
    item: Annotated[int | None, Query(ge=1, le=2**53)] = None,
    reason: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """The next comment, claimed for whoever opens the page; measures for the others."""
    if not viewer.may(Permission.DECIDE):
        return see(request, "/review/measures")
    following = _next(viewer, room, filters)
    return _desk(request, viewer, room, filters, following, done, item, reason)


@router.get("/counts")
def live_counts(request: Request, viewer: Decider, room: RoomDep) -> Response:
    """How much waits, and what this person has gone through today."""
    return render(request, viewer, "counts", **_counts(viewer, room))


@router.post("/items/{item_id}/decide")
def decide_one(
    request: Request,
    viewer: Decider,
    room: RoomDep,
    filters: FiltersDep,
    item_id: ItemId,
    action: Annotated[str, Form(max_length=20)],
    reason: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Approve or reject, and go on with the next one in the same transaction."""
    done, following = decide(
        room.engine,
        viewer.account,
        item_id,
        verdict(action, reason),
        room_rules(room),
        room.clock(),
        then=filters,
    )
    told = "second" if done.kind == "second" else action
    return _go_on(request, viewer, room, filters, following, told, item_id, reason)


@router.post("/items/{item_id}/skip")
def skip_one(
    request: Request, viewer: Decider, room: RoomDep, filters: FiltersDep, item_id: ItemId
) -> Response:
    """Leave it to somebody else."""
    skip(room.engine, viewer.account, item_id, room.clock())
    following = _next(viewer, room, filters)
    return _go_on(request, viewer, room, filters, following, "skip", None)


@router.post("/items/{item_id}/escalate")
def escalate_one(
    request: Request, viewer: Decider, room: RoomDep, filters: FiltersDep, item_id: ItemId
) -> Response:
    """Hand it to a lead."""
    escalate(room.engine, viewer.account, item_id, room.clock())
    return _go_on(
        request, viewer, room, filters, _next(viewer, room, filters), "escalate", None
    )


@router.post("/items/{item_id}/undo")
def undo_one(
    request: Request, viewer: Decider, room: RoomDep, filters: FiltersDep, item_id: ItemId
) -> Response:
    """Take the decision back and look at the comment again."""
    item = undo(room.engine, viewer.account, item_id, room_rules(room), room.clock())
    return _go_on(request, viewer, room, filters, item, "undo", None)


@router.post("/items/{item_id}/renew")
def renew_one(viewer: Decider, room: RoomDep, item_id: ItemId) -> Response:
    """A sign of life: 204, or 409 where the item is no longer this person's."""
    lease = room_rules(room).lease
    held = renew(room.engine, viewer.account, item_id, lease, room.clock())
    return Response(status_code=204 if held else 409)


def _next(viewer: Viewer, room: Room, filters: Filters) -> Item | None:
    lease = room_rules(room).lease
    return claim(room.engine, viewer.account, filters, lease, room.clock())


def _go_on(
    request: Request,
    viewer: Viewer,
    room: Room,
    filters: Filters,
    following: Item | None,
    done: str,
    item_id: int | None,
    reason: str = "",
) -> Response:
    """The next comment in place, or without JavaScript a new page that claims the same one."""
    if is_partial(request):
        return _desk(request, viewer, room, filters, following, done, item_id, reason)
    return see(
        request,
        address("/review", filters, done=done, item=item_id, reason=reason or None),
    )


def _desk(
    request: Request,
    viewer: Viewer,
    room: Room,
    filters: Filters,
    item: Item | None,
    done: str,
    done_item: int | None,
    reason: str,
) -> Response:
    values: dict[str, Any] = {
        "desk": None if item is None else lay_out(room, viewer, item),
        "reasons": REJECT_REASONS,
        "filters": filters,
        "query": address("", filters),
        "done": done,
        "done_item": done_item,
        "done_reason": reason if reason in REJECT_REASONS else "other",
        "undo_s": int(room.settings.undo_s),
        "renew_s": room.settings.lease_s / 3,
    }
    if is_partial(request):
        return render(request, viewer, "desk", **values)
    return render(
        request,
        viewer,
        "work",
        choices=choices(room.engine, viewer.account, room.clock()),
        **_counts(viewer, room),
        **values,
    )


def _counts(viewer: Viewer, room: Room) -> dict[str, Any]:
    now = room.clock()
    return {
        "counts": counts(room.engine, viewer.account, now),
        "today": reviewed_since(room.engine, viewer.account, viewer.t.midnight(now)),
    }
