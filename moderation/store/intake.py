"""From automatic decisions to the queue: what is flagged, and a random slice of the rest."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from moderation.domain import Action
from moderation.store.engine import insert_new
from moderation.store.items import VOID
from moderation.store.ranking import rank
from moderation.store.records import StoredComment
from moderation.store.room_tables import fingerprints, queue_items
from moderation.store.similar import fingerprint_rows


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which decisions are looked at again, blind.

    The choice is a keyed hash of the comment: the same for every process and every retry, and
    nobody outside can tell which comments are drawn.

    Attributes:
        secret: the key.
        audit: share of automatic decisions, 0..1.
        second: share of human decisions, 0..1.
    """

    secret: bytes
    audit: float = 0.0
    second: float = 0.0

    def draws(self, kind: str, site: str, external_id: str, version: int) -> bool:
        """Whether this one is drawn for ``audit`` or ``second``."""
        share = self.audit if kind == "audit" else self.second
        written = "\0".join((kind, site, external_id, str(version)))
        digest = hmac.new(
            self.secret, written.encode("utf-8", "surrogatepass"), hashlib.sha256
        ).digest()
        return int.from_bytes(digest[:8]) < share * 2**64


@dataclass(frozen=True, slots=True)
class Incoming:
    """A version that was just stored.

    Attributes:
        same_text: only what is known about the comment changed, not what it says.
    """

    stored: StoredComment
    comment_id: int
    version_id: int
    same_text: bool


def queue_up(connection: Connection, incoming: Sequence[Incoming], sampling: Sampling) -> None:
    """Put new versions into the queue where a human has to look, in the caller's transaction.

    An older text of the same comment waits no longer. The same text keeps its place, its
    level and whoever is looking at it.
    """
    items, prints = list[dict[str, Any]](), list[dict[str, int]]()
    for new in incoming:
        kind = _kind(new.stored, sampling)
        waits_already = new.stored.version > 1 and _move_on(connection, new, kind)
        if kind is None or waits_already:
            continue
        share = sampling.audit if kind == "audit" else None
        items.append(_item_row(new.stored, new.comment_id, new.version_id, kind, share))
        facts = new.stored.facts
        normalized = facts.normalized if facts else ""
        prints += fingerprint_rows(normalized or new.stored.comment.text, new.version_id)
    if items:
        connection.execute(insert(queue_items), items)
    if prints:
        connection.execute(insert_new(connection, fingerprints), prints)


def _move_on(connection: Connection, new: Incoming, kind: str | None) -> bool:
    """What becomes of items of the version before; true where one goes on with the new one."""
    waiting = and_(
        queue_items.c.comment_id == new.comment_id,
        queue_items.c.state == "open",
        queue_items.c.version_id != new.version_id,
    )
    goes_on = new.same_text and kind is not None and _carry_on(connection, waiting, new, kind)
    connection.execute(update(queue_items).where(waiting).values(VOID))
    return goes_on


def _carry_on(
    connection: Connection, waiting: ColumnElement[bool], new: Incoming, kind: str
) -> bool:
    """Let a waiting item be about the new version; false where none waits."""
    item = connection.execute(
        select(queue_items.c.id, queue_items.c.created_at)
        .where(waiting, queue_items.c.kind == kind)
        .with_for_update()
    ).one_or_none()
    if item is None:
        return False
    row = _item_row(new.stored, new.comment_id, new.version_id, kind, None)
    changed = ("version_id", "queue", "code", "rule", "section", "score")
    connection.execute(
        update(queue_items)
        .where(queue_items.c.id == item.id)
        .values(
            # Its time of waiting still counts.
            rank=_rank(new.stored, kind, item.created_at),
            **{name: row[name] for name in changed},
        )
    )
    return True


def _rank(stored: StoredComment, kind: str, since: datetime) -> float:
    priority = stored.decision.priority if kind == "review" else None
    return rank(kind, since, priority, _score(stored, kind), stored.comment.reports)


def _score(stored: StoredComment, kind: str) -> float | None:
    return stored.decision.reasons[0].score if kind == "review" else None


def _kind(stored: StoredComment, sampling: Sampling) -> str | None:
    if stored.decision.action is Action.REVIEW:
        return "review"
    drawn = sampling.draws("audit", stored.site, stored.comment.id or "", stored.version)
    return "audit" if drawn else None


def _item_row(
    stored: StoredComment, comment_id: int, version_id: int, kind: str, share: float | None
) -> dict[str, Any]:
    decision = stored.decision
    first = decision.reasons[0]
    return {
        "kind": kind,
        "state": "open",
        "site": stored.site,
        "comment_id": comment_id,
        "version_id": version_id,
        "level": 0,
        "rank": _rank(stored, kind, stored.received_at),
        "queue": decision.queue,
        "code": first.code,
        "rule": first.rule,
        "section": stored.comment.context.section,
        "language": stored.facts.language if stored.facts else "und",
        "score": _score(stored, kind),
        "propensity": share,
        "created_at": stored.received_at,
    }
