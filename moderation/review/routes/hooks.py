"""Where decisions are sent, what was sent, and sending it again."""

import json
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from moderation.errors import NotFoundError
from moderation.review.access import HookKeeper, Viewer
from moderation.review.render import PageRoute, render, see
from moderation.review.room import Room, RoomDep
from moderation.store.outbox import (
    STATES,
    State,
    StoredMessage,
    deliveries_of,
    list_endpoints,
    list_messages,
    replay,
    stored_message,
)

router = APIRouter(prefix="/review/webhooks", route_class=PageRoute, include_in_schema=False)

_ON_A_PAGE = 50
_LARGEST_ID = 2**63 - 1
MessageId = Annotated[int, Path(ge=1, le=_LARGEST_ID)]


@router.get("")
def webhooks_page(
    request: Request,
    room: RoomDep,
    viewer: HookKeeper,
    state: State | Literal[""] = "",
    before: Annotated[int | None, Query(ge=1, le=_LARGEST_ID)] = None,
) -> Response:
    """Endpoints, and messages with their states, newest first."""
    account = viewer.account
    found = list_messages(room.engine, account.sites, state or None, before, _ON_A_PAGE + 1)
    messages = found[:_ON_A_PAGE]
    return render(
        request,
        viewer,
        "webhooks",
        endpoints=[each for each in list_endpoints(room.engine) if account.sees(each.site)],
        messages=messages,
        states=STATES,
        state=state,
        newest=before is None,
        older=messages[-1].id if len(found) > _ON_A_PAGE else None,
    )


@router.get("/{message_id}")
def message_page(
    request: Request, room: RoomDep, viewer: HookKeeper, message_id: MessageId
) -> Response:
    """A message as it is sent, and every attempt to send it."""
    message = _seen(room, viewer, message_id)
    return render(
        request,
        viewer,
        "webhook",
        message=message,
        payload=json.dumps(json.loads(message.payload), ensure_ascii=False, indent=2),
        deliveries=deliveries_of(room.engine, message_id),
    )


@router.post("/{message_id}/replay")
def replay_message(
    request: Request, room: RoomDep, viewer: HookKeeper, message_id: MessageId
) -> Response:
    """Send a message again, as it was."""
    _seen(room, viewer, message_id)
    replay(room.engine, message_id, viewer.account.id, room.clock())
    return see(request, f"/review/webhooks/{message_id}")


def _seen(room: Room, viewer: Viewer, message_id: int) -> StoredMessage:
    """A message of a site that is the viewer's to see; others are not there for them."""
    message = stored_message(room.engine, message_id)
    if not viewer.account.sees(message.site):
        raise NotFoundError("There is no such message.")
    return message
