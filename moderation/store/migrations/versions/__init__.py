"""One file per revision; alembic finds them by ``down_revision``."""
