"""The errors a caller may see: code, HTTP status, public message.

A message never contains the comment's text.
"""

from typing import Any


class MizanError(Exception):
    """Base of everything we raise on purpose.

    Attributes:
        code: stable identifier for programs.
        status: HTTP status of the answer.
        details: what is wrong and where, safe to show.
    """

    code = "internal_error"
    status = 500

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class InvalidInputError(MizanError):
    """The caller sent something that cannot be moderated."""

    code = "invalid_request"
    status = 422

    def __init__(self, message: str, code: str | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        if code:
            self.code = code


class BundleError(MizanError):
    """The model's files are missing, damaged or not what was expected."""

    code = "model_unusable"
    status = 503


class PolicyError(MizanError):
    """The policy file is wrong; the message says where and how to mend it."""

    code = "policy_invalid"


class LexiconError(MizanError):
    """A word list is wrong; the message says where and how to mend it."""

    code = "lexicon_invalid"


class SettingsError(MizanError):
    """A setting, or a file that a setting names, cannot be used."""

    code = "settings_invalid"


class ScoringError(MizanError):
    """One comment could not be scored."""

    code = "not_scored"


class StoreUnavailableError(MizanError):
    """The database is locked, read-only, full or gone; nothing was written."""

    code = "store_unavailable"
    status = 503


class OverloadedError(MizanError):
    """Too many requests are in flight."""

    code = "overloaded"
    status = 429


class TooManyAttemptsError(MizanError):
    """Too many failed sign-ins; ``retry_after_s`` says when to try again."""

    code = "too_many_attempts"
    status = 429


class AccessError(MizanError):
    """No key, a wrong key, or a key without the needed scope."""

    code = "unauthorized"
    status = 401

    def __init__(self, message: str, status: int = 401, **details: Any) -> None:
        super().__init__(message, **details)
        self.status = status
        self.code = "unauthorized" if status == 401 else "forbidden"


class NotFoundError(MizanError):
    """There is no such thing."""

    code = "not_found"
    status = 404


class ConflictError(MizanError):
    """Somebody else was faster, or the thing is not as the caller believes it to be."""

    code = "conflict"
    status = 409

    def __init__(self, message: str, code: str | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        if code:
            self.code = code


class PageError(MizanError):
    """A saved article page in which no comments were found."""

    code = "no_comments_found"
    status = 422
