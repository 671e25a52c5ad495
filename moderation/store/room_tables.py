"""The tables of the moderators' room: people, what waits for them, what left the house."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    Named,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    text,
)

from moderation.store.tables import BigKey, StoredText, UtcDateTime, metadata


class AccountColumns(TypedColumns):
    """People. They are switched off, never deleted: decisions carry their ids."""

    id: Named[int] = Column(BigKey, primary_key=True)
    name: Named[str] = Column(StoredText, unique=True)
    display_name: Named[str] = Column(StoredText)
    # Null until the one-time link was used.
    password_hash: Named[str | None] = Column(Text)
    roles: Named[list[str]] = Column(JSON)
    # Empty: every site.
    sites: Named[list[str]] = Column(JSON)
    preferences: Named[dict[str, Any]] = Column(JSON)
    created_at: Named[datetime] = Column(UtcDateTime)
    disabled_at: Named[datetime | None] = Column(UtcDateTime)


class InvitationColumns(TypedColumns):
    """One-time links; the token itself is nowhere. Without an account: the first run."""

    id: Named[int] = Column(BigKey, primary_key=True)
    account_id: Named[int | None] = Column(BigKey, ForeignKey("accounts.id"))
    token_sha256: Named[str] = Column(Text, unique=True)
    created_at: Named[datetime] = Column(UtcDateTime)
    expires_at: Named[datetime] = Column(UtcDateTime)
    used_at: Named[datetime | None] = Column(UtcDateTime)


class SessionColumns(TypedColumns):
    """Who is signed in where; the token itself is only in the browser's cookie."""

    token_sha256: Named[str] = Column(Text, primary_key=True)
    account_id: Named[int] = Column(BigKey, ForeignKey("accounts.id"))
    created_at: Named[datetime] = Column(UtcDateTime)
    seen_at: Named[datetime] = Column(UtcDateTime)
    expires_at: Named[datetime] = Column(UtcDateTime)


class AttemptColumns(TypedColumns):
    """Failed sign-ins by hashed name and address, known names or not."""

    key: Named[str] = Column(Text, primary_key=True)
    failures: Named[int] = Column(Integer)
    last_at: Named[datetime] = Column(UtcDateTime)
    locked_until: Named[datetime | None] = Column(UtcDateTime)


class ItemColumns(TypedColumns):
    """A version that waits for a human, and what became of it.

    ``kind``: ``review`` (flagged), ``audit`` (random slice of automatic decisions),
    ``second`` (blind second opinion), ``appeal``. ``state``: ``open``, ``done``, ``void``
    (the comment was edited). Claimed is an open item whose lease has not run out.
    """

    id: Named[int] = Column(BigKey, primary_key=True)
    kind: Named[str] = Column(Text)
    state: Named[str] = Column(Text)
    site: Named[str] = Column(StoredText)
    comment_id: Named[int] = Column(BigKey, ForeignKey("comments.id"))
    version_id: Named[int] = Column(BigKey, ForeignKey("comment_versions.id"))
    # 0: any moderator; 1: escalated, leads only.
    level: Named[int] = Column(Integer)
    # The highest comes first, see ``ranking``.
    rank: Named[float] = Column(Double)
    queue: Named[str | None] = Column(StoredText)
    code: Named[str] = Column(Text)
    rule: Named[str] = Column(StoredText)
    section: Named[str | None] = Column(StoredText)
    language: Named[str] = Column(Text)
    score: Named[float | None] = Column(Double)
    # With what probability a random item was drawn.
    propensity: Named[float | None] = Column(Double)
    # Who must not look at it: the first decider.
    excluded_id: Named[int | None] = Column(BigKey, ForeignKey("accounts.id"))
    holder_id: Named[int | None] = Column(BigKey, ForeignKey("accounts.id"))
    lease_until: Named[datetime | None] = Column(UtcDateTime)
    created_at: Named[datetime] = Column(UtcDateTime)
    claimed_at: Named[datetime | None] = Column(UtcDateTime)
    # The last verdict, kept here for queries; decisions and the audit log are the record.
    decided_at: Named[datetime | None] = Column(UtcDateTime)
    decided_by_id: Named[int | None] = Column(BigKey, ForeignKey("accounts.id"))
    action: Named[str | None] = Column(Text)
    reason: Named[str | None] = Column(Text)
    decision_id: Named[int | None] = Column(BigKey, ForeignKey("decisions.id"))
    batch_id: Named[int | None] = Column(BigKey, ForeignKey("batches.id"))


