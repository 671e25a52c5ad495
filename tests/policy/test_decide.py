"""``decide`` for every score there is: total, deterministic, monotone, never silent."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain import (
    ABUSE_ATTRIBUTES,
    SENTIMENTS,
    Action,
    Decision,
    ModelRef,
    Reason,
    Scores,
    Stance,
)
from moderation.errors import PolicyError
from moderation.policy import decide, load_policy
from tests.fakes import FakeScorer

POLICY = load_policy().for_model(FakeScorer.operating_points)
LIMITS = {rule: limit for rule, limit in POLICY.thresholds.items() if limit is not None}
MODEL = ModelRef("m", "0" * 64)
STRICTNESS = [Action.APPROVE, Action.REVIEW, Action.REJECT]
RULED = {rule.attribute for rule in POLICY.rules}
REJECTING = {rule.attribute for rule in POLICY.rules if rule.action == "reject"}

probability = st.floats(0, 1) | st.sampled_from(sorted({0.0, 1.0, *LIMITS.values()}))


def scores_of(value: st.SearchStrategy[float | None]) -> st.SearchStrategy[Scores]:
    """Scores with ``value`` for each attribute."""
    stance = st.builds(Stance, st.text(max_size=5), probability, probability, probability)
    return st.builds(
        Scores,
        attributes=st.fixed_dictionaries(dict.fromkeys(ABUSE_ATTRIBUTES, value)),
        sentiment=st.none() | st.fixed_dictionaries(dict.fromkeys(SENTIMENTS, probability)),
        stance=st.lists(stance, max_size=4).map(tuple),
        model=st.just(MODEL),
        truncated=st.booleans(),
    )


complete = scores_of(probability)
partial = scores_of(st.none() | probability)


def at(**attributes: float | None) -> Scores:
    """Clean scores but for ``attributes``."""
    clean: dict[str, float | None] = dict.fromkeys(ABUSE_ATTRIBUTES, 0.0)
    return Scores(clean | attributes, None, (), MODEL)


def strictness(decision: Decision) -> int:
    """0 for the mildest action."""
    return STRICTNESS.index(decision.action)


@given(st.none() | partial)
def test_total_with_reasons_and_deterministic(scores: Scores | None) -> None:
    decision = decide(scores, POLICY)
    assert decision.action in STRICTNESS
    assert decision.policy == POLICY.ref
    assert decision.reasons
    for reason in decision.reasons:
        assert reason.code and reason.rule and reason.message["ar"] and reason.message["en"]
    assert decide(scores, POLICY) == decision


@given(complete, st.sampled_from(ABUSE_ATTRIBUTES), probability)
def test_a_higher_score_is_never_milder(scores: Scores, name: str, other: float) -> None:
    own = scores.attributes[name]
    assert own is not None
    low, high = sorted((own, other))
    lower = replace(scores, attributes={**scores.attributes, name: low})
    higher = replace(scores, attributes={**scores.attributes, name: high})
    assert strictness(decide(lower, POLICY)) <= strictness(decide(higher, POLICY))


@given(complete, st.sampled_from(sorted(RULED)))
def test_a_missing_score_is_reviewed_at_least(scores: Scores, name: str) -> None:
    missing = replace(scores, attributes={**scores.attributes, name: None})
    absent = replace(
        scores, attributes={k: v for k, v in scores.attributes.items() if k != name}
    )
    decision = decide(missing, POLICY)
    assert decision.action is not Action.APPROVE
    assert decide(absent, POLICY) == decision
    assert ("not_scored", name) in {(r.code, r.attribute) for r in decision.reasons}


@given(partial, partial)
def test_stance_and_sentiment_decide_nothing(scores: Scores, other: Scores) -> None:
    swapped = replace(scores, sentiment=other.sentiment, stance=other.stance)
    assert decide(swapped, POLICY) == decide(scores, POLICY)


@given(partial)
def test_truncated_is_never_milder_and_never_approved(scores: Scores) -> None:
    whole = decide(replace(scores, truncated=False), POLICY)
    cut = decide(replace(scores, truncated=True), POLICY)
    assert cut.action is not Action.APPROVE
    assert strictness(cut) >= strictness(whole)


@given(complete)
def test_only_named_abuse_rejects(scores: Scores) -> None:
    zeros: dict[str, float | None] = dict.fromkeys(REJECTING, 0.0)
    harmless = {**scores.attributes, **zeros}
    decision = decide(replace(scores, attributes=harmless), POLICY)
    assert decision.action is not Action.REJECT


@given(partial)
def test_reasons_hold_what_was_compared(scores: Scores) -> None:
    rules = {rule.id: rule for rule in POLICY.rules}
    actions: list[int] = []
    for reason in decide(scores, POLICY).reasons:
        rule = rules.get(reason.rule)
        if rule is None:
            assert reason.rule.startswith("engine-")
            continue
        assert (reason.attribute, reason.threshold) == (rule.attribute, LIMITS[rule.id])
        assert reason.score == scores.attributes[rule.attribute]
        assert reason.score is None or reason.score >= LIMITS[rule.id]
        unknown = reason.score is None
        actions.append(1 if unknown else STRICTNESS.index(Action(rule.action)))
    assert actions == sorted(actions, reverse=True)


def test_no_scores_at_all() -> None:
    decision = decide(None, POLICY)
    assert decision.action is Action.REVIEW
    assert [reason.code for reason in decision.reasons] == ["not_scored"]


REVIEWED, REJECTED = LIMITS["insult-review"], LIMITS["insult-reject"]


@pytest.mark.parametrize(
    ("scores", "action", "codes"),
    [
        (at(), Action.APPROVE, ["clean"]),
        (at(insult=math.nextafter(REVIEWED, 0)), Action.APPROVE, ["clean"]),
        (at(insult=REVIEWED), Action.REVIEW, ["insult"]),
        (at(insult=math.nextafter(REJECTED, 0)), Action.REVIEW, ["insult"]),
        (at(insult=REJECTED), Action.REJECT, ["insult", "insult"]),
        (
            at(insult=REJECTED, threat=None),
            Action.REJECT,
            ["insult", *["not_scored"] * 2, "insult"],
        ),
        (at(likely_to_reject=1.0), Action.REVIEW, ["likely_to_reject"]),
        (at(sarcasm=1.0), Action.APPROVE, ["clean"]),
        (at(toxicity=1.0, severe_toxicity=1.0), Action.REVIEW, ["toxicity"]),
        # Neither above nor below: as unknown as a score that is missing.
        (at(insult=float("nan")), Action.REVIEW, ["not_scored", "not_scored"]),
    ],
)
def test_the_shipped_policy(scores: Scores, action: Action, codes: list[str]) -> None:
    decision = decide(scores, POLICY)
    assert decision.action is action
    assert [reason.code for reason in decision.reasons] == codes


def test_a_reason_in_full() -> None:
    assert decide(at(threat=0.5), POLICY).reasons == (
        Reason(
            code="threat",
            rule="threat-review",
            message={
                "ar": "قد يكون تهديدًا أو تحريضًا على العنف",
                "en": "May be a threat or a call for violence",
            },
            attribute="threat",
            score=0.5,
            threshold=LIMITS["threat-review"],
        ),
    )


def test_a_rule_whose_point_is_not_certified_is_off() -> None:
    points = {
        name: {**values, "precision_95": None}
        for name, values in FakeScorer.operating_points.items()
    }
    policy = load_policy().for_model(points)
    for name in ABUSE_ATTRIBUTES:
        assert decide(at(**{name: 1.0}), policy).action is not Action.REJECT
    assert decide(at(insult=1.0), policy).action is Action.REVIEW


def test_a_point_that_the_model_does_not_have_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"precision_95.*write a number"):
        load_policy().for_model({"insult": {"best_f1": 0.5}})


def test_thresholds_that_were_never_resolved_are_unknown() -> None:
    decision = decide(at(), load_policy())
    assert decision.action is Action.REVIEW
    assert "not_scored" in {reason.code for reason in decision.reasons}
