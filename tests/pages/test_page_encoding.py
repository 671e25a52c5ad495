import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.pages.encoding import decode

TEXT = "قال المتحدث إن الخبر غير صحيح، وإن التحقيق مستمر في القضية"


def labeled(charset: str) -> str:
    return f'<html><head><meta charset="{charset}"></head><body>{TEXT}</body></html>'


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (codecs.BOM_UTF8 + labeled("windows-1256").encode(), "utf-8"),
        (codecs.BOM_UTF16_LE + labeled("utf-8").encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + labeled("utf-8").encode("utf-16-be"), "utf-16-be"),
        (labeled("utf-16").encode("utf-16-le"), "utf-16-le"),
        (labeled("utf-16").encode("utf-16-be"), "utf-16-be"),
        (labeled("utf-8").encode(), "utf-8"),
        (labeled("windows-1256").encode("cp1256"), "windows-1256"),
        (labeled("iso-8859-6").encode("iso8859_6"), "iso-8859-6"),
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("cp1256"), "windows-1256"),
    ],
)
def test_honest_pages(raw: bytes, encoding: str) -> None:
    decoded = decode(raw)
    assert decoded.encoding == encoding
    assert TEXT in decoded.text


@pytest.mark.parametrize(
    ("label", "codec", "encoding"),
    [
        ("windows-1256", "utf-8", "utf-8"),
        ("iso-8859-1", "utf-8", "utf-8"),
        ("utf-8", "cp1256", "windows-1256"),
        ("iso-8859-1", "cp1256", "windows-1256"),
        ("iso-8859-6", "cp1256", "windows-1256"),
        ("windows-1256", "iso8859_6", "iso-8859-6"),
        ("no-such-charset", "cp1256", "windows-1256"),
        ("rot13", "utf-8", "utf-8"),
    ],
)
def test_mislabeled_pages(label: str, codec: str, encoding: str) -> None:
    decoded = decode(labeled(label).encode(codec))
    assert decoded.encoding == encoding
    assert TEXT in decoded.text


def test_http_equiv_label() -> None:
    head = '<meta http-equiv=content-type content="text/html; charset=windows-1252">'
    assert decode(f"{head}<p>café</p>".encode("cp1252")).text.endswith("<p>café</p>")


def test_letter_cut_in_half() -> None:
    decoded = decode(labeled("utf-8").encode() + "ق".encode()[:1] + b" ...")
    assert decoded.encoding == "utf-8"
    assert TEXT in decoded.text


def test_line_ends() -> None:
    assert decode(b"a\r\nb\rc\n\0d").text == "a\nb\nc\nd"


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_never_raises(raw: bytes) -> None:
    decoded = decode(raw)
    assert "\0" not in decoded.text