class SkipColumns(TypedColumns):
    """Whom an item is not offered again for a while."""

    item_id: Named[int] = Column(BigKey, ForeignKey("queue_items.id"), primary_key=True)
    account_id: Named[int] = Column(BigKey, ForeignKey("accounts.id"), primary_key=True)
    until: Named[datetime] = Column(UtcDateTime)


class BatchColumns(TypedColumns):
    """Many items decided at once, and whether that was taken back."""

    id: Named[int] = Column(BigKey, primary_key=True)
    account_id: Named[int] = Column(BigKey, ForeignKey("accounts.id"))
    action: Named[str] = Column(Text)
    reason: Named[str] = Column(Text)
    filters: Named[dict[str, Any]] = Column(JSON)
    size: Named[int] = Column(Integer)
    sites: Named[list[str]] = Column(JSON)
    created_at: Named[datetime] = Column(UtcDateTime)
    undone_at: Named[datetime | None] = Column(UtcDateTime)
    undone_by_id: Named[int | None] = Column(BigKey, ForeignKey("accounts.id"))


class CorrectionColumns(TypedColumns):
    """Where a human disagrees with the model: a training row."""

    id: Named[int] = Column(BigKey, primary_key=True)
    version_id: Named[int] = Column(BigKey, ForeignKey("comment_versions.id"))
    account_id: Named[int] = Column(BigKey, ForeignKey("accounts.id"))
    model_id: Named[str | None] = Column(StoredText)
    model_sha256: Named[str | None] = Column(Text)
    labels: Named[dict[str, int]] = Column(JSON)
    sentiment: Named[str | None] = Column(Text)
    # By target: favor, against or neutral.
    stance: Named[dict[str, str]] = Column(JSON)
    # Code points, or null where the marks were not touched.
    spans: Named[list[list[int]] | None] = Column(JSON(none_as_null=True))
    created_at: Named[datetime] = Column(UtcDateTime)


class NoteColumns(TypedColumns):
    """Remarks of moderators for each other, on a comment or its author."""

    id: Named[int] = Column(BigKey, primary_key=True)
    site: Named[str] = Column(StoredText)
    comment_id: Named[int] = Column(BigKey, ForeignKey("comments.id"))
    # Set: it is about the author and shown with all their comments.
    author_hash: Named[str | None] = Column(Text)
    account_id: Named[int] = Column(BigKey, ForeignKey("accounts.id"))
    text: Named[str] = Column(StoredText)
    created_at: Named[datetime] = Column(UtcDateTime)


class FingerprintColumns(TypedColumns):
    """Bands of the MinHash of a text: equal bands mean similar texts."""

    band: Named[int] = Column(Integer, primary_key=True)
    value: Named[int] = Column(BigInteger, primary_key=True)
    version_id: Named[int] = Column(BigKey, ForeignKey("comment_versions.id"), primary_key=True)


class AuditColumns(TypedColumns):
    """What people did. Each row's hash covers the row before it."""

    id: Named[int] = Column(BigKey, primary_key=True)
    at: Named[datetime] = Column(UtcDateTime)
    account_id: Named[int | None] = Column(BigKey, ForeignKey("accounts.id"))
    event: Named[str] = Column(Text)
    # Canonical JSON, kept as written so that its hash can be made again.
    details: Named[str] = Column(StoredText)
    previous: Named[str] = Column(Text)
    sha256: Named[str] = Column(Text, unique=True)


