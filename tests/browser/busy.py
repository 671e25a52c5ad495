"""A newsroom in which every page has something to show."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, select

from moderation.domain import (
    ABUSE_ATTRIBUTES,
    Action,
    Comment,
    Context,
    Decision,
    Facts,
    ModelRef,
    Moderated,
    PolicyRef,
    Reason,
    Scores,
    Stance,
    WordHit,
)
from moderation.store import Account, CommentStore, Role, Sampling, create_account, outbox
from moderation.store.accounts import set_preferences
from moderation.store.appeals import appeal
from moderation.store.engine import reading
from moderation.store.human import Verdict
from moderation.store.queue import claim_one
from moderation.store.remarks import add_note, correct
from moderation.store.room_tables import queue_items
from moderation.store.tables import comments
from moderation.store.verdicts import decide
from tests.store.people import make_account
from tests.store.room import FINE, INSULT, RULES, hold, publish
from tests.store.samples import SITE

INSULTING = "هذا الوزير حمار ولا يستحق منصبه، ومن يدافع عنه مثله"
THREATENING = "سأقتلك أنت وأهلك أيها الحمار"
_LEADS = {"ar": "نوال", "en": "nawal"}
CONTEXT = Context(
    title="الوزارة ترفع رسوم الجامعات ٢٠٪ مع بداية العام",
    targets=("وزارة التعليم", "رفع الرسوم"),
    parent="كل سنة القصة نفسها ولا أحد يسأل الطلاب.",
    section="محليات",
    article_id="a-17",
    lead="أعلنت وزارة التعليم أمس زيادة في رسوم الجامعات الحكومية تبدأ من الفصل المقبل.",
    parent_id="parent",
)


@dataclass(frozen=True, slots=True)
class Busy:
    """Where to find what.

    Attributes:
        leads: two who may open every page, by the language of their pages.
        full: on the desk of each of them, a comment whose card has everything on it.
        invited: the token of a one-time link.
        severe: an open item.
        blind: an open item of an audit sample.
        done: a decided item.
    """

    leads: dict[str, Account]
    full: dict[str, int]
    invited: str
    severe: int
    blind: int
    done: int


def hold_abuse(
    engine: Engine,
    text: str,
    id: str,
    now: datetime,
    attribute: str = "insult",
    score: float = 0.62,
    context: Context = CONTEXT,
) -> int:
    """Hold a comment whose word «حمار» is an insult of the list; returns the item."""
    start = text.index("حمار")
    hit = WordHit("حمار", "insult", 2, True, start, start + 4)
    reason = Reason(
        attribute, f"{attribute}-review", {"ar": "قد تكون فيه إساءة", "en": "May be abusive"},
        attribute=attribute, score=score, threshold=0.4,
        meaning={"ar": "أفضل موازنة", "en": "best balance"},
    )  # fmt: skip
    scores = Scores(
        attributes={**dict.fromkeys(ABUSE_ATTRIBUTES, 0.07), attribute: score},
        sentiment={"negative": 0.9, "neutral": 0.08, "positive": 0.02},
        stance=tuple(Stance(target, 0.05, 0.9, 0.05) for target in context.targets),
        model=ModelRef("fake", "f" * 64),
        truncated=True,
        forms={"written": {attribute: 0.3}, "plain": {attribute: score}},
    )
    decision = Decision(Action.REVIEW, (reason,), PolicyRef("default", 3, "b" * 64), priority=2)
    facts = Facts(at=now, section=context.section, length=len(text), words=(hit,))
    moderated = Moderated(
        Comment(text, id, context, "reader-1", 4), scores, decision, facts,
        ((start, start + 4),),
    )  # fmt: skip
    CommentStore(engine, b"secret").record(SITE, [moderated], now)
    return item_of(engine, id)


def item_of(engine: Engine, external_id: str, kind: str = "review") -> int:
    """The newest item about a comment."""
    with reading(engine) as connection:
        return (
            connection.scalars(
                select(queue_items.c.id)
                .join(comments, comments.c.id == queue_items.c.comment_id)
                .where(comments.c.external_id == external_id, queue_items.c.kind == kind)
                .order_by(queue_items.c.id.desc())
            ).first()
            or 0
        )


def fill(engine: Engine, now: datetime) -> Busy:
    """Put one of everything into an empty database."""
    leads = {lang: _lead(engine, name, lang, now) for lang, name in _LEADS.items()}
    colleague = make_account(engine, "سامي", (Role.MODERATOR,), (), now)
    earlier = now - timedelta(hours=5)
    publish(engine, "كلام هادئ عن الرسوم", "fine-1", article_id="a-17", title="رسوم الجامعات")
    publish(
        engine, "رأي آخر في الرسوم", "audited",
        sampling=Sampling(b"secret", audit=1.0), article_id="a-17", title="رسوم الجامعات",
    )  # fmt: skip
    secret = outbox.add_endpoint(engine, SITE, "https://cms.sahafa.example/hooks?key=1", now)
    assert secret
    for number, verdict in enumerate((INSULT, FINE, INSULT)):
        hold(engine, f"تعليق قديم رقم {number} عن الوزير", f"old-{number}", now=earlier)
        _decide(
            engine, leads["ar"] if number == 0 else colleague, f"old-{number}", verdict, earlier
        )
    hold(engine, INSULTING.replace("مثله", "كذلك"), "similar", now=earlier, score=0.55)
    appeal(engine, SITE, "old-2", now)
    full = {lang: _full(engine, lead, colleague, lang, now) for lang, lead in leads.items()}
    severe = hold_abuse(engine, THREATENING, "severe", now, "threat", 0.97, Context())
    _deliver(engine, now)
    return Busy(
        leads=leads,
        full=full,
        invited=create_account(engine, "هدى", (Role.MODERATOR,), (), now),
        severe=severe,
        blind=item_of(engine, "audited", "audit"),
        done=item_of(engine, "old-0"),
    )


def _lead(engine: Engine, name: str, language: str, now: datetime) -> Account:
    lead = make_account(engine, name, list(Role), (), now)
    set_preferences(engine, lead.id, {"language": language}, now)
    return lead


def _full(
    engine: Engine, lead: Account, colleague: Account, language: str, now: datetime
) -> int:
    """A comment that was edited, noted and corrected, on somebody's desk."""
    id_ = f"full-{language}"
    hold_abuse(engine, f"نص {language} قبل التعديل: حمار", id_, now - timedelta(hours=4))
    item = hold_abuse(engine, INSULTING, id_, now)
    add_note(engine, colleague, item, "تكرر منه هذا، راجعوا ما سبق.", now, about_author=True)
    correct(engine, colleague, item, now, labels={"insult": 1}, sentiment="negative")
    claim_one(engine, lead, item, RULES.lease, now)
    return item


def _decide(
    engine: Engine, account: Account, external_id: str, verdict: Verdict, now: datetime
) -> None:
    item = claim_one(engine, account, item_of(engine, external_id), RULES.lease, now)
    decide(engine, account, item.id, verdict, RULES, now + timedelta(seconds=20))


def _deliver(engine: Engine, now: datetime) -> None:
    """One attempt to send the oldest message, which failed."""
    [message] = outbox.take_due(engine, 1, now, timedelta(minutes=1))
    outbox.record_delivery(engine, message, 503, None, 1234, now)
