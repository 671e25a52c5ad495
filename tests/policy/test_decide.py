"""``decide``, case by case: the shipped policy, and what its parts do."""

import math
from dataclasses import replace

import pytest

from moderation.domain import (
    ABUSE_ATTRIBUTES,
    Action,
    Facts,
    OperatingPoint,
    Reason,
    Scores,
)
from moderation.errors import PolicyError
from moderation.policy import decide, load_policy
from tests.fakes import FakeScorer

from .samples import FACTS, at, facts, hit, parsed, ready, rule

POLICY = load_policy().for_model(FakeScorer.operating_points)


def test_no_scores_at_all() -> None:
    decision = decide(None, FACTS, POLICY)
    assert decision.action is Action.REVIEW
    assert [reason.code for reason in decision.reasons] == ["not_scored"]


REVIEWED, REJECTED = 0.4, 0.9


@pytest.mark.parametrize(
    ("scores", "action", "codes"),
    [
        (at(), Action.APPROVE, ["clean"]),
        (at(insult=math.nextafter(REVIEWED, 0)), Action.APPROVE, ["clean"]),
        (at(insult=REVIEWED), Action.REVIEW, ["insult"]),
        (at(insult=math.nextafter(REJECTED, 0)), Action.REVIEW, ["insult"]),
        # The first that matches speaks for its group: one reason, not two.
        (at(insult=REJECTED), Action.REJECT, ["insult"]),
        (at(insult=REJECTED, threat=None), Action.REJECT, ["insult", *["not_scored"] * 2]),
        (at(insult=REJECTED, threat=0.5), Action.REJECT, ["insult", "threat"]),
        (at(likely_to_reject=1.0), Action.REVIEW, ["likely_to_reject"]),
        (at(sarcasm=1.0), Action.APPROVE, ["clean"]),
        (at(toxicity=1.0, severe_toxicity=1.0), Action.REVIEW, ["toxicity"]),
        # Neither above nor below: as unknown as a score that is missing.
        (at(insult=float("nan")), Action.REVIEW, ["not_scored", "not_scored"]),
    ],
)
def test_the_shipped_policy(scores: Scores, action: Action, codes: list[str]) -> None:
    decision = decide(scores, FACTS, POLICY)
    assert decision.action is action
    assert [reason.code for reason in decision.reasons] == codes


@pytest.mark.parametrize(
    ("known", "action", "code"),
    [
        (facts(words=(hit(severity=2),)), Action.REVIEW, "blocked_words"),
        (facts(words=(hit(severity=1),)), Action.APPROVE, "clean"),
        (facts(words=(hit(severity=3, sure=False),)), Action.APPROVE, "clean"),
        (facts(words=(hit("suspect", 1),)), Action.REVIEW, "suspect_words"),
        (facts(language="other"), Action.REVIEW, "language"),
        (facts(language="und"), Action.APPROVE, "clean"),
        (facts(evasion=0.9), Action.APPROVE, "clean"),
    ],
)
def test_what_the_shipped_policy_asks_beside_scores(
    known: Facts, action: Action, code: str
) -> None:
    decision = decide(at(), known, POLICY)
    assert (decision.action, decision.reasons[0].code) == (action, code)


def test_a_disguise_is_noted_and_held_only_with_abuse() -> None:
    known = facts(evasion=0.9)
    assert [note.rule for note in decide(at(), known, POLICY).notes] == ["disguised-note"]
    held = decide(at(toxicity=0.4), known, POLICY)
    assert {r.code for r in held.reasons} == {"disguised", "toxicity"}


def test_a_reason_in_full() -> None:
    [reason] = decide(at(threat=0.5), FACTS, POLICY).reasons
    assert reason == Reason(
        code="threat",
        rule="threat-review",
        message={
            "ar": "قد يكون تهديدًا أو تحريضًا على العنف",
            "en": "May be a threat or a call for violence",
        },
        action="review",
        attribute="threat",
        score=0.5,
        threshold=0.4,
        point="best_f2",
        meaning={
            "ar": "أفضل توازن مع ترجيح الاستدعاء؛ الدقّة 0.60 والاستدعاء 0.80 "
            "(عدد التعليقات: 2000)",
            "en": "best F2; precision 0.60, recall 0.80 on n = 2000",
        },
    )


def test_a_rule_whose_point_is_not_certified_is_off() -> None:
    points = {
        name: {**values, "precision_95": OperatingPoint(None)}
        for name, values in FakeScorer.operating_points.items()
    }
    policy = load_policy().for_model(points)
    for name in ABUSE_ATTRIBUTES:
        assert decide(at(**{name: 1.0}), FACTS, policy).action is not Action.REJECT
    assert decide(at(insult=1.0), FACTS, policy).action is Action.REVIEW


def test_a_point_that_the_model_does_not_have_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"precision_95.*write a number"):
        load_policy().for_model({"insult": {"best_f1": OperatingPoint(0.5)}})


LOW, HIGH = {"score": "insult", "at_least": 0.3}, {"score": "insult", "at_least": 0.8}
TRUSTED = {"fact": "author_comments", "at_least": 100}


def test_the_strictest_group_wins() -> None:
    policy = ready(
        [rule("a", LOW)], [rule("b", {"score": "threat", "at_least": 0.5}, "reject")]
    )
    decision = decide(at(insult=0.9, threat=0.9), FACTS, policy)
    assert decision.action is Action.REJECT
    assert [reason.rule for reason in decision.reasons] == ["b", "a"]


