"""Comments and their decisions: written once, never changed."""

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select

from moderation.domain import Comment, Moderated
from moderation.errors import InvalidInputError
from moderation.store.encoding import stored_text
from moderation.store.engine import insert_new, reading, writing
from moderation.store.intake import Incoming, Sampling, queue_up
from moderation.store.records import (
    StoredComment,
    comment_from,
    decision_row,
    scores_row,
    select_versions,
    version_from,
    version_row,
)
from moderation.store.tables import comment_versions, comments, decisions, scores

# As stored, in UTF-8: together they must fit into an index entry of PostgreSQL (2.7 kB).
MAX_ID_BYTES = 1024


def content_digest(comment: Comment) -> str:
    """SHA-256, in hex, over what the model reads: text and stance targets."""
    return hashlib.sha256(_content(comment)).hexdigest()


def _content(comment: Comment) -> bytes:
    """What the model reads of a comment, text and stance targets, as bytes."""
    content = [comment.text, list(comment.context.targets)]
    # Raw surrogates, not \u escapes: two lone ones must differ from the pair they resemble.
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")


class CommentStore:
    """The comments of all sites.

    Args:
        engine: from ``open_engine``, its tables migrated.
        author_secret: key of the hash under which author ids are stored.
        mask: what a text goes through before it is written, keeping its length.
        sampling: which automatic decisions people look at as well; default: none.

    Every method raises ``StoreUnavailableError`` when the database cannot be used;
    then nothing was written, and a later call works again.
    """

    def __init__(
        self,
        engine: Engine,
        author_secret: bytes,
        mask: Callable[[str], str] = str,
        sampling: Sampling | None = None,
    ) -> None:
        if not author_secret:
            raise ValueError("author_secret is empty")
        self._engine = engine
        self._author_secret = author_secret
        self._mask = mask
        self._sampling = sampling or Sampling(author_secret)

    def find(self, site: str, external_ids: Sequence[str]) -> dict[str, StoredComment]:
        """Return the latest version of each comment that is known, by id."""
        with reading(self._engine) as connection:
            return _latest(connection, site, external_ids)

    def get(
        self, site: str, external_id: str, decided_by: str | None = None
    ) -> StoredComment | None:
        """Return one comment with its whole history.

        Args:
            decided_by: with the decisions of the ``policy`` alone; default: those that stand.
        """
        with reading(self._engine) as connection:
            rows = connection.execute(
                select_versions(decided_by)
                .where(comments.c.site == site, comments.c.external_id == external_id)
                .order_by(comment_versions.c.version)
            ).all()
        if not rows:
            return None
        return comment_from(rows[-1], tuple(version_from(row) for row in rows))

    def record(
        self, site: str, moderated: Sequence[Moderated], now: datetime | None = None
    ) -> list[StoredComment]:
        """Store comments with their decisions, all of them or none.

        What the policy leaves to people waits in the queue from then on.

        A comment that says the same as its latest stored version is not stored
        again: its stored decision stands, and is returned. Different content
        becomes a new version beside the old ones.

        Args:
            site: whose comments these are; ids are unique within it.
            moderated: a comment without an id gets one ("m-" and 32 hex digits).
            now: when they came in, aware; default: the time of the call.

        Returns:
            one entry per item, in the same order.

        Raises:
            InvalidInputError: an id or the site's name is too long.
        """
        items = [_with_id(item) for item in moderated]
        ids = [item.comment.id or "" for item in items]
        _check_lengths(site, ids)
        if not items:
            return []
        now = now or datetime.now(UTC)
        results, added = list[StoredComment](), list[StoredComment]()
        reconsidered = set[str]()
        with writing(self._engine) as connection:
            comment_ids = _lock(connection, site, ids, now)
            latest = _latest(connection, site, ids)
            for external_id, item in zip(ids, items, strict=True):
                known = latest.get(external_id)
                stored = self._new_version(site, item, known, now)
                if known and self.is_unchanged(known, item.comment):
                    stored = known
                else:
                    added.append(stored)
                    if known and known.content_sha256 == stored.content_sha256:
                        reconsidered.add(external_id)
                latest[external_id] = stored
                results.append(stored)
            if added:
                version_ids = _insert(connection, added, comment_ids)
                incoming = [
                    Incoming(
                        stored,
                        comment_ids[stored.comment.id or ""],
                        version_id,
                        same_text=stored.comment.id in reconsidered,
                    )
                    for stored, version_id in zip(added, version_ids, strict=True)
                ]
                queue_up(connection, incoming, self._sampling)
        return results

    def _new_version(
        self, site: str, item: Moderated, known: StoredComment | None, now: datetime
    ) -> StoredComment:
        return StoredComment(
            comment=self._kept(item.comment),
            scores=item.scores,
            decision=item.decision,
            version=known.version + 1 if known else 1,
            content_sha256=self.content_hash(item.comment),
            author_hash=self.author_hash(item.comment.author_id),
            received_at=now,
            decided_at=now,
            facts=item.facts,
            spans=item.spans,
            decided_by=None,
            site=site,
        )

    def _kept(self, comment: Comment) -> Comment:
        parent = comment.context.parent
        context = replace(
            comment.context, parent=None if parent is None else self._mask(parent)
        )
        return replace(comment, text=self._mask(comment.text), context=context, author_id=None)

    def content_hash(self, comment: Comment) -> str:
        """The content's digest; a keyed one where personal data is starred out in the text.

        It could be guessed from a plain one, number by number.
        """
        if self._mask(comment.text) == comment.text:
            return content_digest(comment)
        return hmac.new(self._author_secret, _content(comment), hashlib.sha256).hexdigest()

    def is_unchanged(self, stored: StoredComment, comment: Comment) -> bool:
        """Whether a stored decision still answers a comment: same content, same given facts.

        What people decided on a text stands, whatever else the caller says of it now.
        """
        if self.content_hash(comment) != stored.content_sha256:
            return False
        return stored.decided_by is not None or _given(stored.comment) == _given(comment)

    def author_hash(self, author_id: str | None) -> str | None:
        """The keyed hash under which an author is known here."""
        if author_id is None:
            return None
        written = author_id.encode("utf-8", "surrogatepass")
        return hmac.new(self._author_secret, written, hashlib.sha256).hexdigest()


