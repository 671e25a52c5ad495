"""The log of what people did: what tampering it shows, and that it stays one chain."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select, text, update

from moderation.domain import Comment, Moderated
from moderation.errors import ConflictError
from moderation.store import (
    Account,
    CommentStore,
    newest_entries,
    reading,
    verify_audit,
    writing,
)
from moderation.store.audit import BEGINNING, append, decision_details
from moderation.store.room_tables import audit_head, audit_log
from moderation.store.tables import decisions

from .people import NOW, make_account
from .samples import REJECT, SCORES, SITE

Tamper = Callable[[Connection], None]


def with_rights(engine: Engine, tamper: Tamper, *tables: str) -> None:
    """Do what only the owner of the database can: without the triggers."""
    with writing(engine) as connection:
        for table in tables:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            else:
                for change in ("update", "delete"):
                    connection.execute(text(f"DROP TRIGGER {table}_refuse_{change}"))
        tamper(connection)


def log_some(engine: Engine, count: int = 5) -> None:
    """Entries of somebody at the command line."""
    for number in range(count):
        with writing(engine) as connection:
            append(connection, "counted", None, NOW + timedelta(seconds=number), n=number)


def ids(engine: Engine) -> list[int]:
    """Of all entries, oldest first."""
    return [entry.id for entry in reversed(newest_entries(engine, None, 1000))]


def decide(engine: Engine, account: Account, *, logged: bool = True) -> int:
    """A human's decision on a new comment, as verdicts are stored."""
    store = CommentStore(engine, b"secret")
    with reading(engine) as connection:
        number = len(connection.execute(select(decisions.c.id)).all())
    comment = Comment("تعليق", id=f"c{number}")
    store.save(SITE, [Moderated(comment, SCORES, REJECT)])
    with writing(engine) as connection:
        row = dict(
            connection.execute(select(decisions).order_by(decisions.c.id.desc()).limit(1))
            .mappings()
            .one()
        )
        row |= {"decided_by": "human", "account_id": account.id, "decided_at": NOW}
        del row["id"]
        row["id"] = connection.execute(insert(decisions).returning(decisions.c.id), row).scalar()
        if logged:
            append(connection, "decided", account.id, NOW, decision=decision_details(row))
    decision_id = row["id"]
    assert isinstance(decision_id, int)
    return decision_id
