"""The policy file in use: read again when it changes, and never replaced by a bad one."""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock

import structlog

from moderation.errors import MizanError
from moderation.policy.engine import Policy
from moderation.policy.load import load_policy

_LOOK_EVERY_S = 1.0
log = structlog.get_logger()


class PolicySource:
    """Watches one file.

    Args:
        adopt: puts a policy in use; what it raises keeps the old one in use.

    Raises:
        PolicyError: the file is bad at the start: there is nothing to go on with.
    """

    def __init__(self, path: Path, adopt: Callable[[Policy], None]) -> None:
        self._path, self._adopt = path, adopt
        self._lock = Lock()
        self._seen = self._stamp()
        self._looked = time.monotonic()
        # What is wrong with the file as it is now, for operators.
        self.problem: str | None = None
        adopt(load_policy(path))

    def refresh(self) -> None:
        """Look whether the file changed, at most once a second; never an error."""
        if time.monotonic() - self._looked < _LOOK_EVERY_S or not self._lock.acquire(
            blocking=False
        ):
            return
        try:
            self._looked = time.monotonic()
            stamp = self._stamp()
            if stamp == self._seen:
                return
            self._seen = stamp
            self._reload()
        finally:
            self._lock.release()

    def _reload(self) -> None:
        try:
            policy = load_policy(self._path)
            self._adopt(policy)
        except MizanError as error:
            self.problem = error.message
            log.warning("policy_kept", path=str(self._path), problem=error.code)
        else:
            self.problem = None
            log.info("policy_loaded", policy=policy.ref.id, version=policy.ref.version)

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size
