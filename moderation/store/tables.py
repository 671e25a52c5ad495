"""The tables. History is only ever added to: triggers refuse the rest (see migrations)."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Named,
    Table,
    Text,
    TypedColumns,
    TypeDecorator,
    UniqueConstraint,
)

from moderation.store.encoding import loaded_text, stored_text


class StoredText(TypeDecorator[str]):
    """Any Python string, see ``encoding``."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Escape on the way in, search terms included."""
        return None if value is None else stored_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Undo it on the way out."""
        return None if value is None else loaded_text(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware point in time, to the microsecond; SQLite itself knows no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; a naive time is a mistake."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return it in UTC, whatever the server's zone."""
        if value is None or value.tzinfo is not None:
            return None if value is None else value.astimezone(UTC)
        return value.replace(tzinfo=UTC)


# SQLite numbers rows by itself only where the type is spelled INTEGER.
BigKey = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


class CommentColumns(TypedColumns):
    """One row per comment of a site; what it says is in its versions."""

    id: Named[int] = Column(BigKey, primary_key=True)
    site: Named[str] = Column(StoredText)
    external_id: Named[str] = Column(StoredText)
    created_at: Named[datetime] = Column(UtcDateTime)


class VersionColumns(TypedColumns):
    """What a comment said, and under which article, each time it came in changed."""

    id: Named[int] = Column(BigKey, primary_key=True)
    comment_id: Named[int] = Column(BigKey, ForeignKey("comments.id"))
    version: Named[int] = Column(Integer)
    text: Named[str] = Column(StoredText)
    content_sha256: Named[str] = Column(Text)
    title: Named[str | None] = Column(StoredText)
    parent_text: Named[str | None] = Column(StoredText)
    targets: Named[list[str]] = Column(JSON)
    author_hash: Named[str | None] = Column(Text)
    received_at: Named[datetime] = Column(UtcDateTime)
    # Null where the caller does not say, and in what was stored before these were kept.
    article_id: Named[str | None] = Column(StoredText)
    lead: Named[str | None] = Column(StoredText)
    parent_id: Named[str | None] = Column(StoredText)
    section: Named[str | None] = Column(StoredText)


class ScoreColumns(TypedColumns):
    """What a model made of one version."""

    id: Named[int] = Column(BigKey, primary_key=True)
    version_id: Named[int] = Column(BigKey, ForeignKey("comment_versions.id"))
    model_id: Named[str] = Column(StoredText)
    model_sha256: Named[str] = Column(Text)
    attributes: Named[dict[str, float | None]] = Column(JSON)
    sentiment: Named[dict[str, float] | None] = Column(JSON(none_as_null=True))
    stance: Named[list[dict[str, Any]]] = Column(JSON)
    truncated: Named[bool] = Column(Boolean)
    # Of a disguised text: what each of its forms scored.
    forms: Named[dict[str, dict[str, float | None]] | None] = Column(JSON(none_as_null=True))
    scored_at: Named[datetime] = Column(UtcDateTime)


class DecisionColumns(TypedColumns):
    """What was decided on one version; ``rule`` and ``threshold`` are of the first reason."""

    id: Named[int] = Column(BigKey, primary_key=True)
    version_id: Named[int] = Column(BigKey, ForeignKey("comment_versions.id"))
    score_id: Named[int | None] = Column(BigKey, ForeignKey("scores.id"))
    action: Named[str] = Column(Text)
    policy_id: Named[str] = Column(StoredText)
    policy_version: Named[int] = Column(Integer)
    policy_sha256: Named[str] = Column(Text)
    rule: Named[str] = Column(StoredText)
    threshold: Named[float | None] = Column(Double)
    reasons: Named[list[dict[str, Any]]] = Column(JSON)
    # Null in what was decided before these were kept.
    queue: Named[str | None] = Column(StoredText)
    priority: Named[int | None] = Column(Integer)
    notes: Named[list[dict[str, Any]] | None] = Column(JSON(none_as_null=True))
    shadow: Named[list[dict[str, Any]] | None] = Column(JSON(none_as_null=True))
    notice: Named[dict[str, str] | None] = Column(JSON(none_as_null=True))
    facts: Named[dict[str, Any] | None] = Column(JSON(none_as_null=True))
    spans: Named[list[list[int]] | None] = Column(JSON(none_as_null=True))
    # "policy" or "human"; then account_id says who.
    decided_by: Named[str] = Column(Text)
    decided_at: Named[datetime] = Column(UtcDateTime)
    account_id: Named[int | None] = Column(BigKey)
    # The human decision that this one takes back or changes.
    replaces_id: Named[int | None] = Column(BigKey)
    batch_id: Named[int | None] = Column(BigKey)


class PolicyColumns(TypedColumns):
    """A policy as it was used with a model: all that a replay needs."""

    id: Named[int] = Column(BigKey, primary_key=True)
    policy_id: Named[str] = Column(StoredText)
    version: Named[int] = Column(Integer)
    sha256: Named[str] = Column(Text)
    model_sha256: Named[str] = Column(Text)
    text: Named[str] = Column(StoredText)
    points: Named[dict[str, dict[str, Any]]] = Column(JSON)
    stored_at: Named[datetime] = Column(UtcDateTime)


class KeyColumns(TypedColumns):
    """API keys; the secret itself is nowhere."""

    id: Named[int] = Column(BigKey, primary_key=True)
    name: Named[str] = Column(StoredText, unique=True)
    key_sha256: Named[str] = Column(Text, unique=True)
    scopes: Named[list[str]] = Column(JSON)
    created_at: Named[datetime] = Column(UtcDateTime)
    revoked_at: Named[datetime | None] = Column(UtcDateTime)


comments = Table("comments", metadata, CommentColumns, UniqueConstraint("site", "external_id"))
comment_versions = Table(
    "comment_versions",
    metadata,
    VersionColumns,
    UniqueConstraint("comment_id", "version"),
    CheckConstraint("version >= 1", name="version"),
)
Index(None, comment_versions.c.author_hash)
Index(None, comment_versions.c.article_id)
scores = Table("scores", metadata, ScoreColumns, Index(None, "version_id"))
decisions = Table(
    "decisions",
    metadata,
    DecisionColumns,
    Index(None, "version_id"),
    Index(None, "decided_at"),
    Index(None, "batch_id"),
)
policies = Table(
    "policies", metadata, PolicyColumns, UniqueConstraint("sha256", "model_sha256")
)
api_keys = Table("api_keys", metadata, KeyColumns)
