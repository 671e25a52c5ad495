"""Comments with their versions, scores and decisions, and API keys."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

APPEND_ONLY = ("comment_versions", "scores", "decisions")

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create all tables, then the triggers that keep history as it is."""
    _create_comments()
    _create_scores()
    _create_decisions()
    _create_api_keys()
    if op.get_bind().dialect.name == "postgresql":
        _refuse_changes_postgresql()
    else:
        _refuse_changes_sqlite()


def _create_comments() -> None:
    op.create_table(
        "comments",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_comments"),
        sa.UniqueConstraint("site", "external_id", name="uq_comments_site_external_id"),
    )
    op.create_table(
        "comment_versions",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("comment_id", _KEY, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("parent_text", sa.Text()),
        sa.Column("targets", sa.JSON(), nullable=False),
        sa.Column("author_hash", sa.Text()),
        sa.Column("received_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_comment_versions"),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name="fk_comment_versions_comment_id_comments"
        ),
        sa.UniqueConstraint(
            "comment_id", "version", name="uq_comment_versions_comment_id_version"
        ),
        sa.CheckConstraint("version >= 1", name="ck_comment_versions_version"),
    )


def _create_scores() -> None:
    op.create_table(
        "scores",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("version_id", _KEY, nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("model_sha256", sa.Text(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("sentiment", sa.JSON()),
        sa.Column("stance", sa.JSON(), nullable=False),
        sa.Column("truncated", sa.Boolean(), nullable=False),
        sa.Column("scored_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scores"),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["comment_versions.id"],
            name="fk_scores_version_id_comment_versions",
        ),
    )
    op.create_index("ix_scores_version_id", "scores", ["version_id"])


def _create_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("version_id", _KEY, nullable=False),
        sa.Column("score_id", _KEY),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("policy_sha256", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("threshold", sa.Double()),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["comment_versions.id"],
            name="fk_decisions_version_id_comment_versions",
        ),
        sa.ForeignKeyConstraint(
            ["score_id"], ["scores.id"], name="fk_decisions_score_id_scores"
        ),
    )
    op.create_index("ix_decisions_version_id", "decisions", ["version_id"])


def _create_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_sha256", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("revoked_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("name", name="uq_api_keys_name"),
        sa.UniqueConstraint("key_sha256", name="uq_api_keys_key_sha256"),
    )


def _refuse_changes_sqlite() -> None:
    for table in APPEND_ONLY:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuse_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _refuse_changes_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for table in APPEND_ONLY:
        # Per statement, so that TRUNCATE is refused too.
        op.execute(
            f"CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE "
            f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
