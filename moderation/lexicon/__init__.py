"""Words that a newsroom blocks, suspects or allows, found in Arabic as it is typed."""

from moderation.lexicon.entries import SHIPPED, Entry, load_entries
from moderation.lexicon.matcher import Hit, Lexicon

__all__ = ["SHIPPED", "Entry", "Hit", "Lexicon", "load_entries"]
