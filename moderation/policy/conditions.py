"""Conditions and their combinations.

Unknown is Kleene's third value (Kleene 1938, "On notation for ordinal numbers"): "no and
unknown" is no, "yes or unknown" is yes, everything else that holds an unknown is unknown.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from moderation.policy.questions import (
    FLAG_FACTS,
    TEXT_FACTS,
    Amount,
    Case,
    Condition,
    Feeling,
    Flag,
    Named,
    Pattern,
    Points,
    Score,
    Test,
    Toward,
    Truth,
    Words,
)


class All(Condition):
    """Every part is met."""

    all: Annotated[tuple["AnyCondition", ...], Field(min_length=1)]

    def test(self, points: Points) -> Test:
        """Kleene's "and"."""
        tests = [part.test(points) for part in self.all]

        def answer(case: Case) -> Truth:
            found: Truth = True
            for test in tests:
                truth = test(case)
                if truth is False:
                    return False
                found = found and truth
            return found

        return answer

    def parts(self) -> Iterator[Condition]:
        """This condition and all inside it."""
        yield self
        for part in self.all:
            yield from part.parts()


class Any_(Condition):
    """Some part is met."""

    any: Annotated[tuple["AnyCondition", ...], Field(min_length=1)]

    def test(self, points: Points) -> Test:
        """Kleene's "or"."""
        tests = [part.test(points) for part in self.any]

        def answer(case: Case) -> Truth:
            found: Truth = False
            for test in tests:
                truth = test(case)
                if truth:
                    return True
                found = None if truth is None else found
            return found

        return answer

    def parts(self) -> Iterator[Condition]:
        """This condition and all inside it."""
        yield self
        for part in self.any:
            yield from part.parts()


class Not(Condition):
    """The part is not met."""

    no: Annotated["AnyCondition", Field(alias="not")]

    def test(self, points: Points) -> Test:
        """Unknown stays unknown."""
        inner = self.no.test(points)

        def answer(case: Case) -> Truth:
            truth = inner(case)
            return None if truth is None else not truth

        return answer

    def parts(self) -> Iterator[Condition]:
        """This condition and all inside it."""
        yield self
        yield from self.no.parts()


_KINDS = ("score", "sentiment", "stance", "words", "matches", "all", "any", "not")


def _kind(value: Any) -> str | None:
    """Which condition a mapping of the file is, by the key that names it."""
    if not isinstance(value, Mapping):
        return None
    if "fact" in value:
        fact = value["fact"]
        if fact in TEXT_FACTS:
            return "named"
        return "flag" if fact in FLAG_FACTS else "amount"
    return next((kind for kind in _KINDS if kind in value), None)


AnyCondition = Annotated[
    Annotated[Score, Tag("score")]
    | Annotated[Feeling, Tag("sentiment")]
    | Annotated[Toward, Tag("stance")]
    | Annotated[Amount, Tag("amount")]
    | Annotated[Named, Tag("named")]
    | Annotated[Flag, Tag("flag")]
    | Annotated[Words, Tag("words")]
    | Annotated[Pattern, Tag("matches")]
    | Annotated[All, Tag("all")]
    | Annotated[Any_, Tag("any")]
    | Annotated[Not, Tag("not")],
    Discriminator(
        _kind,
        custom_error_type="unknown_condition",
        custom_error_message=(
            "is no condition: it needs one of score, fact, words, matches, sentiment, "
            "stance, all, any, not"
        ),
    ),
]
for _model in (All, Any_, Not):
    _model.model_rebuild()
