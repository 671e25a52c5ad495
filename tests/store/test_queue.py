"""Who looks at what: order, claims, leases, and who may see it."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from moderation.domain import Action
from moderation.errors import ConflictError, NotFoundError
from moderation.store import CommentStore, Sampling, writing
from moderation.store.accounts import Account, Role
from moderation.store.engine import reading
from moderation.store.items import Filters
from moderation.store.queue import (
    SKIP_FOR,
    choices,
    claim,
    claim_one,
    counts,
    escalate,
    renew,
    skip,
)
from moderation.store.ranking import rank
from moderation.store.room_tables import queue_items
from moderation.store.verdicts import decide

from .room import FINE, NOW, RULES, at, claimed, external_id_of, hold, person, publish, standing
from .samples import SITE

LEASE = RULES.lease


def taken(
    engine: Engine, account: Account, seconds: float = 0, **filters: object
) -> str | None:
    """The comment that somebody gets next, given back at once."""
    item = claim(engine, account, Filters(**filters), LEASE, at(seconds))  # type: ignore[arg-type]
    if item is None:
        return None
    with writing(engine) as connection:
        connection.execute(queue_items.update().values(holder_id=None, lease_until=None))
    return external_id_of(engine, item.comment_id)


def test_only_what_is_held_waits(engine: Engine) -> None:
    publish(engine, "شكرًا على المقال", "c-clean")
    moderator = person(engine)
    assert claim(engine, moderator, Filters(), LEASE, NOW) is None
    hold(engine, "يا حمار", "c-held")
    assert taken(engine, moderator) == "c-held"


def test_the_more_a_look_is_worth_the_sooner_it_comes(engine: Engine) -> None:
    hold(engine, id="mild", priority=7)
    hold(engine, id="severe", priority=1)
    hold(engine, id="sure", priority=1, score=0.99)
    hold(engine, id="reported", priority=1, reports=30)
    moderator = person(engine)
    order = []
    while item := claim(engine, moderator, Filters(), LEASE, NOW):
        order.append(external_id_of(engine, item.comment_id))
        decide(engine, moderator, item.id, FINE, RULES, NOW)
    assert order == ["reported", "severe", "sure", "mild"]


def test_waiting_outweighs_severity_in_the_end() -> None:
    assert rank("review", NOW, 1, 0.5) > rank("review", at(-3600), 5, 0.5)
    assert rank("review", NOW, 1, 0.5) < rank("review", at(-3600 * 24), 5, 0.5)
    # Twice the benefit is worth as much as six hours of waiting.
    assert rank("review", NOW, 3, 0.5) == pytest.approx(rank("review", at(-6 * 3600), 5, 0.5))


def test_a_claimed_comment_is_nobody_elses(engine: Engine) -> None:
    hold(engine, id="c-1")
    first, second = person(engine), person(engine)
    item = claimed(engine, first)
    assert claim(engine, second, Filters(), LEASE, at(1)) is None
    with pytest.raises(ConflictError) as refused:
        claim_one(engine, second, item.id, LEASE, at(1))
    assert refused.value.code == "held_by_other"
    assert refused.value.details["by"] == first.display_name
    # Loading the page again shows the same comment.
    assert claimed(engine, first, 2).id == item.id


def test_an_expired_lease_gives_it_back(engine: Engine) -> None:
    hold(engine, id="c-1")
    first, second = person(engine), person(engine)
    item = claimed(engine, first)
    assert renew(engine, first, item.id, LEASE, at(170))
    assert claim(engine, second, Filters(), LEASE, at(200)) is None
    late = at(170) + LEASE + timedelta(seconds=1)
    again = claim(engine, second, Filters(), LEASE, late)
    assert again is not None and again.id == item.id
    assert not renew(engine, first, item.id, LEASE, late)
    with pytest.raises(ConflictError, match="Somebody else"):
        decide(engine, first, item.id, FINE, RULES, late)


def test_a_late_decision_counts_where_nobody_was_faster(engine: Engine) -> None:
    hold(engine, id="c-1")
    first = person(engine)
    item = claimed(engine, first)
    done, _ = decide(engine, first, item.id, FINE, RULES, at(3600))
    assert done.state == "done"


def test_skipping_leaves_it_to_others_for_a_while(engine: Engine) -> None:
    hold(engine, id="c-1")
    first, second = person(engine), person(engine)
    item = claimed(engine, first)
    skip(engine, first, item.id, NOW)
    assert taken(engine, first, 1) is None
    assert taken(engine, second, 1) == "c-1"
    assert taken(engine, first, SKIP_FOR.total_seconds() + 1) == "c-1"


def test_what_is_not_theirs_cannot_be_skipped(engine: Engine) -> None:
    hold(engine, id="c-1")
    other = person(engine, sites=["riyada.example"])
    for item_id in (claimed(engine, person(engine)).id, 999):
        with pytest.raises(NotFoundError):
            skip(engine, other, item_id, NOW)


def test_escalated_is_for_leads(engine: Engine) -> None:
    hold(engine, id="c-1")
    moderator, lead = person(engine), person(engine, Role.LEAD)
    item = claimed(engine, moderator)
    escalate(engine, moderator, item.id, NOW)
    assert taken(engine, moderator, 1) is None
    with pytest.raises(NotFoundError):
        claim_one(engine, moderator, item.id, LEASE, at(1))
    assert counts(engine, lead, at(1))["escalated"] == 1
    assert taken(engine, lead, 1) == "c-1"


def test_an_account_sees_only_its_sites(engine: Engine) -> None:
    hold(engine, id="c-1", site="sahafa.example")
    hold(engine, id="c-2", site="riyada.example", priority=1)
    here = person(engine, sites=["sahafa.example"])
    item = claimed(engine, here)
    assert item.site == "sahafa.example"
    assert counts(engine, here, NOW)["review"] == 0  # the only one is held
    with reading(engine) as connection:
        other = connection.scalar(
            select(queue_items.c.id).where(queue_items.c.site == "riyada.example")
        )
    assert other is not None
    with pytest.raises(NotFoundError):
        decide(engine, here, other, FINE, RULES, NOW)


def test_filters(engine: Engine) -> None:
    hold(engine, id="low", score=0.45)
    hold(engine, id="high", score=0.95, code="threat")
    moderator = person(engine)
    assert taken(engine, moderator, code="threat") == "high"
    assert taken(engine, moderator, score_from=0.4, score_to=0.5) == "low"
    assert taken(engine, moderator, site="other.example") is None
    assert taken(engine, moderator, kind="appeal") is None


def test_an_edited_comment_waits_only_once(engine: Engine) -> None:
    hold(engine, "يا حمار", "c-1")
    moderator = person(engine)
    old = claimed(engine, moderator)
    hold(engine, "يا حمار كبير", "c-1")
    with pytest.raises(ConflictError) as refused:
        decide(engine, moderator, old.id, FINE, RULES, at(1))
    assert refused.value.code == "comment_edited"
    assert counts(engine, person(engine), at(1))["review"] == 1
    new = claimed(engine, moderator, 1)
    assert new.version_id != old.version_id


def test_more_reports_do_not_undo_what_people_did(engine: Engine) -> None:
    hold(engine, "يا حمار", "c-1", priority=8)
    moderator, lead = person(engine), person(engine, Role.LEAD)
    item = claimed(engine, moderator)
    escalate(engine, moderator, item.id, NOW)
    mine = claimed(engine, lead)
    hold(engine, "يا حمار", "c-1", reports=40, now=at(3600))
    # The same item, still escalated, still theirs, its time of waiting kept.
    done, _ = decide(engine, lead, mine.id, FINE, RULES, at(3601))
    assert (done.id, done.level, done.created_at) == (item.id, 1, NOW)
    assert standing(engine, "c-1") == ("approve", "human")
    hold(engine, "يا حمار", "c-1", reports=90, now=at(3700))
    assert standing(engine, "c-1") == ("approve", "human")
    assert claim(engine, lead, Filters(), LEASE, at(3701)) is None


def test_reports_move_a_waiting_comment_forward(engine: Engine) -> None:
    hold(engine, "يا حمار", "c-1", priority=5)
    hold(engine, "يا غبي", "c-2", priority=4)
    moderator = person(engine)
    assert taken(engine, moderator) == "c-2"
    hold(engine, "يا حمار", "c-1", priority=5, reports=40, now=at(60))
    assert taken(engine, moderator, 61) == "c-1"
    assert counts(engine, moderator, at(61))["review"] == 2


def test_filters_do_not_give_a_sample_away(engine: Engine) -> None:
    publish(engine, "شكرًا على المقال", "c-1", sampling=Sampling(b"s", audit=1.0))
    moderator = person(engine)
    assert taken(engine, moderator) == "c-1"
    assert taken(engine, moderator, kind="audit", code="clean") is None
    assert choices(engine, moderator, NOW)["code"] == []


def test_without_a_lead_nothing_is_escalated(engine: Engine) -> None:
    hold(engine, id="c-1")
    moderator = person(engine)
    person(engine, Role.LEAD, sites=["riyada.example"])
    item = claimed(engine, moderator)
    with pytest.raises(ConflictError) as refused:
        escalate(engine, moderator, item.id, NOW)
    assert refused.value.code == "not_escalated"


def test_a_new_claim_counts_from_now(engine: Engine) -> None:
    hold(engine, id="c-1")
    hold(engine, id="c-2", priority=8)
    moderator = person(engine)
    first = claimed(engine, moderator)
    with reading(engine) as connection:
        second = connection.scalars(
            select(queue_items.c.id).where(queue_items.c.id != first.id)
        ).one()
    claim_one(engine, moderator, second, LEASE, at(5))
    assert claimed(engine, moderator, 6).id == second
    # Asked for by name, it is the one on the desk.
    claim_one(engine, moderator, first.id, LEASE, at(7))
    assert claimed(engine, moderator, 8).id == first.id
    late = claimed(engine, moderator, 8 + 86_400)
    assert late.claimed_at == at(8 + 86_400)


def test_random_samples_are_drawn_with_their_share(engine: Engine) -> None:
    sampling = Sampling(b"secret", audit=0.25)
    for number in range(200):
        publish(engine, f"تعليق مهذب رقم {number}", f"c-{number}", sampling=sampling)
    with reading(engine) as connection:
        rows = connection.execute(select(queue_items)).all()
    assert {row.kind for row in rows} == {"audit"}
    assert {row.propensity for row in rows} == {0.25}
    # Binomial(200, 0.25): outside this interval once in a million keys.
    assert 22 <= len(rows) <= 82
    drawn = {external_id_of(engine, row.comment_id) for row in rows}
    assert drawn == {f"c-{n}" for n in range(200) if sampling.draws("audit", SITE, f"c-{n}", 1)}


def test_a_retry_does_not_queue_twice(engine: Engine) -> None:
    hold(engine, "يا حمار", "c-1")
    hold(engine, "يا حمار", "c-1")
    assert counts(engine, person(engine), NOW)["review"] == 1
    stored = CommentStore(engine, b"secret").get(SITE, "c-1")
    assert stored is not None and stored.decision.action is Action.REVIEW
