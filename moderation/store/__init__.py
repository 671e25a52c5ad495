"""Where comments, decisions and keys are kept: SQLite, or PostgreSQL when it grows."""

from moderation.store.comments import CommentStore, content_digest
from moderation.store.engine import open_engine, reading, writing
from moderation.store.keys import (
    KeyRecord,
    Scope,
    any_keys,
    check_key,
    create_key,
    list_keys,
    revoke_key,
)
from moderation.store.migrations import database, migrate
from moderation.store.policies import (
    StoredPolicy,
    author_histories,
    keep_policy,
    recent_decisions,
    stored_policy,
)
from moderation.store.records import StoredComment, StoredVersion

__all__ = [
    "CommentStore",
    "KeyRecord",
    "Scope",
    "StoredComment",
    "StoredPolicy",
    "StoredVersion",
    "any_keys",
    "author_histories",
    "check_key",
    "content_digest",
    "create_key",
    "database",
    "keep_policy",
    "list_keys",
    "migrate",
    "open_engine",
    "reading",
    "recent_decisions",
    "revoke_key",
    "stored_policy",
    "writing",
]
