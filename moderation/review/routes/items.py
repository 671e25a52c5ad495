"""One item by its id: notes, corrections, another decision; and the history."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from starlette.datastructures import FormData

from moderation.domain import ABUSE_ATTRIBUTES, SENTIMENTS, STANCES
from moderation.errors import InvalidInputError
from moderation.review.access import Decider, Permission
from moderation.review.desk import lay_out
from moderation.review.forms import spans_of
from moderation.review.render import PageRoute, render, see
from moderation.review.room import RoomDep
from moderation.review.routes.work import ItemId
from moderation.review.verdicts import REJECT_REASONS, room_rules, verdict
from moderation.store.cards import shown_versions
from moderation.store.engine import reading
from moderation.store.history import history, visible_item
from moderation.store.queue import claim_one
from moderation.store.remarks import MAX_NOTE_CHARS, add_note, correct
from moderation.store.verdicts import change
from moderation.words import ATTRIBUTE_NAMES

router = APIRouter(prefix="/review", route_class=PageRoute, include_in_schema=False)
_PAGE = 50
Done = Annotated[str, Query(pattern=r"^(note|correct|change|undo)?$")]


async def _form(request: Request) -> FormData:
    return await request.form(max_files=0, max_fields=50)


@router.get("/history")
def decided(
    request: Request,
    viewer: Decider,
    room: RoomDep,
    everybody: bool = False,
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
) -> Response:
    """What this person decided, or for leads everybody."""
    everybody = everybody and viewer.may(Permission.LEAD)
    rows = history(room.engine, viewer.account, everybody=everybody, before=before, limit=_PAGE)
    older = rows[-1].item.id if len(rows) == _PAGE else None
    return render(request, viewer, "history", rows=rows, everybody=everybody, older=older)


@router.get("/items/{item_id}")
def item_page(
    request: Request, viewer: Decider, room: RoomDep, item_id: ItemId, done: Done = ""
) -> Response:
    """Everything about one item, with what may still be said of it."""
    item = visible_item(room.engine, viewer.account, item_id)
    return render(
        request,
        viewer,
        "item",
        desk=lay_out(room, viewer, item),
        done=done,
        reasons=REJECT_REASONS,
        attributes=ATTRIBUTE_NAMES[viewer.t.language],
        sentiments=SENTIMENTS,
        stances=STANCES,
        may_change=item.decided_by_id == viewer.account.id or viewer.may(Permission.LEAD),
        max_note=MAX_NOTE_CHARS,
        renew_s=room.settings.lease_s / 3,
    )


@router.post("/items/{item_id}/claim")
def claim_item(viewer: Decider, room: RoomDep, request: Request, item_id: ItemId) -> Response:
    """Take this item to the desk."""
    claim_one(room.engine, viewer.account, item_id, room_rules(room).lease, room.clock())
    return see(request, "/review")


@router.post("/items/{item_id}/change")
def change_decision(
    request: Request,
    viewer: Decider,
    room: RoomDep,
    item_id: ItemId,
    action: Annotated[str, Form(max_length=20)],
    reason: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Decide otherwise: a new decision beside the old one."""
    change(
        room.engine,
        viewer.account,
        item_id,
        verdict(action, reason),
        room_rules(room),
        room.clock(),
    )
    return see(request, f"/review/items/{item_id}?done=change")


@router.post("/items/{item_id}/note")
def leave_note(
    request: Request,
    viewer: Decider,
    room: RoomDep,
    item_id: ItemId,
    text: Annotated[str, Form(max_length=4 * MAX_NOTE_CHARS)],
    about_author: Annotated[bool, Form()] = False,
) -> Response:
    """Leave a note for colleagues."""
    add_note(
        room.engine, viewer.account, item_id, text, room.clock(), about_author=about_author
    )
    return see(request, f"/review/items/{item_id}?done=note")


@router.post("/items/{item_id}/correct")
def correct_model(
    request: Request,
    viewer: Decider,
    room: RoomDep,
    item_id: ItemId,
    form: Annotated[FormData, Depends(_form)],
) -> Response:
    """Say what the model should have said."""
    given = {name: str(value) for name, value in form.items()}
    item = visible_item(room.engine, viewer.account, item_id)
    with reading(room.engine) as connection:
        comment = shown_versions(connection, [item.version_id])[item.version_id].comment
    words = given.get("words", "").strip()
    spans = [] if given.get("no_words") else spans_of(comment.text, words) if words else None
    correct(
        room.engine,
        viewer.account,
        item_id,
        room.clock(),
        labels=_labels(given),
        sentiment=given.get("sentiment") or None,
        stance={
            target: given[f"stance_{number}"]
            for number, target in enumerate(comment.context.targets)
            if given.get(f"stance_{number}")
        },
        spans=spans,
    )
    return see(request, f"/review/items/{item_id}?done=correct")


def _labels(given: Mapping[str, str]) -> dict[str, int]:
    answers = {"yes": 1, "no": 0}
    labels: dict[str, int] = {}
    for name in ABUSE_ATTRIBUTES:
        answer = given.get(f"label_{name}", "")
        if answer:
            if answer not in answers:
                raise InvalidInputError("Yes, no, or nothing.", field=name)
            labels[name] = answers[answer]
    return labels