class AuditHeadColumns(TypedColumns):
    """One row: the end of the chain, so that a cut-off tail is noticed."""

    id: Named[int] = Column(Integer, primary_key=True)
    entries: Named[int] = Column(BigInteger)
    sha256: Named[str] = Column(Text)


class EndpointColumns(TypedColumns):
    """Where decisions are sent."""

    id: Named[int] = Column(BigKey, primary_key=True)
    site: Named[str] = Column(StoredText)
    url: Named[str] = Column(StoredText)
    # Needed in the clear to sign with.
    secret: Named[str] = Column(Text)
    created_at: Named[datetime] = Column(UtcDateTime)
    disabled_at: Named[datetime | None] = Column(UtcDateTime)


class OutboxColumns(TypedColumns):
    """Messages, written in the transaction of what they tell; ``pending``, ``sent``,
    ``failed`` or ``cancelled``."""

    id: Named[int] = Column(BigKey, primary_key=True)
    endpoint_id: Named[int] = Column(BigKey, ForeignKey("webhook_endpoints.id"))
    message_id: Named[str] = Column(Text, unique=True)
    type: Named[str] = Column(Text)
    payload: Named[str] = Column(StoredText)
    decision_id: Named[int | None] = Column(BigKey, ForeignKey("decisions.id"))
    state: Named[str] = Column(Text)
    attempts: Named[int] = Column(Integer)
    created_at: Named[datetime] = Column(UtcDateTime)
    # Not before this; while it is being sent, the time at which another may try.
    due_at: Named[datetime] = Column(UtcDateTime)


class DeliveryColumns(TypedColumns):
    """Every attempt to send a message."""

    id: Named[int] = Column(BigKey, primary_key=True)
    outbox_id: Named[int] = Column(BigKey, ForeignKey("outbox.id"))
    at: Named[datetime] = Column(UtcDateTime)
    # Null where no answer came.
    status: Named[int | None] = Column(Integer)
    error: Named[str | None] = Column(Text)
    ms: Named[int] = Column(Integer)


accounts = Table("accounts", metadata, AccountColumns)
invitations = Table("invitations", metadata, InvitationColumns)
sessions = Table("sessions", metadata, SessionColumns, Index(None, "account_id"))
attempts = Table("sign_in_attempts", metadata, AttemptColumns, Index(None, "last_at"))
batches = Table("batches", metadata, BatchColumns)
queue_items = Table(
    "queue_items",
    metadata,
    ItemColumns,
    UniqueConstraint("version_id", "kind"),
    CheckConstraint("state IN ('open', 'done', 'void')", name="state"),
    CheckConstraint("kind IN ('review', 'audit', 'second', 'appeal')", name="kind"),
    Index(None, "comment_id"),
    Index(None, "decided_at"),
    Index(None, "created_at"),
)
# Open items alone, best first: claiming stays fast however much was decided before.
Index(
    "ix_queue_items_open",
    queue_items.c.rank.desc(),
    postgresql_where=text("state = 'open'"),
    sqlite_where=text("state = 'open'"),
)
Index(
    "ix_queue_items_held",
    queue_items.c.holder_id,
    postgresql_where=text("state = 'open' AND holder_id IS NOT NULL"),
    sqlite_where=text("state = 'open' AND holder_id IS NOT NULL"),
)
skips = Table("skips", metadata, SkipColumns)
corrections = Table("corrections", metadata, CorrectionColumns, Index(None, "version_id"))
notes = Table(
    "notes", metadata, NoteColumns, Index(None, "comment_id"), Index(None, "author_hash")
)
fingerprints = Table("fingerprints", metadata, FingerprintColumns, Index(None, "version_id"))
audit_log = Table("audit_log", metadata, AuditColumns)
audit_head = Table("audit_head", metadata, AuditHeadColumns)
endpoints = Table("webhook_endpoints", metadata, EndpointColumns)
outbox = Table(
    "outbox",
    metadata,
    OutboxColumns,
    Index(None, "state", "due_at"),
    Index(None, "decision_id"),
)
deliveries = Table("deliveries", metadata, DeliveryColumns, Index(None, "outbox_id"))
