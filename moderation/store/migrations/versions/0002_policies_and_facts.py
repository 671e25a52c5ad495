"""What decisions went by, and every policy that ever decided."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ADDED: dict[str, sa.types.TypeEngine[Any]] = {
    "queue": sa.Text(),
    "priority": sa.Integer(),
    "notes": sa.JSON(),
    "shadow": sa.JSON(),
    "notice": sa.JSON(),
    "facts": sa.JSON(),
    "spans": sa.JSON(),
}


def upgrade() -> None:
    """Add columns, which older rows leave empty, and the table of policies."""
    for name, kind in _ADDED.items():
        op.add_column("decisions", sa.Column(name, kind))
    op.add_column("scores", sa.Column("forms", sa.JSON()))
    op.create_index("ix_decisions_decided_at", "decisions", ["decided_at"])
    op.create_index("ix_comment_versions_author_hash", "comment_versions", ["author_hash"])
    op.create_table(
        "policies",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("model_sha256", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_policies"),
        sa.UniqueConstraint("sha256", "model_sha256", name="uq_policies_sha256_model_sha256"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER policies_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE "
            "ON policies FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    else:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER policies_refuse_{change.lower()} BEFORE {change} ON policies "
                "BEGIN SELECT RAISE(ABORT, 'policies is append-only'); END"
            )
