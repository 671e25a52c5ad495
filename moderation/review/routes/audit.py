"""The log of what people did."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from moderation.errors import AccessError
from moderation.review.access import AuditReader
from moderation.review.render import PageRoute, render
from moderation.review.room import RoomDep
from moderation.store.accounts import account_names
from moderation.store.audit import newest_entries

router = APIRouter(prefix="/review/audit", route_class=PageRoute, include_in_schema=False)

_ON_A_PAGE = 100
_LARGEST_ID = 2**63 - 1


@router.get("")
def audit_page(
    request: Request,
    room: RoomDep,
    viewer: AuditReader,
    before: Annotated[int | None, Query(ge=1, le=_LARGEST_ID)] = None,
) -> Response:
    """The newest entries, or those before one of them, and the hash that ends the chain.

    The chain is one for all sites: it is for those who see all of them.
    """
    if viewer.account.sites:
        raise AccessError("The log tells of all sites.", 403)
    found = newest_entries(room.engine, before, _ON_A_PAGE + 1)
    entries = found[:_ON_A_PAGE]
    last = newest_entries(room.engine, None, 1) if before else found[:1]
    people = {entry.account_id for entry in entries if entry.account_id is not None}
    return render(
        request,
        viewer,
        "audit",
        entries=entries,
        names=account_names(room.engine, people),
        head=last[0].sha256 if last else None,
        newest=before is None,
        older=entries[-1].id if len(found) > _ON_A_PAGE else None,
    )
