"""From automatic decisions to the queue: what is flagged, and a random slice of the rest."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, update

from moderation.domain import Action
from moderation.store.engine import insert_new
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


def queue_up(
    connection: Connection,
    added: Sequence[StoredComment],
    comment_ids: Mapping[str, int],
    version_ids: Sequence[int],
    sampling: Sampling,
) -> None:
    """Put new versions into the queue where a human has to look, in the caller's transaction.

    An older version of the same comment waits no longer.
    """
    edited = [comment_ids[s.comment.id or ""] for s in added if s.version > 1]
    if edited:
        connection.execute(
            update(queue_items)
            .where(queue_items.c.comment_id.in_(edited), queue_items.c.state == "open")
            .values(state="void", holder_id=None, lease_until=None)
        )
    items, prints = list[dict[str, Any]](), list[dict[str, int]]()
    for stored, version_id in zip(added, version_ids, strict=True):
        kind = _kind(stored, sampling)
        if kind is None:
            continue
        comment_id = comment_ids[stored.comment.id or ""]
        share = sampling.audit if kind == "audit" else None
        items.append(_item_row(stored, comment_id, version_id, kind, share))
        normalized = stored.facts.normalized if stored.facts else ""
        prints += fingerprint_rows(normalized or stored.comment.text, version_id)
    if items:
        connection.execute(insert(queue_items), items)
    if prints:
        connection.execute(insert_new(connection, fingerprints), prints)


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
    priority = decision.priority if kind == "review" else None
    score = first.score if kind == "review" else None
    return {
        "kind": kind,
        "state": "open",
        "site": stored.site,
        "comment_id": comment_id,
        "version_id": version_id,
        "level": 0,
        "rank": rank(kind, stored.received_at, priority, score, stored.comment.reports),
        "queue": decision.queue,
        "code": first.code,
        "rule": first.rule,
        "section": stored.comment.context.section,
        "language": stored.facts.language if stored.facts else "und",
        "score": score,
        "propensity": share,
        "created_at": stored.received_at,
    }
