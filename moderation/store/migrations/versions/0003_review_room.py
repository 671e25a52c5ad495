"""The moderators' room: people, the queue, their verdicts, and messages about them."""

from datetime import UTC
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

APPEND_ONLY = ("corrections", "notes", "audit_log", "deliveries")

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)
# The hash before the first entry of the audit log.
_BEGINNING = "0" * 64
# A waiting comment's rank doubles its worth in this time; older ones have no other weight.
_DOUBLING_S = 21_600


def upgrade() -> None:
    """Create the tables and columns, then the triggers that keep records as they are."""
    _add_columns()
    _create_people()
    _create_queue()
    _create_records()
    _create_webhooks()
    head = sa.table("audit_head", sa.column("id"), sa.column("entries"), sa.column("sha256"))
    op.bulk_insert(head, [{"id": 1, "entries": 0, "sha256": _BEGINNING}])
    for table in APPEND_ONLY:
        _refuse_changes(table)
    _queue_what_was_held()


def _add_columns() -> None:
    op.add_column("comment_versions", sa.Column("article_id", sa.Text()))
    op.add_column("comment_versions", sa.Column("lead", sa.Text()))
    op.add_column("comment_versions", sa.Column("parent_id", sa.Text()))
    op.add_column("comment_versions", sa.Column("section", sa.Text()))
    op.create_index("ix_comment_versions_article_id", "comment_versions", ["article_id"])
    op.add_column("decisions", sa.Column("account_id", _KEY))
    op.add_column("decisions", sa.Column("replaces_id", _KEY))
    op.add_column("decisions", sa.Column("batch_id", _KEY))
    op.create_index("ix_decisions_batch_id", "decisions", ["batch_id"])


