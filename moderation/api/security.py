"""Who may call what.

With API keys defined, every call under ``/v1`` needs one with the right scope.
With none, the service is open to this machine alone: the caller must come from
a loopback address, name a loopback host (against DNS rebinding), and come
without a proxy's forwarding headers.
"""

import re
from collections.abc import Callable
from ipaddress import ip_address

from fastapi import Request

from moderation.api.state import ServiceDep
from moderation.errors import AccessError
from moderation.store import Scope, any_keys, check_key

_FORWARDING = (
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
)
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?")


def is_loopback(host: str) -> bool:
    """True for 127.0.0.0/8, ::1 and "localhost".

    Example: ``is_loopback("0.0.0.0")`` is False: it means every address.
    """
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def is_local_call(request: Request) -> bool:
    """Whether a request comes from this machine, for this machine."""
    if request.client is None or not is_loopback(request.client.host):
        return False
    if any(name in request.headers for name in _FORWARDING):
        return False
    # Not request.url: for a header it cannot read, it names our own address instead.
    hosts = request.headers.getlist("host")
    named = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
    return named is not None and is_loopback(named[1].lower())


def require(scope: Scope) -> Callable[[Request, ServiceDep], None]:
    """A dependency that lets in callers with ``scope``.

    Raises:
        AccessError: 401 without a valid key, 403 with one that lacks the scope.
    """

    def check(request: Request, service: ServiceDep) -> None:
        secret = presented_key(request)
        if secret is None:
            if any_keys(service.engine) or not is_local_call(request):
                raise AccessError("An API key is needed (Authorization: Bearer …).")
            return
        record = check_key(service.engine, secret)
        if record is None:
            raise AccessError("This API key is unknown or revoked.")
        if scope not in record.scopes:
            raise AccessError(f"This API key lacks the scope {scope.value}.", 403)

    return check


def presented_key(request: Request) -> str | None:
    """The key in ``Authorization: Bearer`` or ``X-API-Key``."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return request.headers.get("x-api-key")
