"""Second opinions and appeals: given by somebody else, blind where they measure."""

import pytest
from sqlalchemy import Engine

from moderation.domain import HUMAN_RULE, Reason
from moderation.errors import ConflictError, NotFoundError
from moderation.store import CommentStore, Sampling
from moderation.store.accounts import Role
from moderation.store.appeals import appeal
from moderation.store.audit import verify
from moderation.store.human import Rules, Verdict
from moderation.store.items import Filters
from moderation.store.queue import claim, claim_one
from moderation.store.verdicts import change, decide, undo

from .room import (
    FINE,
    INSULT,
    NOW,
    RULES,
    at,
    claimed,
    hold,
    person,
    publish,
    standing,
)
from .samples import SITE

SPAM = Verdict("reject", Reason("spam", HUMAN_RULE, {"ar": "إعلان"}, "reject"))
SECOND = Rules(RULES.lease, RULES.undo, Sampling(b"secret", second=1.0))


def test_a_second_opinion_is_blind_and_by_somebody_else(engine: Engine) -> None:
    hold(engine, id="c-1")
    first, second = person(engine), person(engine)
    decide(engine, first, claimed(engine, first).id, INSULT, SECOND, NOW)
    assert claim(engine, first, Filters(), RULES.lease, at(1)) is None
    opinion = claimed(engine, second, 1)
    assert opinion.kind == "second" and opinion.blind
    decide(engine, second, opinion.id, INSULT, SECOND, at(2))
    # An opinion is no decision.
    stored = CommentStore(engine, b"secret").get(SITE, "c-1")
    assert stored is not None and stored.decided_by == first.id
    assert verify(engine).problems == ()


def test_a_blind_opinion_stays_what_it_was(engine: Engine) -> None:
    hold(engine, id="c-1")
    first, second = person(engine), person(engine)
    decide(engine, first, claimed(engine, first).id, INSULT, SECOND, NOW)
    opinion = claimed(engine, second, 1)
    decide(engine, second, opinion.id, INSULT, SECOND, at(2))
    # A slip of the finger is mended at once, and not an hour later.
    undo(engine, second, opinion.id, RULES, at(5))
    decide(engine, second, opinion.id, INSULT, SECOND, at(6))
    with pytest.raises(ConflictError) as refused:
        undo(engine, second, opinion.id, RULES, at(60))
    assert refused.value.code == "opinion_final"
    with pytest.raises(ConflictError) as refused:
        change(engine, second, opinion.id, FINE, RULES, at(60))
    assert refused.value.code == "opinion_final"


def test_a_sample_keeps_the_blind_verdict_when_the_decision_changes(engine: Engine) -> None:
    publish(engine, "شكرًا على المقال", "c-1", sampling=Sampling(b"secret", audit=1.0))
    moderator = person(engine)
    sample = claimed(engine, moderator)
    assert sample.kind == "audit" and sample.blind
    decide(engine, moderator, sample.id, INSULT, RULES, NOW)
    assert standing(engine, "c-1") == ("reject", "human")
    changed = change(engine, moderator, sample.id, FINE, RULES, at(60))
    assert standing(engine, "c-1") == ("approve", "human")
    assert (changed.action, changed.decided_at) == ("reject", NOW)


def test_where_opinions_differ_a_lead_decides(engine: Engine) -> None:
    hold(engine, id="c-1")
    first, second, lead = person(engine), person(engine), person(engine, Role.LEAD)
    decide(engine, first, claimed(engine, first).id, INSULT, SECOND, NOW)
    decide(engine, second, claimed(engine, second, 1).id, FINE, SECOND, at(1))
    assert claim(engine, first, Filters(), RULES.lease, at(2)) is None
    disputed = claimed(engine, lead, 2)
    assert (disputed.kind, disputed.level) == ("review", 1)
    decide(engine, lead, disputed.id, FINE, RULES, at(3))
    assert standing(engine, "c-1") == ("approve", "human")


