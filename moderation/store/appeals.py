"""Appeals of authors: looked at by somebody else than the one who decided."""

from datetime import datetime

from sqlalchemy import Engine, insert, select

from moderation.errors import ConflictError, NotFoundError
from moderation.store import audit
from moderation.store.engine import writing
from moderation.store.opinions import latest_decision
from moderation.store.ranking import rank
from moderation.store.room_tables import queue_items
from moderation.store.tables import comment_versions, comments


def appeal(engine: Engine, site: str, external_id: str, now: datetime) -> None:
    """Put a rejected comment before somebody else; asking twice changes nothing.

    Raises:
        NotFoundError: there is no such comment.
        ConflictError: ``not_rejected``, or ``appeal_decided``: it was looked at again already.
    """
    with writing(engine) as connection:
        version = connection.execute(
            select(comment_versions)
            .join(comments, comments.c.id == comment_versions.c.comment_id)
            .where(comments.c.site == site, comments.c.external_id == external_id)
            .order_by(comment_versions.c.version.desc())
            .limit(1)
            .with_for_update(of=comment_versions)
        ).one_or_none()
        if version is None:
            raise NotFoundError("There is no comment with this id.")
        known = connection.execute(
            select(queue_items.c.state)
            .where(queue_items.c.version_id == version.id, queue_items.c.kind == "appeal")
        ).one_or_none()  # fmt: skip
        if known is not None:
            if known.state == "open":
                return
            raise ConflictError("This was looked at again already.", "appeal_decided")
        decision = latest_decision(connection, version.id)
        if decision["action"] != "reject":
            raise ConflictError("Only rejected comments are appealed.", "not_rejected")
        first = decision["reasons"][0]
        connection.execute(
            insert(queue_items),
            {
                "kind": "appeal",
                "state": "open",
                "site": site,
                "comment_id": version.comment_id,
                "version_id": version.id,
                "level": 0,
                "rank": rank("appeal", now),
                "queue": None,
                "code": first["code"],
                "rule": decision["rule"],
                "section": version.section,
                "language": (decision["facts"] or {}).get("language", "und"),
                "excluded_id": decision["account_id"],
                "created_at": now,
            },
        )
        audit.append(connection, "appealed", None, now, version_id=version.id)
