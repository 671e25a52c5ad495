"""What the store knows of authors and of the last hour, for rules that ask."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Lock

from sqlalchemy import Engine

from moderation.domain import Comment
from moderation.pipeline import AuthorHistory, Surroundings
from moderation.store import CommentStore, author_histories, recent_decisions

_KEEP_S = 10.0


class Neighbourhood:
    """Looks things up for comments that come in; counts are kept for seconds."""

    def __init__(self, engine: Engine, store: CommentStore, site: str) -> None:
        self._engine, self._store, self._site = engine, store, site
        self._lock = Lock()
        self._counted: tuple[float, tuple[int, int]] | None = None

    def of(self, comments: Sequence[Comment]) -> Surroundings:
        """What is known around these comments.

        Raises:
            StoreUnavailableError: the database cannot be used right now.
        """
        # An empty id is nobody's: all anonymous readers would share one history.
        hashes = {
            c.author_id: self._store.author_hash(c.author_id) for c in comments if c.author_id
        }
        known = author_histories(
            self._engine,
            self._site,
            [digest for digest in hashes.values() if digest],
            [c.id for c in comments if c.id is not None],
        )
        decisions, rejects = self.last_hour()
        return Surroundings(
            authors={
                author: AuthorHistory(*known.get(digest or "", (0, 0)))
                for author, digest in hashes.items()
            },
            recent_decisions=decisions,
            recent_rejects=rejects,
        )

    def last_hour(self) -> tuple[int, int]:
        """Automatic decisions of the last hour, and rejections among them."""
        with self._lock:
            if self._counted is None or time.monotonic() - self._counted[0] > _KEEP_S:
                counts = recent_decisions(self._engine, self._site, datetime.now(UTC))
                self._counted = (time.monotonic(), counts)
            return self._counted[1]