def _create_people() -> None:
    """People, their one-time links, sessions and failed sign-ins."""
    op.create_table(
        "accounts",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("sites", sa.JSON(), nullable=False),
        sa.Column("preferences", sa.JSON(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("disabled_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("name", name="uq_accounts_name"),
    )
    op.create_table(
        "invitations",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("account_id", _KEY),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_invitations_account_id_accounts"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("token_sha256", name="uq_invitations_token_sha256"),
    )
    op.create_table(
        "sessions",
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("account_id", _KEY, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_sessions_account_id_accounts"
        ),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_sessions"),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"])
    op.create_table(
        "sign_in_attempts",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", _TIME, nullable=False),
        sa.Column("locked_until", _TIME),
        sa.PrimaryKeyConstraint("key", name="pk_sign_in_attempts"),
    )
    op.create_index("ix_sign_in_attempts_last_at", "sign_in_attempts", ["last_at"])


def _create_queue() -> None:
    """What waits for a human."""
    op.create_table(
        "batches",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("account_id", _KEY, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sites", sa.JSON(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("undone_at", _TIME),
        sa.Column("undone_by_id", _KEY),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_batches_account_id_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["accounts.id"], name="fk_batches_undone_by_id_accounts"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
    )
    op.create_table(
        "queue_items",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("comment_id", _KEY, nullable=False),
        sa.Column("version_id", _KEY, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Double(), nullable=False),
        sa.Column("queue", sa.Text()),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("section", sa.Text()),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("score", sa.Double()),
        sa.Column("propensity", sa.Double()),
        sa.Column("excluded_id", _KEY),
        sa.Column("holder_id", _KEY),
        sa.Column("lease_until", _TIME),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("claimed_at", _TIME),
        sa.Column("decided_at", _TIME),
        sa.Column("decided_by_id", _KEY),
        sa.Column("action", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("decision_id", _KEY),
        sa.Column("batch_id", _KEY),
        sa.CheckConstraint(
            "kind IN ('review', 'audit', 'second', 'appeal')", name="ck_queue_items_kind"
        ),
        sa.CheckConstraint("state IN ('open', 'done', 'void')", name="ck_queue_items_state"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name="fk_queue_items_batch_id_batches"
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name="fk_queue_items_comment_id_comments"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["accounts.id"], name="fk_queue_items_decided_by_id_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name="fk_queue_items_decision_id_decisions"
        ),
        sa.ForeignKeyConstraint(
            ["excluded_id"], ["accounts.id"], name="fk_queue_items_excluded_id_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["accounts.id"], name="fk_queue_items_holder_id_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["comment_versions.id"],
            name="fk_queue_items_version_id_comment_versions",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_queue_items"),
        sa.UniqueConstraint("version_id", "kind", name="uq_queue_items_version_id_kind"),
    )
    op.create_index("ix_queue_items_comment_id", "queue_items", ["comment_id"])
    op.create_index("ix_queue_items_created_at", "queue_items", ["created_at"])
    op.create_index("ix_queue_items_decided_at", "queue_items", ["decided_at"])
    op.create_index(
        "ix_queue_items_held",
        "queue_items",
        ["holder_id"],
        postgresql_where=sa.text("state = 'open' AND holder_id IS NOT NULL"),
        sqlite_where=sa.text("state = 'open' AND holder_id IS NOT NULL"),
    )
    op.create_index(
        "ix_queue_items_open",
        "queue_items",
        [sa.literal_column("rank DESC")],
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "skips",
        sa.Column("item_id", _KEY, nullable=False),
        sa.Column("account_id", _KEY, nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_skips_account_id_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["queue_items.id"], name="fk_skips_item_id_queue_items"
        ),
        sa.PrimaryKeyConstraint("item_id", "account_id", name="pk_skips"),
    )
    op.create_table(
        "fingerprints",
        sa.Column("band", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("version_id", _KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["comment_versions.id"],
            name="fk_fingerprints_version_id_comment_versions",
        ),
        sa.PrimaryKeyConstraint("band", "value", "version_id", name="pk_fingerprints"),
    )
    op.create_index("ix_fingerprints_version_id", "fingerprints", ["version_id"])


def _create_records() -> None:
    """What humans said, only ever added to."""
    op.create_table(
        "corrections",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("version_id", _KEY, nullable=False),
        sa.Column("account_id", _KEY, nullable=False),
        sa.Column("model_id", sa.Text()),
        sa.Column("model_sha256", sa.Text()),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("sentiment", sa.Text()),
        sa.Column("stance", sa.JSON(), nullable=False),
        sa.Column("spans", sa.JSON()),
        sa.Column("created_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_corrections_account_id_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["comment_versions.id"],
            name="fk_corrections_version_id_comment_versions",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
    )
    op.create_index("ix_corrections_version_id", "corrections", ["version_id"])
    op.create_table(
        "notes",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("comment_id", _KEY, nullable=False),
        sa.Column("author_hash", sa.Text()),
        sa.Column("account_id", _KEY, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_notes_account_id_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name="fk_notes_comment_id_comments"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
    )
    op.create_index("ix_notes_author_hash", "notes", ["author_hash"])
    op.create_index("ix_notes_comment_id", "notes", ["comment_id"])
    op.create_table(
        "audit_log",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("account_id", _KEY),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_audit_log_account_id_accounts"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
        sa.UniqueConstraint("sha256", name="uq_audit_log_sha256"),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )


def _create_webhooks() -> None:
    """Messages on their way out."""
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("disabled_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_endpoints"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("endpoint_id", _KEY, nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("decision_id", _KEY),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name="fk_outbox_decision_id_decisions"
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook_endpoints.id"],
            name="fk_outbox_endpoint_id_webhook_endpoints",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("message_id", name="uq_outbox_message_id"),
    )
    op.create_index("ix_outbox_decision_id", "outbox", ["decision_id"])
    op.create_index("ix_outbox_state_due_at", "outbox", ["state", "due_at"])
    op.create_table(
        "deliveries",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("outbox_id", _KEY, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("error", sa.Text()),
        sa.Column("ms", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox.id"], name="fk_deliveries_outbox_id_outbox"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_outbox_id", "deliveries", ["outbox_id"])


def _queue_what_was_held() -> None:
    """What the policy left to people before there was a queue, oldest first."""
    held = (
        "SELECT c.site, c.id AS comment_id, v.id AS version_id, d.queue, d.reasons, d.rule, "
        "v.received_at FROM comments c "
        "JOIN comment_versions v ON v.comment_id = c.id AND v.version = "
        "(SELECT max(version) FROM comment_versions WHERE comment_id = c.id) "
        "JOIN decisions d ON d.version_id = v.id AND d.id = "
        "(SELECT max(id) FROM decisions WHERE version_id = v.id) WHERE d.action = 'review'"
    )
    found = sa.text(held).columns(reasons=sa.JSON(), received_at=_TIME)
    rows = op.get_bind().execute(found).mappings().all()
    names = ("kind", "state", "level", "rank", "code", "score", "language")
    kept = ("site", "comment_id", "version_id", "queue", "rule")
    plain: list[sa.ColumnClause[Any]] = [sa.column(name) for name in names + kept]
    items = sa.table("queue_items", *plain, sa.column("created_at", _TIME))
    new = [
        {name: row[name] for name in kept}
        | {
            "kind": "review",
            "state": "open",
            "level": 0,
            "rank": -row["received_at"].replace(tzinfo=UTC).timestamp() / _DOUBLING_S,
            "code": row["reasons"][0]["code"],
            "score": row["reasons"][0].get("score"),
            "language": "und",
            "created_at": row["received_at"],
        }
        for row in rows
    ]
    if new:
        op.bulk_insert(items, new)


def _refuse_changes(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE "
            f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_refuse_{change.lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