def test_an_appeal_goes_to_somebody_else(engine: Engine) -> None:
    hold(engine, id="c-1")
    first, second = person(engine), person(engine)
    with pytest.raises(ConflictError) as refused:
        appeal(engine, SITE, "c-1", NOW)
    assert refused.value.code == "not_rejected"
    decide(engine, first, claimed(engine, first).id, INSULT, RULES, NOW)
    appeal(engine, SITE, "c-1", at(1))
    appeal(engine, SITE, "c-1", at(2))  # asking twice changes nothing
    assert claim(engine, first, Filters(), RULES.lease, at(3)) is None
    item = claimed(engine, second, 3)
    assert item.kind == "appeal"
    decide(engine, second, item.id, FINE, RULES, at(4))
    assert standing(engine, "c-1") == ("approve", "human")
    with pytest.raises(ConflictError) as refused:
        appeal(engine, SITE, "c-1", at(5))
    assert refused.value.code == "appeal_decided"
    with pytest.raises(NotFoundError):
        appeal(engine, SITE, "لا وجود له", at(5))


def test_the_first_decider_cannot_overrule_an_appeal(engine: Engine) -> None:
    hold(engine, id="c-1")
    first, second = person(engine), person(engine)
    item = claimed(engine, first)
    decide(engine, first, item.id, INSULT, RULES, NOW)
    appeal(engine, SITE, "c-1", at(1))
    with pytest.raises(ConflictError) as refused:
        change(engine, first, item.id, FINE, RULES, at(2))
    assert refused.value.code == "appeal_open"
    decide(engine, second, claimed(engine, second, 3).id, FINE, RULES, at(3))
    with pytest.raises(ConflictError) as refused:
        change(engine, first, item.id, INSULT, RULES, at(4))
    assert refused.value.code == "decided_since"
    with pytest.raises(ConflictError) as refused:
        undo(engine, first, item.id, RULES, at(4))
    assert refused.value.code == "decided_since"
    assert standing(engine, "c-1") == ("approve", "human")


def test_whoever_decided_before_is_not_asked_about_an_appeal(engine: Engine) -> None:
    hold(engine, id="c-1")
    first, lead, third = person(engine), person(engine, Role.LEAD), person(engine)
    item = claimed(engine, first)
    decide(engine, first, item.id, INSULT, RULES, NOW)
    change(engine, lead, item.id, SPAM, RULES, at(1))
    appeal(engine, SITE, "c-1", at(2))
    for account in (first, lead):
        assert claim(engine, account, Filters(), RULES.lease, at(3)) is None
    appealed = claimed(engine, third, 3)
    assert appealed.kind == "appeal"
    with pytest.raises(NotFoundError):
        claim_one(engine, first, appealed.id, RULES.lease, at(999))


def test_the_first_decider_cannot_settle_the_dispute(engine: Engine) -> None:
    hold(engine, id="c-1")
    first, second = person(engine), person(engine)
    item = claimed(engine, first)
    decide(engine, first, item.id, INSULT, SECOND, NOW)
    decide(engine, second, claimed(engine, second, 1).id, FINE, SECOND, at(1))
    with pytest.raises(NotFoundError):
        claim_one(engine, first, item.id, RULES.lease, at(2))
    with pytest.raises(NotFoundError):
        decide(engine, first, item.id, INSULT, RULES, at(2))


def test_a_dispute_ends_with_the_opinion_behind_it(engine: Engine) -> None:
    hold(engine, id="c-1")
    first, second, lead = person(engine), person(engine), person(engine, Role.LEAD)
    decide(engine, first, claimed(engine, first).id, INSULT, SECOND, NOW)
    opinion = claimed(engine, second, 1)
    decide(engine, second, opinion.id, FINE, SECOND, at(1))
    undo(engine, second, opinion.id, RULES, at(2))
    decide(engine, second, opinion.id, INSULT, SECOND, at(3))
    assert claim(engine, lead, Filters(), RULES.lease, at(4)) is None
    assert standing(engine, "c-1") == ("reject", "human")


def test_nobody_gives_a_second_opinion_on_their_own_decision(engine: Engine) -> None:
    hold(engine, id="c-1")
    first, second, third = person(engine), person(engine), person(engine)
    item = claimed(engine, first)
    decide(engine, first, item.id, INSULT, SECOND, NOW)
    undo(engine, first, item.id, RULES, at(1))
    # Taken back: nobody is asked about it, until somebody decides again.
    assert claim(engine, second, Filters(), RULES.lease, at(2)) is None
    late = RULES.lease.total_seconds() + 5
    taken = claimed(engine, second, late)
    assert taken.id == item.id
    decide(engine, second, taken.id, INSULT, SECOND, at(late))
    assert claim(engine, second, Filters(), RULES.lease, at(late + 1)) is None
    assert claimed(engine, third, late + 2).kind == "second"
