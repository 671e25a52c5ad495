"""What moderators choose from, and how it reads to colleagues and authors."""

from collections.abc import Mapping
from datetime import timedelta

from moderation.domain import HUMAN_RULE, Action, Reason
from moderation.errors import InvalidInputError
from moderation.policy import notice_text
from moderation.review.languages import texts
from moderation.review.room import Room
from moderation.store.human import Rules, Verdict

# In the order of the number keys.
REJECT_REASONS = (
    "insult",
    "profanity",
    "identity_attack",
    "threat",
    "personal_data",
    "spam",
    "off_topic",
    "misinformation",
    "other",
)


def verdict(action: str, reason: str) -> Verdict:
    """A verdict from a form.

    Raises:
        InvalidInputError: another action, or a rejection without one of the reasons.
    """
    if action == Action.APPROVE:
        return Verdict("approve", Reason("fine", HUMAN_RULE, _message("fine"), "approve"))
    if action != Action.REJECT or reason not in REJECT_REASONS:
        raise InvalidInputError("Choose approve, or reject with a reason.", field="reason")
    message = _message(reason)
    found = Reason(reason, HUMAN_RULE, message, "reject")
    return Verdict("reject", found, notice_text(Action.REJECT, found))


def room_rules(room: Room) -> Rules:
    """Lease, undo window and sampling from the settings."""
    settings = room.settings
    return Rules(
        timedelta(seconds=settings.lease_s), timedelta(seconds=settings.undo_s), room.sampling
    )


def _message(code: str) -> Mapping[str, str]:
    return {language: str(text) for language, text in texts()[f"reasons.{code}"].items()}
