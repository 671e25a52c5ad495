"""How text and JSON are written so that both databases take every Python string.

PostgreSQL refuses NUL and lone surrogates; readers' browsers send both. Such
characters, and the mark itself, are written as ``␚`` (U+241A) and four
hexadecimal digits. Every other text is stored as it is.
"""

import json
import re
from typing import Any

_MARK = "\u241a"
_UNSTORABLE = re.compile(f"[\0\ud800-\udfff{_MARK}]")
_ESCAPED = re.compile(f"{_MARK}([0-9a-f]{{4}})")


def stored_text(text: str) -> str:
    r"""Escape what PostgreSQL refuses: ``"سلام\0"`` becomes ``"سلام␚0000"``."""
    return _UNSTORABLE.sub(lambda match: f"{_MARK}{ord(match[0]):04x}", text)


def loaded_text(stored: str) -> str:
    """Undo ``stored_text`` exactly."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), stored)


def stored_json(value: Any) -> str:
    """Write JSON with floats as ``repr``, so that they come back equal to the bit.

    Raises:
        ValueError: for NaN and infinity, which JSON does not have.
    """
    # Not ensure_ascii: reading it back would join two lone surrogates into one character.
    return stored_text(json.dumps(value, ensure_ascii=False, allow_nan=False))


def loaded_json(stored: str | bytes) -> Any:
    """Undo ``stored_json``; psycopg hands over bytes, sqlite3 text."""
    return json.loads(loaded_text(stored if isinstance(stored, str) else stored.decode()))
