"""Who may call what.

With API keys defined, every call under ``/v1`` needs one with the right scope.
With none, the service is open to this machine alone: the caller must come from
a loopback address, name a loopback host (against DNS rebinding), and come
without a proxy's forwarding headers.
"""

from collections.abc import Callable
from ipaddress import ip_address

from fastapi import Request

from moderation.api.state import ServiceDep
from moderation.errors import AccessError
from moderation.store import Scope, any_keys, check_key

_FORWARDING = ("forwarded", "x-forwarded-for", "x-real-ip")
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


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
    return request.url.hostname is not None and (
        is_loopback(request.url.hostname) or request.url.hostname in _LOCAL_NAMES
    )


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
