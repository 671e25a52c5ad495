"""Words that a newsroom blocks, suspects or allows, found in Arabic as it is typed."""

from moderation.lexicon.entries import SHIPPED, Entry, load_entries
from moderation.lexicon.matcher import Hit, Lexicon, check_examples
from moderation.lexicon.newsroom import Newsroom, load_newsroom, open_lexicon

__all__ = [
    "SHIPPED",
    "Entry",
    "Hit",
    "Lexicon",
    "Newsroom",
    "check_examples",
    "load_entries",
    "load_newsroom",
    "open_lexicon",
]