def test_signals_that_disagree_go_to_a_human() -> None:
    policy = ready([rule("bad", HIGH, "reject")], [rule("trusted", TRUSTED, "approve")])
    assert decide(at(insult=0.9), facts(author_comments=5), policy).action is Action.REJECT
    # Whether the author is trusted is not known: no reason to reject without a human.
    assert decide(at(insult=0.9), FACTS, policy).action is Action.REVIEW
    decision = decide(at(insult=0.9), facts(author_comments=500), policy)
    assert decision.action is Action.REVIEW
    assert [r.code for r in decision.reasons] == ["disagreement", "insult", "approve"]


def test_unknown_facts_hold_and_never_approve() -> None:
    new = {"all": [{"fact": "links", "at_least": 1}, {"fact": "author_comments", "at_most": 0}]}
    policy = ready([rule("new-links", new)], [rule("trusted", TRUSTED, "approve")])
    assert decide(at(), facts(links=0), policy).reasons[0].code == "clean"
    unknown = decide(at(), facts(links=1), policy)
    assert (unknown.action, unknown.reasons[0].code) == (Action.REVIEW, "unknown")
    assert (
        decide(at(), facts(links=1, author_comments=0), policy).reasons[0].rule == "new-links"
    )
    assert decide(at(), facts(links=1, author_comments=9), policy).action is Action.APPROVE


def test_a_rule_on_trial_is_recorded_and_changes_nothing() -> None:
    trial = rule("trial", HIGH, "reject", shadow=True)
    for rules in ([trial, rule("live", LOW)], [rule("live", LOW), trial]):
        policy = ready(rules)
        decision = decide(at(insult=0.9), FACTS, policy)
        assert decision.action is Action.REVIEW
        assert [(r.rule, r.action) for r in decision.shadow] == [("trial", "reject")]
    assert decide(at(insult=None), FACTS, policy).shadow == ()


@pytest.mark.parametrize(
    ("decisions", "rejects", "action"),
    [
        (None, None, Action.REJECT),
        (99, 99, Action.REJECT),
        (100, 30, Action.REJECT),
        (100, 31, Action.REVIEW),
    ],
)
def test_what_stops_rejection(
    decisions: int | None, rejects: int | None, action: Action
) -> None:
    known = facts(recent_decisions=decisions, recent_rejects=rejects)
    decision = decide(at(insult=0.95), known, POLICY)
    assert decision.action is action
    assert (decision.reasons[0].code == "breaker") is (action is Action.REVIEW)


def test_queue_and_priority() -> None:
    tone = {"sentiment": "negative", "at_least": 0.8}
    policy = ready(
        [rule("a", LOW, queue="abuse", priority=3)],
        [rule("b", {"score": "threat", "at_least": 0.5}, priority=1)],
        [rule("angry", tone, "flag", queue="angry-readers", priority=9)],
    )
    calm = replace(at(insult=0.5), sentiment={"negative": 0.1, "neutral": 0.9, "positive": 0.0})
    decision = decide(calm, FACTS, policy)
    assert (decision.queue, decision.priority) == ("abuse", 3)
    angry = replace(
        at(insult=0.5, threat=0.6), sentiment={"negative": 0.9, "neutral": 0.1, "positive": 0.0}
    )
    decision = decide(angry, FACTS, policy)
    assert (decision.queue, decision.priority) == ("angry-readers", 1)
    assert decide(replace(at(), sentiment=angry.sentiment), FACTS, policy).queue is None


def test_notices_are_courteous_and_name_the_rule() -> None:
    own = {"ar": "نعتذر", "en": "sorry"}
    policy = ready([rule("a", HIGH, "reject"), rule("b", LOW, notice=own)])
    rejected = decide(at(insult=0.9), FACTS, policy).notice
    assert rejected is not None
    assert "«عنوان»" in rejected["ar"] and "“title”" in rejected["en"]
    held = decide(at(insult=0.5), FACTS, policy).notice
    assert held is not None and "مشرف" in held["ar"]
    policy = ready([rule("a", HIGH, "reject", notice=own)])
    assert decide(at(insult=0.9), FACTS, policy).notice == own


def test_sections_have_thresholds_and_rules_of_their_own() -> None:
    policy = ready(
        [rule("a", LOW)],
        sections={
            "sport": {"overrides": [{"rule": "a", "at_least": 0.7}]},
            "satire": {"overrides": [{"rule": "a", "enabled": False}]},
            "war": {
                "groups": [{"id": "w", "rules": [rule("w", {"fact": "links", "at_least": 1})]}]
            },
        },
    )
    score = at(insult=0.5)
    assert decide(score, FACTS, policy).action is Action.REVIEW
    assert decide(score, facts(section="news"), policy).action is Action.REVIEW
    assert decide(score, facts(section="sport"), policy).action is Action.APPROVE
    assert decide(at(insult=0.7), facts(section="sport"), policy).action is Action.REVIEW
    assert decide(at(insult=1.0), facts(section="satire"), policy).action is Action.APPROVE
    assert decide(at(), facts(section="war", links=1), policy).action is Action.REVIEW
    assert decide(at(), facts(section="sport", links=1), policy).action is Action.APPROVE


def test_spans_of_the_words_a_rule_goes_by() -> None:
    policy = ready([rule("w", {"words": ["insult"], "severity": 2})])
    known = facts(words=(hit(severity=1), replace(hit(severity=2), start=9, end=13)))
    assert decide(at(), known, policy).reasons[0].spans == ((9, 13),)


def test_the_policy_names_itself() -> None:
    policy = parsed([rule()])
    assert decide(at(), FACTS, policy.for_model({})).policy == policy.ref
