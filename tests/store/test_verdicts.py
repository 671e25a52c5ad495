"""What people decide: once each, never lost, taken back by another decision."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from moderation.domain import HUMAN_RULE, Reason
from moderation.errors import ConflictError, NotFoundError
from moderation.store import CommentStore, Sampling, author_histories
from moderation.store.accounts import Account, Role
from moderation.store.appeals import appeal
from moderation.store.audit import verify
from moderation.store.cards import load_card
from moderation.store.engine import reading
from moderation.store.history import history, reviewed_since
from moderation.store.items import Filters, Item
from moderation.store.outbox import add_endpoint
from moderation.store.queue import claim, claim_one, counts
from moderation.store.remarks import add_note
from moderation.store.room_tables import audit_log, outbox, queue_items
from moderation.store.verdicts import Rules, Verdict, change, decide, undo

from .room import (
    FINE,
    INSULT,
    NOW,
    RULES,
    at,
    external_id_of,
    hold,
    person,
    publish,
    standing,
)
from .samples import SITE

SPAM = Verdict("reject", Reason("spam", HUMAN_RULE, {"ar": "إعلان"}, "reject"))
SECOND = Rules(RULES.lease, RULES.undo, Sampling(b"secret", second=1.0))


def claimed(engine: Engine, account: Account, seconds: float = 0, **filters: str) -> Item:
    item = claim(engine, account, Filters(**filters), RULES.lease, at(seconds))  # type: ignore[arg-type]
    assert item is not None
    return item


def messages(engine: Engine) -> list[tuple[str, str, str]]:
    """Type, state and action of all messages."""
    with reading(engine) as connection:
        rows = connection.execute(select(outbox).order_by(outbox.c.id)).all()
    return [(r.type, r.state, json.loads(r.payload)["data"]["action"]) for r in rows]


def test_a_verdict_is_a_new_decision(engine: Engine) -> None:
    hold(engine, "هذا الوزير حمار", "c-1")
    moderator = person(engine)
    item = claimed(engine, moderator)
    done, following = decide(engine, moderator, item.id, INSULT, RULES, at(5), Filters())
    assert (done.state, done.action, done.reason) == ("done", "reject", "insult")
    assert following is None
    stored = CommentStore(engine, b"secret").get(SITE, "c-1")
    assert stored is not None
    assert stored.decided_by == moderator.id
    assert stored.decision.action.value == "reject"
    assert stored.decision.reasons[0].rule == "human"
    assert stored.decision.notice == {"ar": "لم ننشر تعليقك"}
    # The policy's decision is still there, and the author's history counts the human one.
    assert [d.action for d in load_card(engine, done).decisions] == ["reject", "review"]
    hashed = CommentStore(engine, b"secret").author_hash("reader-1")
    assert author_histories(engine, SITE, [hashed or ""]) == {hashed: (1, 1)}


def test_the_same_comment_again_keeps_the_human_decision(engine: Engine) -> None:
    hold(engine, "هذا الوزير حمار", "c-1")
    moderator = person(engine)
    decide(engine, moderator, claimed(engine, moderator).id, FINE, RULES, NOW)
    hold(engine, "هذا الوزير حمار", "c-1")
    assert standing(engine, "c-1") == ("approve", "human")
    assert claim(engine, moderator, Filters(), RULES.lease, at(1)) is None


def test_the_second_of_two_is_told_who_was_faster(engine: Engine) -> None:
    hold(engine, id="c-1")
    first, second = person(engine), person(engine)
    item = claimed(engine, first)
    decide(engine, first, item.id, FINE, RULES, at(1))
    with pytest.raises(ConflictError) as refused:
        decide(engine, second, item.id, INSULT, RULES, at(2))
    assert refused.value.code == "already_decided"
    assert refused.value.details == {
        "by": first.display_name, "at": at(1), "action": "approve",
    }  # fmt: skip
    assert standing(engine, "c-1") == ("approve", "human")


def test_undo_takes_it_back_and_serves_it_again(engine: Engine) -> None:
    hold(engine, id="c-1")
    hold(engine, id="c-2", priority=8)
    moderator = person(engine)
    item = claimed(engine, moderator)
    _, following = decide(engine, moderator, item.id, INSULT, RULES, NOW, Filters())
    assert following is not None
    reopened = undo(engine, moderator, item.id, RULES, at(5))
    assert reopened.state == "open" and reopened.holder_id == moderator.id
    assert standing(engine, "c-1") == ("review", "human")
    assert claimed(engine, moderator, 6).id == item.id
    decide(engine, moderator, item.id, FINE, RULES, at(7))
    assert standing(engine, "c-1") == ("approve", "human")
    # The comment that was next before is still theirs.
    assert claimed(engine, moderator, 8).id == following.id
    assert verify(engine).problems == ()


def test_nobody_outside_hears_of_what_was_undone_in_time(engine: Engine) -> None:
    add_endpoint(engine, SITE, "https://cms.example/hooks", NOW)
    hold(engine, id="c-1")
    moderator = person(engine)
    item = claimed(engine, moderator)
    decide(engine, moderator, item.id, INSULT, RULES, NOW)
    with reading(engine) as connection:
        assert connection.scalar(select(outbox.c.due_at)) == at(10)
    undo(engine, moderator, item.id, RULES, at(5))
    assert messages(engine) == [("decision.made", "cancelled", "reject")]
    decide(engine, moderator, item.id, FINE, RULES, at(6))
    assert messages(engine)[1:] == [("decision.made", "pending", "approve")]


def test_a_later_change_is_told(engine: Engine) -> None:
    from moderation.store.outbox import record_delivery, take_due

    add_endpoint(engine, SITE, "https://cms.example/hooks", NOW)
    hold(engine, id="c-1")
    moderator = person(engine)
    item = claimed(engine, moderator)
    decide(engine, moderator, item.id, INSULT, RULES, NOW)
    [sent] = take_due(engine, 10, at(11), timedelta(minutes=1))
    record_delivery(engine, sent, 200, None, 12, at(11))
    change(engine, moderator, item.id, FINE, RULES, at(60))
    undo(engine, moderator, item.id, RULES, at(3600))
    assert messages(engine) == [
        ("decision.made", "sent", "reject"),
        ("decision.changed", "cancelled", "approve"),
        ("decision.changed", "pending", "review"),
    ]


def test_others_may_not_change_it_but_leads_may(engine: Engine) -> None:
    hold(engine, id="c-1")
    first, second, lead = person(engine), person(engine), person(engine, Role.LEAD)
    item = claimed(engine, first)
    with pytest.raises(NotFoundError):
        undo(engine, second, item.id, RULES, NOW)
    decide(engine, first, item.id, INSULT, RULES, NOW)
    with pytest.raises(NotFoundError):
        undo(engine, second, item.id, RULES, at(1))
    with pytest.raises(NotFoundError):
        change(engine, second, item.id, FINE, RULES, at(1))
    change(engine, lead, item.id, FINE, RULES, at(2))
    assert standing(engine, "c-1") == ("approve", "human")


def test_what_is_open_or_edited_cannot_be_undone(engine: Engine) -> None:
    hold(engine, "يا حمار", "c-1")
    moderator, lead = person(engine), person(engine, Role.LEAD)
    item = claimed(engine, moderator)
    with pytest.raises(ConflictError) as refused:
        undo(engine, lead, item.id, RULES, NOW)
    assert refused.value.code == "not_decided"
    decide(engine, moderator, item.id, INSULT, RULES, NOW)
    hold(engine, "يا حمار، نعم قلتها", "c-1")
    with pytest.raises(ConflictError) as refused:
        undo(engine, moderator, item.id, RULES, at(1))
    assert refused.value.code == "comment_edited"


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


def test_an_edit_and_a_note_do_not_wait_for_each_other(engine: Engine) -> None:
    hold(engine, "يا حمار", "c-1")
    moderator = person(engine)
    item = claimed(engine, moderator)
    with ThreadPoolExecutor(4) as pool:
        edits = [pool.submit(hold, engine, f"يا حمار {n}", "c-1") for n in range(10)]
        remarks = [
            pool.submit(add_note, engine, moderator, item.id, f"ملاحظة {n}", at(n))
            for n in range(10)
        ]
        for future in edits:
            future.result()
        for remark in remarks:
            remark.result()
    assert verify(engine).problems == ()


def test_an_earlier_text_does_not_give_a_sample_away(engine: Engine) -> None:
    text = "والله إنك حمار كبير ولا تفهم شيئا في التعليم"
    hold(engine, text, "c-1")
    moderator = person(engine)
    decide(engine, moderator, claimed(engine, moderator).id, INSULT, RULES, NOW)
    hold(engine, text + " أبدا", "c-1")
    assert load_card(engine, claimed(engine, moderator, 1)).similar == ()


def test_the_card_shows_what_surrounds_a_comment(engine: Engine) -> None:
    from moderation.domain import Context

    article = Context("رفع الرسوم", article_id="a-1", lead="قررت الوزارة أمس")
    reply = Context("رفع الرسوم", parent="كل سنة نفس القصة", article_id="a-1", parent_id="c-0")
    hold(engine, "كل سنة نفس القصة يا حمير", "c-0", context=article, author_id="reader-9")
    hold(engine, "والله إنك حمار كبير ولا تفهم شيئا في التعليم", "c-1", context=reply)
    hold(engine, "والله إنك حمار كبير ولا تفهم شيئًا في التعليم!!", "c-2", context=article)
    moderator = person(engine)
    for _ in range(3):
        item = claimed(engine, moderator)
        if external_id_of(engine, item.comment_id) == "c-1":
            break
        decide(engine, moderator, item.id, INSULT, RULES, NOW)
    card = load_card(engine, item)
    assert card.shown.comment.context == reply
    assert [c.text for c in card.thread] == ["كل سنة نفس القصة يا حمير"]
    assert [c.text for c in card.similar] == ["والله إنك حمار كبير ولا تفهم شيئًا في التعليم!!"]
    assert card.author_comments == 1  # c-2 is by the same reader
    assert [c.text for c in card.author_latest] == [c.text for c in card.similar]


def test_history_is_newest_first_and_ones_own(engine: Engine) -> None:
    for number in range(5):
        hold(engine, f"يا حمار {number}", f"c-{number}")
    first, lead = person(engine), person(engine, Role.LEAD)
    for second in range(5):
        verdict = INSULT if second % 2 else FINE
        decide(engine, first, claimed(engine, first, second).id, verdict, RULES, at(second))
    rows = history(engine, first, limit=3)
    times = [row.item.decided_at for row in rows]
    assert times == [at(4), at(3), at(2)]
    older = history(engine, first, before=rows[-1].item.id)
    assert [row.item.decided_at for row in older] == [at(1), at(0)]
    assert history(engine, lead) == []
    assert len(history(engine, lead, everybody=True)) == 5
    assert history(engine, person(engine), everybody=True) == []
    assert reviewed_since(engine, first, at(1)) == (4, 2)


def test_everything_is_in_the_audit_log_without_any_text(engine: Engine) -> None:
    hold(engine, "هذا الوزير حمار", "c-1")
    moderator = person(engine)
    item = claimed(engine, moderator)
    decide(engine, moderator, item.id, INSULT, RULES, NOW)
    undo(engine, moderator, item.id, RULES, at(1))
    with reading(engine) as connection:
        rows = connection.execute(select(audit_log).order_by(audit_log.c.id)).all()
        assert connection.scalar(select(queue_items.c.state)) == "open"
    assert [row.event for row in rows] == ["decided", "undone"]
    assert all("حمار" not in row.details for row in rows)
    assert counts(engine, moderator, at(2))["review"] == 0
