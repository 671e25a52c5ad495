"""Where comments, decisions and keys are kept: SQLite, or PostgreSQL when it grows."""

from moderation.store.accounts import (
    Account,
    AccountRecord,
    AccountState,
    Role,
    account_names,
    any_accounts,
    create_account,
    disable_account,
    list_accounts,
    reset_account,
    set_preferences,
)
from moderation.store.appeals import appeal
from moderation.store.audit import AuditEntry, AuditReport, newest_entries
from moderation.store.audit import verify as verify_audit
from moderation.store.comments import CommentStore, content_digest
from moderation.store.engine import open_engine, reading, writing
from moderation.store.intake import Sampling
from moderation.store.invitations import (
    Invitation,
    accept_invitation,
    find_invitation,
    first_invitation,
)
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
from moderation.store.sessions import change_password, session_account, sign_in, sign_out

__all__ = [
    "Account",
    "AccountRecord",
    "AccountState",
    "AuditEntry",
    "AuditReport",
    "CommentStore",
    "Invitation",
    "KeyRecord",
    "Role",
    "Sampling",
    "Scope",
    "StoredComment",
    "StoredPolicy",
    "StoredVersion",
    "accept_invitation",
    "account_names",
    "any_accounts",
    "any_keys",
    "appeal",
    "author_histories",
    "change_password",
    "check_key",
    "content_digest",
    "create_account",
    "create_key",
    "database",
    "disable_account",
    "find_invitation",
    "first_invitation",
    "keep_policy",
    "list_accounts",
    "list_keys",
    "migrate",
    "newest_entries",
    "open_engine",
    "reading",
    "recent_decisions",
    "reset_account",
    "revoke_key",
    "session_account",
    "set_preferences",
    "sign_in",
    "sign_out",
    "stored_policy",
    "verify_audit",
    "writing",
]
