"""Alembic runs this file; ``alembic_config`` has put the connection where it is found."""

from alembic import context

import moderation.store.room_tables  # noqa: F401 - adds its tables to the others
from moderation.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
