"""What somebody sees of a comment, and of what was decided."""

from sqlalchemy import Engine

from moderation.store.accounts import Role
from moderation.store.cards import load_card
from moderation.store.history import history, reviewed_since
from moderation.store.verdicts import decide

from .room import (
    FINE,
    INSULT,
    NOW,
    RULES,
    at,
    claimed,
    external_id_of,
    hold,
    person,
)


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
