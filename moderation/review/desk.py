"""A card laid out for a template: what is marked, what is masked, what is kept from sight."""

from dataclasses import dataclass

from moderation.domain import Reason
from moderation.review.access import Viewer
from moderation.review.room import Room
from moderation.review.shown import slurs_of
from moderation.review.verdicts import REJECT_REASONS, room_rules
from moderation.store.cards import Card, load_card
from moderation.store.items import Item
from moderation.words import ATTRIBUTE_NAMES

# Worse than this is collapsed for those who want it so.
_SEVERE = 0.8
_SEVERE_ATTRIBUTES = ("severe_toxicity", "threat", "identity_attack")


@dataclass(frozen=True, slots=True)
class Bar:
    """A score 0..1 with the threshold that it was compared with, where it was."""

    name: str
    score: float | None
    threshold: float | None


@dataclass(frozen=True, slots=True)
class Desk:
    """What the template of a card draws.

    Attributes:
        marked: words that carry the score.
        slurs: words masked until asked for.
        blind: scores and earlier decisions are kept from sight.
        severe: the worst score in words, where the comment is to be collapsed.
        plain: a disguised text without its disguise.
        suggested: the reason that a rejection would most likely have.
    """

    card: Card
    marked: tuple[tuple[int, int], ...]
    slurs: tuple[tuple[int, int], ...]
    bars: tuple[Bar, ...]
    reasons: tuple[Reason, ...]
    blind: bool
    severe: Bar | None
    plain: str | None
    suggested: str | None

    @property
    def item(self) -> Item:
        """What the card is about."""
        return self.card.item


def lay_out(room: Room, viewer: Viewer, item: Item) -> Desk:
    """Read a card, and leave out what its kind forbids to see.

    Raises:
        StoreUnavailableError: the database cannot be used right now.
    """
    card = load_card(room.engine, item)
    shown, automatic = card.shown, card.automatic.decision
    # While an opinion could still be taken back nothing is given away.
    blind = item.blind and not item.is_final(room_rules(room).undo, room.clock())
    bars = _bars(card, viewer.t.language)
    disguised = shown.scores is not None and bool(shown.scores.forms)
    return Desk(
        card=card,
        marked=() if blind else shown.spans,
        slurs=slurs_of(shown.facts),
        bars=() if blind else bars,
        reasons=() if blind else automatic.reasons + automatic.notes,
        blind=blind,
        severe=None if blind else _severe(card, bars),
        plain=room.plain(shown.comment.text) if disguised and not blind else None,
        suggested=None if blind else _suggested(item),
    )


def _bars(card: Card, language: str) -> tuple[Bar, ...]:
    if card.shown.scores is None:
        return ()
    thresholds = {
        reason.attribute: reason.threshold
        for reason in card.automatic.decision.reasons
        if reason.attribute is not None
    }
    names = ATTRIBUTE_NAMES[language]
    return tuple(
        Bar(names[name], score, thresholds.get(name))
        for name, score in card.shown.scores.attributes.items()
    )


def _severe(card: Card, bars: tuple[Bar, ...]) -> Bar | None:
    scores = card.shown.scores
    if scores is None:
        return None
    by_name = dict(zip(scores.attributes, bars, strict=True))
    worst = max(
        (by_name[name] for name in _SEVERE_ATTRIBUTES if name in by_name),
        key=lambda bar: bar.score or 0.0,
        default=None,
    )
    return worst if worst is not None and (worst.score or 0.0) >= _SEVERE else None


def _suggested(item: Item) -> str | None:
    return item.code if item.code in REJECT_REASONS else None
