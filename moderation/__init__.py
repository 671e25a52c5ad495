"""Mizan (ميزان): moderation of Arabic reader comments."""

__version__ = "0.1.0"
