"""``decide`` for every score and policy: total, deterministic, monotone, never silent."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from moderation.domain import (
    ABUSE_ATTRIBUTES,
    SENTIMENTS,
    Action,
    Decision,
    Facts,
    Scores,
    Stance,
)
from moderation.errors import PolicyError
from moderation.policy import ReadyPolicy, decide, load_policy
from tests.fakes import FakeScorer

from .samples import MODEL, facts, hit, ready, rule

POLICY = load_policy().for_model(FakeScorer.operating_points)
STRICTNESS = [Action.APPROVE, Action.REVIEW, Action.REJECT]
NUMBERS = sorted(
    {point.threshold or 0.0 for point in FakeScorer.operating_points["insult"].values()}
)

probability = st.floats(0, 1) | st.sampled_from([0.0, 1.0, *NUMBERS])


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
known_facts = st.builds(
    facts,
    section=st.none() | st.sampled_from(["politics", "sport"]),
    links=st.integers(0, 5),
    language=st.sampled_from(["ar", "ar-Latn", "other", "und"]),
    evasion=st.floats(0, 1),
    words=st.lists(
        st.builds(
            hit,
            st.sampled_from(["insult", "profanity", "blocked", "suspect"]),
            st.integers(1, 3),
            sure=st.booleans(),
        ),
        max_size=3,
    ).map(tuple),
    author_comments=st.none() | st.integers(0, 50),
    reports=st.none() | st.integers(0, 9),
    recent_decisions=st.none() | st.integers(0, 500),
    recent_rejects=st.none() | st.integers(0, 200),
)

leaf = (
    st.builds(
        lambda name, limit: {"score": name, "at_least": limit},
        st.sampled_from(ABUSE_ATTRIBUTES),
        st.sampled_from(["precision_95", "best_f1", "best_f2", 0.3, 0.7]),
    )
    | st.builds(lambda n: {"fact": "reports", "at_least": n}, st.integers(0, 5))
    | st.builds(lambda n: {"words": ["insult", "blocked"], "severity": n}, st.integers(1, 3))
)
condition: st.SearchStrategy[dict[str, Any]] = st.recursive(
    leaf,
    lambda inner: st.builds(
        lambda kind, parts: {kind: parts},
        st.sampled_from(["all", "any"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)


@st.composite
def policies(draw: st.DrawFn) -> ReadyPolicy:
    """Policies that the checker lets through, with rules of every action."""
    groups = []
    names = iter(range(100))
    for _ in range(draw(st.integers(1, 3))):
        rules = []
        for action in ("reject", "review", "approve", "flag"):
            if draw(st.booleans()):
                when = draw(condition)
                if action == "approve":
                    when = {"score": draw(st.sampled_from(ABUSE_ATTRIBUTES)), "below": 0.4}
                rules.append(rule(f"r{next(names)}", when, action, shadow=draw(st.booleans())))
        if rules:
            groups.append(rules)
    try:
        return ready(*groups) if groups else POLICY
    except PolicyError:
        # Unreachable or not to be rejected for: the first rule of each group mostly stands.
        reject = rule("only", {"score": "threat", "at_least": 0.6}, "reject")
        return ready(
            [reject], *([rules[-1]] for rules in groups if rules[-1]["then"] != "reject")
        )


def strictness(decision: Decision) -> int:
    """0 for the mildest action."""
    return STRICTNESS.index(decision.action)


@given(st.none() | partial, known_facts, policies())
def test_total_with_reasons_and_deterministic(
    scores: Scores | None, known: Facts, policy: ReadyPolicy
) -> None:
    for ready_policy in (POLICY, policy):
        decision = decide(scores, known, ready_policy)
        assert decision.reasons
        assert all(reason.message["ar"] and reason.message["en"] for reason in decision.reasons)
        assert decision == decide(scores, known, ready_policy)
        assert (decision.notice is None) is (decision.action is Action.APPROVE)
        assert (decision.queue is not None) is (decision.action is Action.REVIEW)


@given(complete, known_facts, policies(), st.sampled_from(ABUSE_ATTRIBUTES), st.floats(0, 1))
def test_a_higher_score_is_never_milder(
    scores: Scores, known: Facts, policy: ReadyPolicy, attribute: str, higher: float
) -> None:
    score = scores.attributes[attribute] or 0.0
    raised = replace(scores, attributes={**scores.attributes, attribute: max(score, higher)})
    for ready_policy in (POLICY, policy):
        before = decide(scores, known, ready_policy)
        after = decide(raised, known, ready_policy)
        assert strictness(after) >= strictness(before)


@given(complete, known_facts)
def test_stance_and_sentiment_decide_nothing(scores: Scores, known: Facts) -> None:
    silent = replace(scores, sentiment=None, stance=())
    assert decide(scores, known, POLICY).action is decide(silent, known, POLICY).action


@given(complete, known_facts)
def test_truncated_is_never_milder_and_never_approved(scores: Scores, known: Facts) -> None:
    whole = decide(replace(scores, truncated=False), known, POLICY)
    cut = decide(replace(scores, truncated=True), known, POLICY)
    assert cut.action is not Action.APPROVE
    assert strictness(cut) >= strictness(whole)


@given(partial, known_facts, st.sampled_from(ABUSE_ATTRIBUTES))
def test_a_missing_score_never_approves_what_rules_ask(
    scores: Scores, known: Facts, attribute: str
) -> None:
    missing = replace(scores, attributes={**scores.attributes, attribute: None})
    asked = {
        c.score
        for group, _ in POLICY.policy.file.all_groups()
        for r in group.rules
        for c in r.conditions()
        if hasattr(c, "score")
    }
    if attribute in asked:
        assert decide(missing, known, POLICY).action is not Action.APPROVE
