"""The log of what people did: only ever added to, each entry's hash covering the one before."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, text, update

from moderation.store.engine import reading
from moderation.store.room_tables import audit_head, audit_log
from moderation.store.tables import decisions

BEGINNING = "0" * 64
_AT_ONCE = 1000
# What an entry about one decision says of it; verification compares it with the decision.
_DECISION_FIELDS = (
    "id",
    "version_id",
    "action",
    "rule",
    "account_id",
    "replaces_id",
    "batch_id",
)


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a check of the log found.

    Attributes:
        entries: how many were read.
        head: hash of the last one; noted elsewhere, it proves later that nothing before it
            was changed.
        problems: one line each; none where all is well.
    """

    entries: int
    head: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What somebody did.

    Attributes:
        account_id: ``None``: the command line, or another system.
        details: JSON, as it is covered by the hash.
    """

    id: int
    at: datetime
    account_id: int | None
    event: str
    details: str
    sha256: str


def append(
    connection: Connection,
    event: str,
    account_id: int | None,
    now: datetime,
    **details: Any,
) -> None:
    """Add an entry, in the transaction of what it tells.

    Entries are written one after the other: whoever comes second waits here until the first
    one's transaction has ended. Call it last.
    """
    head = connection.execute(
        select(audit_head).where(audit_head.c.id == 1).with_for_update()
    ).one()
    written = json.dumps(details, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = _digest(head.sha256, now, account_id, event, written)
    connection.execute(
        insert(audit_log),
        {
            "at": now,
            "account_id": account_id,
            "event": event,
            "details": written,
            "previous": head.sha256,
            "sha256": digest,
        },
    )
    connection.execute(
        update(audit_head)
        .where(audit_head.c.id == 1)
        .values(entries=head.entries + 1, sha256=digest)
    )


def decision_details(row: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry keeps of a human decision."""
    return {name: row.get(name) for name in _DECISION_FIELDS}


def newest_entries(engine: Engine, before: int | None, limit: int) -> list[AuditEntry]:
    """The newest entries first, or the newest of those older than entry ``before``."""
    older = [] if before is None else [audit_log.c.id < before]
    with reading(engine) as connection:
        rows = connection.execute(
            select(audit_log).where(*older).order_by(audit_log.c.id.desc()).limit(limit)
        )
        return [
            AuditEntry(row.id, row.at, row.account_id, row.event, row.details, row.sha256)
            for row in rows
        ]


def batch_digest(rows: Iterable[Mapping[str, Any]]) -> str:
    """SHA-256 over what an entry would keep of each decision of a batch, by their ids."""
    kept = sorted((decision_details(row) for row in rows), key=lambda details: details["id"])
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def verify(engine: Engine, expected: str | None = None) -> AuditReport:
    """Follow the chain from its beginning, and compare it with the decisions it tells of.

    Args:
        expected: a head noted earlier, which must still be in the chain.
    """
    with reading(engine) as connection:
        if connection.dialect.name == "postgresql":
            # One point in time for all that is read; on SQLite every transaction is one.
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        check = _Check(connection)
        check.follow()
        check.compare_decisions()
    if expected is not None and expected not in check.seen:
        check.problems.append(f"the noted head {expected[:12]}… is not in the chain")
    return AuditReport(check.entries, check.head, tuple(check.problems))


class _Check:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.entries, self.head = 0, BEGINNING
        self.seen = {BEGINNING}
        self.problems: list[str] = []
        self._told: dict[int, dict[str, Any]] = {}
        self._told_batches: dict[int, str] = {}

    def follow(self) -> None:
        """Read every entry, and compare the last one with the end that is noted."""
        last = 0
        while rows := self._connection.execute(
            select(audit_log)
            .where(audit_log.c.id > last)
            .order_by(audit_log.c.id)
            .limit(_AT_ONCE)
        ).all():
            for row in rows:
                self._entry(row)
            last = rows[-1].id
        end = self._connection.execute(select(audit_head)).one_or_none()
        if end is None:
            self.problems.append("the end of the chain is not stored")
        elif (end.entries, end.sha256) != (self.entries, self.head):
            self.problems.append(
                f"{end.entries} entries were written, {self.entries} are there, "
                "or the last one is another"
            )

    def _entry(self, row: Any) -> None:
        if row.previous != self.head:
            self.problems.append(f"before entry {row.id} one is missing or was replaced")
        digest = _digest(row.previous, row.at, row.account_id, row.event, row.details)
        if digest != row.sha256:
            self.problems.append(f"entry {row.id} was changed")
        self.entries += 1
        self.head = row.sha256
        self.seen.add(row.sha256)
        if digest != row.sha256:
            return  # what it says proves nothing
        details = json.loads(row.details)
        if "decision" in details:
            self._told[details["decision"]["id"]] = details["decision"]
        if "batch" in details:
            self._told_batches[details["batch"]["id"]] = details["batch"]["sha256"]

    def compare_decisions(self) -> None:
        """Every human decision is told of, and says what was told."""
        in_batches: dict[int, list[Mapping[str, Any]]] = {}
        known = set()
        columns = [decisions.c[name] for name in _DECISION_FIELDS]
        for row in self._connection.execute(
            select(*columns).where(decisions.c.decided_by == "human")
        ).mappings():
            known.add(row["id"])
            if row["batch_id"] is not None:
                in_batches.setdefault(row["batch_id"], []).append(dict(row))
            elif (told := self._told.get(row["id"])) is None:
                self.problems.append(f"decision {row['id']} is not in the log")
            elif told != decision_details(dict(row)):
                self.problems.append(f"decision {row['id']} is not what the log says")
        for missing in self._told.keys() - known:
            self.problems.append(f"decision {missing} is in the log and was removed")
        for batch, digest in self._told_batches.items():
            if batch_digest(in_batches.get(batch, ())) != digest:
                self.problems.append(f"batch {batch} is not what the log says")
        for batch in in_batches.keys() - self._told_batches.keys():
            self.problems.append(f"batch {batch} is not in the log")


def _digest(
    previous: str, at: datetime, account_id: int | None, event: str, details: str
) -> str:
    written = json.dumps([previous, at.isoformat(), account_id, event, details])
    return hashlib.sha256(written.encode()).hexdigest()
