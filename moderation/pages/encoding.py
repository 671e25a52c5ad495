"""Bytes of a saved page to text, whatever its label says."""

import codecs
import re
from dataclasses import dataclass

# Browsers look for a label near the start only, and so do we.
_LABEL_WINDOW = 4096
_LABEL = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_\-]{2,30})", re.I)

# Labels found on Arabic pages, by the codec that browsers use for them.
_CODECS = {
    "windows-1256": "cp1256",
    "cp1256": "cp1256",
    "x-cp1256": "cp1256",
    "iso-8859-6": "iso8859_6",
    "arabic": "iso8859_6",
    "windows-1252": "cp1252",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
}
_NAMES = {"cp1256": "windows-1256", "iso8859_6": "iso-8859-6", "cp1252": "windows-1252"}

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# A cut comment leaves half a letter behind; a page in another encoding leaves
# hardly a whole one.
_MAX_BROKEN_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Decoded:
    """A page's text and the name of the encoding it was in."""

    text: str
    encoding: str


def decode(raw: bytes) -> Decoded:
    """``raw`` as text with ``\\n`` line ends and without NUL; never raises.

    A byte order mark wins, then UTF-8 where the bytes are UTF-8 (chance does not
    produce it), then the one of the page's own label, windows-1256 and iso-8859-6
    that reads most like Arabic.
    """
    for mark, name in _BOMS:
        if raw.startswith(mark):
            return _decoded(raw[len(mark) :], name, name)
    unmarked = _unmarked_utf16(raw)
    if unmarked:
        return _decoded(raw, unmarked, unmarked)
    if _is_utf8(raw):
        return _decoded(raw, "utf-8", "utf-8")
    labeled = _labeled_codec(raw)
    candidates = [*([labeled] if labeled else []), "cp1256", "iso8859_6"]
    codec = max(candidates, key=lambda name: raw.decode(name, "replace").count("ال"))
    return _decoded(raw, codec, _NAMES[codec])


def _decoded(raw: bytes, codec: str, name: str) -> Decoded:
    text = raw.decode(codec, "replace").replace("\0", "")
    return Decoded(text.replace("\r\n", "\n").replace("\r", "\n"), name)


def _unmarked_utf16(raw: bytes) -> str | None:
    """Markup in UTF-16 has a NUL beside every letter of its tags."""
    start = raw[:_LABEL_WINDOW]
    if start[1:2] == b"\0" and start[1::2].count(0) * 4 > len(start) // 2:
        return "utf-16-le"
    if start[:1] == b"\0" and start[::2].count(0) * 4 > len(start) // 2:
        return "utf-16-be"
    return None


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "replace")
        foreign = sum(letter > "\x7f" for letter in text)
        return text.count("\ufffd") < foreign * _MAX_BROKEN_SHARE
    return True


def _labeled_codec(raw: bytes) -> str | None:
    for label in _LABEL.findall(raw[:_LABEL_WINDOW]):
        codec = _CODECS.get(label.decode("ascii").lower())
        if codec:
            return codec
    return None
