"""What a policy file may say."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from moderation.domain import OperatingPointName

# Sarcasm is a way of speaking and likely_to_reject a forecast of what humans will
# do: both may bring a comment to a human, neither may remove it.
REJECTABLE = Literal[
    "toxicity", "severe_toxicity", "insult", "profanity", "identity_attack", "threat"
]
Attribute = Literal[REJECTABLE, "likely_to_reject", "sarcasm"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Message(_Strict):
    """One line for moderators, in both languages."""

    ar: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]


class Rule(_Strict):
    """``action`` when ``attribute`` scores ``at_least`` this.

    Attributes:
        id: immutable; renaming a rule breaks its history.
        at_least: a probability, or the name of an operating point of the model.
        code: stable reason code for programs.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
    attribute: Attribute
    at_least: Annotated[float, Field(strict=True, ge=0, le=1)] | OperatingPointName
    action: Literal["review", "reject"]
    code: Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=64)]
    message: Message

    @model_validator(mode="after")
    def _only_abuse_is_rejected(self) -> Self:
        if self.action == "reject" and self.attribute in ("likely_to_reject", "sarcasm"):
            raise ValueError(f"{self.attribute} may send a comment to review, never reject it")
        return self


class PolicyFile(_Strict):
    """A whole policy.

    Attributes:
        version: raise it with every change; decisions name it.
        rules: all that match are reasons; the strictest action wins.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
    version: Annotated[int, Field(ge=1)]
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ids = [rule.id for rule in self.rules]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"rule ids used twice: {', '.join(twice)}")
        return self