def _given(comment: Comment) -> tuple[str | None, int | None]:
    """What the caller says beside the text: new reports call for a new decision."""
    return comment.context.section, comment.reports


def _with_id(item: Moderated) -> Moderated:
    if item.comment.id is not None:
        return item
    return replace(item, comment=replace(item.comment, id=f"m-{uuid.uuid4().hex}"))


def _check_lengths(site: str, ids: Sequence[str]) -> None:
    for field, value in (("site", site), *(("id", external_id) for external_id in ids)):
        if len(stored_text(value).encode()) > MAX_ID_BYTES:
            raise InvalidInputError(
                f"The {field} is longer than {MAX_ID_BYTES} bytes.", field=field
            )


def _latest(
    connection: Connection, site: str, external_ids: Sequence[str]
) -> dict[str, StoredComment]:
    newest = (
        select(func.max(comment_versions.c.version))
        .where(comment_versions.c.comment_id == comments.c.id)
        .correlate(comments)
        .scalar_subquery()
    )
    rows = connection.execute(
        select_versions()
        .where(comments.c.site == site, comments.c.external_id.in_(set(external_ids)))
        .where(comment_versions.c.version == newest)
    )
    return {row.external_id: comment_from(row) for row in rows}


def _lock(
    connection: Connection, site: str, external_ids: Sequence[str], now: datetime
) -> dict[str, int]:
    """Make the comments' rows where missing, and hold them until the transaction ends.

    Whoever comes second waits here and then finds the first one's decision. All
    take the rows in the same order, or two requests could wait for each other.
    """
    ordered = sorted(set(external_ids))
    connection.execute(
        insert_new(connection, comments),
        [{"site": site, "external_id": each, "created_at": now} for each in ordered],
    )
    rows = connection.execute(
        select(comments.c.external_id, comments.c.id)
        .where(comments.c.site == site, comments.c.external_id.in_(ordered))
        .order_by(comments.c.external_id)
        # The room holds items of the queue and refers to these rows: it must not wait for us.
        .with_for_update(key_share=True)
    )
    return {row.external_id: row.id for row in rows}


def _insert(
    connection: Connection, added: Sequence[StoredComment], comment_ids: dict[str, int]
) -> list[int]:
    """Insert versions, scores and decisions; returns the versions' ids in order."""
    keys = [(comment_ids[stored.comment.id or ""], stored.version) for stored in added]
    versions = comment_versions.c
    version_ids = {
        (row.comment_id, row.version): row.id
        for row in connection.execute(
            insert(comment_versions).returning(
                versions.id, versions.comment_id, versions.version
            ),
            [version_row(stored, key[0]) for key, stored in zip(keys, added, strict=True)],
        )
    }
    score_ids = _insert_scores(connection, added, [version_ids[key] for key in keys])
    connection.execute(
        insert(decisions),
        [
            decision_row(stored, version_ids[key], score_ids.get(version_ids[key]))
            for key, stored in zip(keys, added, strict=True)
        ],
    )
    return [version_ids[key] for key in keys]


def _insert_scores(
    connection: Connection, added: Sequence[StoredComment], version_ids: Sequence[int]
) -> dict[int, int]:
    """Insert what was scored; returns the ids by version id."""
    rows: list[dict[str, Any]] = [
        scores_row(stored.scores, version_id, stored.decided_at)
        for version_id, stored in zip(version_ids, added, strict=True)
        if stored.scores is not None
    ]
    if not rows:
        return {}
    returned = connection.execute(
        insert(scores).returning(scores.c.version_id, scores.c.id), rows
    )
    return {row.version_id: row.id for row in returned}
