"""What a single condition of a rule asks, and the answer: yes, no, or unknown."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, get_args

import re2
from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)

from moderation.domain import (
    ABUSE_ATTRIBUTES,
    Facts,
    OperatingPoint,
    OperatingPointName,
    Scores,
)

# None is unknown.
Truth = bool | None
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Probability = Annotated[float, Field(strict=True, ge=0, le=1)]

Bound = Annotated[
    Annotated[Probability, Tag("number")] | Annotated[OperatingPointName, Tag("point")],
    Discriminator(lambda value: "point" if isinstance(value, str) else "number"),
]

NumberFact = Literal[
    "author_comments", "author_rejected", "reports", "length", "links", "evasion"
]
TextFact = Literal["section", "language"]
FlagFact = Literal["is_reply", "personal_data"]
NUMBER_FACTS, TEXT_FACTS, FLAG_FACTS = (
    get_args(NumberFact), get_args(TextFact), get_args(FlagFact)
)  # fmt: skip
WordCategory = Literal["insult", "profanity", "identity_attack", "threat", "blocked", "suspect"]
Points = Mapping[str, Mapping[str, OperatingPoint]]
LANGUAGES = ("ar", "ar-Latn", "other", "und")
_LONGEST_PATTERN = 500


@dataclass(frozen=True, slots=True)
class Case:
    """All that a condition may look at."""

    scores: Scores
    facts: Facts


Test = Callable[[Case], Truth]


class Condition(BaseModel, ABC):
    """Base of all conditions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @abstractmethod
    def test(self, points: Points) -> Test:
        """A function that answers this condition for a model with these points."""

    def parts(self) -> Iterator["Condition"]:
        """This condition and all inside it."""
        yield self


class Score(Condition):
    """An abuse score against an operating point or a number."""

    score: Literal[ABUSE_ATTRIBUTES]  # type: ignore[valid-type]
    at_least: Bound | None = None
    below: Bound | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.at_least is None) == (self.below is None):
            raise ValueError("needs either at_least or below")
        return self

    @property
    def bound(self) -> float | OperatingPointName:
        """The threshold as the file names it."""
        bound = self.at_least if self.below is None else self.below
        assert bound is not None
        return bound

    def threshold(self, points: Points) -> float | None:
        """The threshold as a number; ``None`` where the model could not certify the point."""
        if isinstance(self.bound, float):
            return self.bound
        return points[self.score][self.bound].threshold

    def test(self, points: Points) -> Test:
        """An uncertified point is nobody's guess: the condition is not met."""
        name, limit, above = self.score, self.threshold(points), self.below is None

        def answer(case: Case) -> Truth:
            if limit is None:
                return False
            score = case.scores.attributes.get(name)
            if score is None or math.isnan(score):
                return None
            return (score >= limit) is above

        return answer


class Feeling(Condition):
    """Sentiment; may only choose a queue."""

    sentiment: Literal["negative", "neutral", "positive"]
    at_least: Probability

    def test(self, points: Points) -> Test:
        """Unknown where sentiment was not measured."""

        def answer(case: Case) -> Truth:
            found = case.scores.sentiment
            return None if found is None else found[self.sentiment] >= self.at_least

        return answer


class Toward(Condition):
    """Stance toward a target, any if none is named; may only choose a queue."""

    stance: Literal["favor", "against", "neutral"]
    at_least: Probability
    target: str | None = None

    def test(self, points: Points) -> Test:
        """Unknown where stance toward the target was not measured."""

        def answer(case: Case) -> Truth:
            found = [s for s in case.scores.stance if self.target in (None, s.target)]
            if not found:
                return None
            return any(getattr(s, self.stance) >= self.at_least for s in found)

        return answer


class Amount(Condition):
    """A number that is known of the comment or its author."""

    fact: NumberFact
    at_least: Number | None = None
    at_most: Number | None = None

    @model_validator(mode="after")
    def _some_bound(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("needs at_least or at_most")
        if (
            self.at_least is not None
            and self.at_most is not None
            and self.at_least > self.at_most
        ):
            raise ValueError("at_least is above at_most: nothing is ever both")
        if self.fact == "evasion" and max(self.at_least or 0, self.at_most or 0) > 1:
            raise ValueError("evasion goes from 0 to 1")
        return self

    def test(self, points: Points) -> Test:
        """Unknown where the fact is."""
        low = -math.inf if self.at_least is None else self.at_least
        high = math.inf if self.at_most is None else self.at_most

        def answer(case: Case) -> Truth:
            value = getattr(case.facts, self.fact)
            return None if value is None else low <= value <= high

        return answer


class Named(Condition):
    """The comment's section or language is one of these."""

    fact: TextFact
    is_in: Annotated[tuple[str, ...], Field(alias="in", min_length=1)]

    @model_validator(mode="after")
    def _is_a_language(self) -> Self:
        unknown = set(self.is_in) - set(LANGUAGES)
        if self.fact == "language" and unknown:
            raise ValueError(f"languages are {', '.join(LANGUAGES)}, not {min(unknown)}")
        return self

    def test(self, points: Points) -> Test:
        """Unknown where the caller named no section."""

        def answer(case: Case) -> Truth:
            value = getattr(case.facts, self.fact)
            return None if value is None else value in self.is_in

        return answer


class Flag(Condition):
    """Something that is so or not so."""

    fact: FlagFact
    is_so: Annotated[bool, Field(alias="is", strict=True)] = True

    def test(self, points: Points) -> Test:
        """Always known."""
        return lambda case: bool(getattr(case.facts, self.fact)) is self.is_so


class Words(Condition):
    """The word list found something."""

    words: Annotated[tuple[WordCategory, ...], Field(min_length=1)]
    severity: Annotated[int, Field(ge=1, le=3)] = 1
    sure: bool = True

    def test(self, points: Points) -> Test:
        """Hits of these categories, at least this severe; doubtful ones only if asked for."""

        def answer(case: Case) -> Truth:
            return any(
                hit.category in self.words
                and hit.severity >= self.severity
                and (hit.sure or not self.sure)
                for hit in case.facts.words
            )

        return answer


class Pattern(Condition):
    """A regular expression over the normalized text, in time linear in its length.

    RE2 is used for it (Cox 2010, "Regular expression matching in the wild"): what could
    backtrack, such as a backreference, is refused at load.
    """

    matches: Annotated[str, Field(min_length=1, max_length=_LONGEST_PATTERN)]

    @field_validator("matches")
    @classmethod
    def _compiles(cls, value: str) -> str:
        _compiled(value)
        return value

    def test(self, points: Points) -> Test:
        """Found anywhere in the text."""
        pattern = _compiled(self.matches)
        return lambda case: pattern.search(case.facts.normalized) is not None


def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.max_mem = 8 << 20
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        told = error.args[0]
        told = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
        raise ValueError(
            f"is no regular expression that is sure to end in time: {told}. Write it without "
            "backreferences and look-around."
        ) from error
