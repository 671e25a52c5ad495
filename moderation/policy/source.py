"""The policy file in use: read again when it changes, and never replaced by a bad one."""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock

import structlog

from moderation.errors import MizanError, StoreUnavailableError
from moderation.policy.engine import Policy
from moderation.policy.load import load_policy

_LOOK_EVERY_S = 1.0
log = structlog.get_logger()


class PolicySource:
    """Watches one file.

    Args:
        adopt: puts a policy in use; what it raises keeps the old one in use.
        first: the policy that the file held at the start, in use from now on.

    Raises:
        MizanError: what ``adopt`` raises about the first policy.
    """

    def __init__(self, path: Path, adopt: Callable[[Policy], None], first: Policy) -> None:
        self._path, self._adopt = path, adopt
        self._lock = Lock()
        self._seen = self._stamp()
        self._looked = time.monotonic()
        # What is wrong with the file as it is now, for operators.
        self.problem: str | None = None
        adopt(first)

    def refresh(self) -> None:
        """Look whether the file changed, at most once a second; never an error."""
        waited = time.monotonic() - self._looked >= _LOOK_EVERY_S
        if not waited or not self._lock.acquire(blocking=False):
            return
        try:
            self._looked = time.monotonic()
            stamp = self._stamp()
            if stamp != self._seen and self._reload():
                self._seen = stamp
        finally:
            self._lock.release()

    def _reload(self) -> bool:
        """Whether the file was read to an end; if not, it is read again at the next look."""
        try:
            policy = load_policy(self._path)
            self._adopt(policy)
        except StoreUnavailableError as error:
            log.warning("policy_waits", problem=error.code)
            return False
        except MizanError as error:
            self.problem = error.message
            log.warning("policy_kept", problem=error.code)
        except Exception as error:
            # Whatever a file may do to us, the rules in use stay in use.
            self.problem = f"{self._path}: cannot be read ({type(error).__name__})"
            log.error("policy_kept", problem=type(error).__name__)
        else:
            self.problem = None
            log.info("policy_loaded", policy=policy.ref.id, version=policy.ref.version)
        return True

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size
