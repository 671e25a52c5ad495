"""Who may open which page: a session from the cookie, a permission from the roles."""

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Form, Header, Request

from moderation.errors import AccessError
from moderation.review.languages import Translator, translator
from moderation.review.preferences import Preferences
from moderation.review.room import Room, RoomDep
from moderation.store.accounts import Account, Role
from moderation.store.sessions import session_account

COOKIE = "mizan_session"
_UNSAFE_SITES = {"cross-site", "same-site"}


class Permission(StrEnum):
    """What a page or an action needs."""

    DECIDE = "decide"  # work the queue, decide, undo, correct, note
    LEAD = "lead"  # escalated items, other people's decisions, the team
    MEASURE = "measure"  # backlog, times, agreement
    ARTICLES = "articles"  # an article's room
    POLICY = "policy"  # rules and thresholds
    HOOKS = "hooks"  # webhooks and their deliveries
    AUDIT = "audit"  # the log of what people did


ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.MODERATOR: frozenset({Permission.DECIDE, Permission.ARTICLES}),
    Role.LEAD: frozenset(Permission) - {Permission.HOOKS},
    Role.ENGINEER: frozenset(
        {Permission.MEASURE, Permission.ARTICLES, Permission.POLICY, Permission.HOOKS}
    ),
    Role.AUDITOR: frozenset({Permission.MEASURE, Permission.ARTICLES, Permission.AUDIT}),
}


class SignedOutError(AccessError):
    """Nobody is signed in; pages send the browser to the sign-in form instead."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at a page.

    Attributes:
        csrf: every form and request that changes something carries it.
        t: texts, numbers and dates in their language.
    """

    account: Account
    preferences: Preferences
    csrf: str
    t: Translator

    @property
    def permissions(self) -> frozenset[Permission]:
        """All that their roles allow."""
        return frozenset().union(*(ROLE_PERMISSIONS[role] for role in self.account.roles))

    def may(self, permission: str) -> bool:
        """Whether they may do this."""
        return permission in self.permissions


def viewer_of(request: Request, room: Room) -> Viewer:
    """Whoever is signed in.

    Raises:
        SignedOutError: nobody.
    """
    token = request.cookies.get(COOKIE, "")
    account = session_account(room.engine, token, room.clock()) if token else None
    if account is None:
        raise SignedOutError("Sign in first.")
    preferences = Preferences.from_stored(account.preferences)
    t = translator(preferences.language, room.settings.time_zone)
    return Viewer(account, preferences, csrf_token(token), t)


def csrf_token(token: str) -> str:
    """Bound to the session and useless without it (double-submit, keyed by the session)."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()


def refuse_other_sites(request: Request) -> None:
    """Refuse what another site's page sends.

    Raises:
        AccessError: 403.
    """
    if request.headers.get("sec-fetch-site") in _UNSAFE_SITES:
        raise AccessError("This request came from another site.", 403)
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
        raise AccessError("This request came from another site.", 403)


class Needs:
    """A dependency: the viewer, with a permission, and with a valid token where it changes.

    Attributes:
        permission: ``None`` where being signed in is enough.
    """

    def __init__(self, permission: Permission | None = None) -> None:
        self.permission = permission

    def __call__(
        self,
        request: Request,
        room: RoomDep,
        csrf: Annotated[str, Form(max_length=100)] = "",
        x_csrf_token: Annotated[str, Header(max_length=100)] = "",
    ) -> Viewer:
        """The viewer.

        Raises:
            SignedOutError: nobody is signed in.
            AccessError: 403; their roles do not allow it, or the token is wrong.
        """
        viewer = viewer_of(request, room)
        if request.method not in ("GET", "HEAD"):
            refuse_other_sites(request)
            given = (csrf or x_csrf_token).encode()
            if not hmac.compare_digest(given, viewer.csrf.encode()):
                raise AccessError("This form is out of date; load the page again.", 403)
        if self.permission is not None and not viewer.may(self.permission):
            raise AccessError("Your role does not allow this.", 403)
        return viewer


SignedIn = Annotated[Viewer, Depends(Needs())]
Decider = Annotated[Viewer, Depends(Needs(Permission.DECIDE))]
Measurer = Annotated[Viewer, Depends(Needs(Permission.MEASURE))]
ArticleReader = Annotated[Viewer, Depends(Needs(Permission.ARTICLES))]
HookKeeper = Annotated[Viewer, Depends(Needs(Permission.HOOKS))]
AuditReader = Annotated[Viewer, Depends(Needs(Permission.AUDIT))]


def sign_in_address(request: Request) -> str:
    """The sign-in form, which leads back here."""
    if request.method != "GET" or "hx-request" in request.headers:
        return "/review/sign-in"
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"/review/sign-in?next={quote(path)}"
