"""What can be told about a comment without the model: words, disguise, language, data."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from moderation.domain import PersonalData, WordHit
from moderation.lexicon import Hit, Lexicon, open_lexicon
from moderation.text.alignment import Span, merged, normalized_places
from moderation.text.arabizi import to_arabic
from moderation.text.evasion import Sign, reveal
from moderation.text.normalize import LINK, normalize
from moderation.text.personal import personal_data
from moderation.text.rewriting import Rewritten
from moderation.text.script import Language, detect

# Of one comment in an answer and in the store.
MOST_WORDS = 100


@dataclass(frozen=True, slots=True)
class Analysis:
    """The findings.

    Attributes:
        normalized: the text as the model sees it.
        plain: the text without disguise, where that differs and is worth scoring.
        words: entries of the word list, in the order of the text.
        evasion: 0..1, how hard the text was disguised.
    """

    normalized: str
    plain: str | None
    words: tuple[WordHit, ...]
    evasion: float
    language: Language
    links: int
    personal_data: tuple[PersonalData, ...]


@dataclass(frozen=True, slots=True)
class _Form:
    """Another form of a comment: without its disguise, or in Arabic letters."""

    rewritten: Rewritten
    normalized: str


class Analyzer:
    """Reads comments with one word list. Thread-safe."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon

    def analyze(self, text: str) -> Analysis:
        """Everything about one comment, in time linear in its length."""
        normalized = normalize(text)
        language = detect(normalized).language
        words = self._words(normalized, text)
        if language == "other":
            # «tant» is French and «kos» an island: Latin forms are for Arabizi.
            words = tuple(w for w in words if not text[w.start : w.end].isascii())
        revealed = reveal(text)
        plain: _Form | None = None
        confirmed: tuple[Sign, ...] = ()
        if revealed.signs:
            form = _Form(revealed.plain, normalize(revealed.plain.text))
            hidden = self._behind(form, words)
            confirmed = _confirmed(revealed.signs, hidden)
            words = _joined(words, hidden)
            if confirmed or any(sign.sure for sign in revealed.signs):
                plain = form
        if language == "ar-Latn":
            arabic = to_arabic(text, self.lexicon.words)
            plain = _Form(arabic, normalize(arabic.text))
            words = _joined(words, self._behind(plain, words))
        differs = plain is not None and plain.normalized != normalized
        return Analysis(
            normalized=normalized,
            plain=plain.rewritten.text if plain is not None and differs else None,
            words=_most_telling(words),
            evasion=revealed.score(confirmed),
            language=language,
            links=normalized.count(LINK),
            personal_data=personal_data(text),
        )

    def _words(self, normalized: str, text: str) -> tuple[WordHit, ...]:
        hits = self.lexicon.find(normalized)
        if not hits:
            return ()
        places = normalized_places(text)
        return tuple(_word(hit, places[hit.start][0], places[hit.end - 1][1]) for hit in hits)

    def _behind(self, form: "_Form", known: Sequence[WordHit]) -> tuple[WordHit, ...]:
        """Words of another form of the text that the text as typed does not show."""
        seen = {(hit.entry, hit.sure) for hit in known}
        return tuple(
            WordHit(
                hit.entry, hit.category, hit.severity, hit.sure,
                *form.rewritten.original(hit.start, hit.end),
            )
            for hit in self._words(form.normalized, form.rewritten.text)
            if (hit.entry, hit.sure) not in seen
        )  # fmt: skip


@cache
def open_analyzer(newsroom: Path | None = None) -> Analyzer:
    """An analyzer with the shipped word list, and a newsroom's own words if it has a file.

    Raises:
        LexiconError: a file is wrong.
    """
    return Analyzer(open_lexicon(newsroom))


def _word(hit: Hit, start: int, end: int) -> WordHit:
    entry = hit.entry
    return WordHit(entry.id, entry.category, entry.severity, hit.sure, start, end)


def _joined(first: Sequence[WordHit], second: Sequence[WordHit]) -> tuple[WordHit, ...]:
    return tuple(sorted({*first, *second}, key=lambda hit: (hit.start, -hit.end, hit.entry)))


def _confirmed(signs: Sequence[Sign], hidden: Sequence[WordHit]) -> tuple[Sign, ...]:
    """The signs behind which words were found."""
    found = merged([Span(hit.start, hit.end) for hit in hidden])
    ends = [span.end for span in found]
    return tuple(
        sign
        for sign in signs
        if (i := bisect_right(ends, sign.start)) < len(found) and found[i].start < sign.end
    )


def _most_telling(words: Sequence[WordHit]) -> tuple[WordHit, ...]:
    """All, or so many that an answer stays small: the sure and severe ones."""
    if len(words) <= MOST_WORDS:
        return tuple(words)
    kept = sorted(words, key=lambda hit: (not hit.sure, -hit.severity))[:MOST_WORDS]
    return _joined(kept, ())
