"""JSON lines: what is read, what is refused, in constant memory."""

import gc
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from typer.testing import CliRunner

from moderation import cli
from moderation.domain import MAX_COMMENT_CHARS, Comment, Context, Scores
from moderation.jsonlines import (
    CHUNK,
    MAX_LINE_BYTES,
    BadLine,
    in_chunks,
    read_comments,
    to_json,
)
from moderation.pipeline import Moderator
from moderation.policy import load_policy
from tests.fakes import FailingScorer, FakeScorer

GOOD = '{"text": "أحسنتم"}'.encode()


def read(content: bytes) -> list[Comment | BadLine]:
    """All of ``content``."""
    return list(read_comments(io.BytesIO(content)))


@pytest.mark.parametrize(
    ("line", "comment"),
    [
        ({"text": "أحسنتم"}, Comment("أحسنتم")),
        ({"text": "أحسنتم", "id": "c-1"}, Comment("أحسنتم", "c-1")),
        ({"text": "أحسنتم", "id": 17}, Comment("أحسنتم", "17")),
        ({"text": "أحسنتم", "id": None}, Comment("أحسنتم")),
        ({"text": "أحسنتم", "likes": 3, "label": {"a": []}}, Comment("أحسنتم")),
        (
            {
                "text": "ya 7mar",
                "context": {"title": "ع", "targets": ["أ"], "parent": "ب", "x": 1},
            },
            Comment("ya 7mar", None, Context("ع", ("أ",), "ب")),
        ),
        ({"text": "سطر\nسطر\u2028سطر\0"}, Comment("سطر\nسطر\u2028سطر\0")),
        ({"text": "م\ud83d"}, Comment("م\ud83d")),
    ],
)
def test_a_line_is_a_comment(line: dict[str, Any], comment: Comment) -> None:
    assert read(json.dumps(line).encode()) == [comment]
    if "\ud83d" not in comment.text:
        raw = json.dumps(line, ensure_ascii=False).encode()
        assert read(raw + b"\r\n\n  \n" + raw) == [comment, comment]


@pytest.mark.parametrize(
    ("line", "code", "names"),
    [
        (b"{", "invalid_json", "JSON"),
        (b"nonsense", "invalid_json", "JSON"),
        (b'{"text": "\xe3\xe4"}', "invalid_json", "UTF-8"),
        (b"\xff\xfe\x00", "invalid_json", "JSON"),
        (b"[" * 100_000, "invalid_json", "JSON"),
        (b'{"text":' * 100_000, "invalid_json", "JSON"),
        (b'{"text": "a", "id": ' + b"9" * 5000 + b"}", "invalid_json", "JSON"),
        (b"[]", "invalid_request", "line"),
        (b'"text"', "invalid_request", "line"),
        (b"null", "invalid_request", "line"),
        (b"{}", "invalid_request", "text"),
        (b'{"text": null}', "invalid_request", "text"),
        (b'{"text": 5}', "invalid_request", "text"),
        (b'{"text": "a", "id": []}', "invalid_request", "id"),
        (b'{"text": "a", "context": 5}', "invalid_request", "context"),
        (b'{"text": "a", "context": {"targets": "b"}}', "invalid_request", "context.targets"),
        (b'{"text": ""}', "comment_empty", "nothing to read"),
        (rb'{"text": "\u200b\u202e \n"}', "comment_empty", "nothing to read"),
        (
            json.dumps({"text": "م" * (MAX_COMMENT_CHARS + 1)}).encode(),
            "comment_too_long",
            str(MAX_COMMENT_CHARS),
        ),
        (
            json.dumps({"text": "م", "context": {"targets": list("أبجده")}}).encode(),
            "too_many_targets",
            "4",
        ),
        (b'{"text": "' + b"a" * MAX_LINE_BYTES + b'"}', "line_too_long", str(MAX_LINE_BYTES)),
        (b"a" * (5 * MAX_LINE_BYTES), "line_too_long", str(MAX_LINE_BYTES)),
    ],
    ids=range(22),
)
def test_a_bad_line_is_reported_with_its_number(line: bytes, code: str, names: str) -> None:
    first, bad, last = read(b"\n".join([GOOD, b"", line, GOOD]))
    assert first == last == Comment("أحسنتم")
    assert isinstance(bad, BadLine)
    assert (bad.number, bad.code) == (3, code)
    assert names in bad.message


def test_a_bad_line_is_not_quoted() -> None:
    secret = "نص لا يُكتب في خطأ"
    lines = [{"text": [secret]}, {"text": "a", "id": [secret]}, {"text": secret * 5000}]
    content = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    found = read(f"{content}\n{secret}".encode())
    assert all(isinstance(bad, BadLine) for bad in found)
    assert secret not in repr(found)


def test_chunks_leave_nothing_out() -> None:
    bad: list[BadLine] = []
    items = [
        BadLine(n, "x", "y") if n % 7 == 0 else Comment(str(n)) for n in range(CHUNK * 3 + 5)
    ]
    chunks = list(in_chunks(items, bad.append))
    assert all(0 < len(chunk) <= CHUNK for chunk in chunks)
    assert [c for chunk in chunks for c in chunk] == [
        i for i in items if isinstance(i, Comment)
    ]
    assert bad == [i for i in items if isinstance(i, BadLine)]


@pytest.mark.parametrize(
    "fields", [{"id": "م\ud83d", "n": 0.1}, {"id": "\udc00\ud83d"}, {"id": "👍\u2028\u202e"}]
)
def test_any_text_goes_out_as_one_utf8_line(fields: dict[str, Any]) -> None:
    line = to_json(fields)
    assert b"\n" not in line
    assert json.loads(line.decode("utf-8")) == fields


class _Endless(io.RawIOBase):
    """Lines made one by one, as they are asked for."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        line = next(self._lines, b"")
        self.given += bool(line)
        buffer[: len(line)] = line
        return len(line)


class _Watching(FakeScorer):
    """Notes, at each call, how many comments are alive and how many lines wait."""

    def __init__(self, source: _Endless) -> None:
        super().__init__()
        self._source = source
        self._scored = 0
        self.alive = self.waiting = 0

    def score(self, comments: Sequence[Comment]) -> list[Scores | None]:
        self._scored += len(comments)
        self.waiting = max(self.waiting, self._source.given - self._scored)
        if len(self.batches) % 50 == 0:
            self.alive = max(self.alive, alive_comments())
        return super().score(comments)


def alive_comments() -> int:
    """How many comments this process holds, of those made since ``gc.freeze()``."""
    # Not isinstance: it would ask lazy proxies of other libraries what they are.
    return sum(type(thing) is Comment for thing in gc.get_objects())


@pytest.fixture
def frozen() -> Iterator[None]:
    """Only objects made by the test itself are looked through."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("command", ["score", "moderate"])
def test_constant_memory(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    count = 20_000
    source = _Endless(f'{{"id": {n}, "text": "تعليق {n}"}}\n'.encode() for n in range(count))
    scorer = _Watching(source)
    monkeypatch.setattr(cli, "_open_moderator", lambda: Moderator(scorer, load_policy()))
    monkeypatch.setattr(cli, "_opened", lambda _: io.BufferedReader(source))
    result = CliRunner().invoke(cli.app, [command, "-"])
    assert result.exit_code == 0
    assert result.stdout.count("\n") == count
    assert sum(scorer.batches) == count and max(scorer.batches) == CHUNK
    assert scorer.waiting <= 1
    assert 0 < scorer.alive <= 2 * CHUNK


def test_a_comment_that_cannot_be_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    moderator = Moderator(FailingScorer("خطأ"), load_policy())
    monkeypatch.setattr(cli, "_open_moderator", lambda: moderator)
    lines = '{"text": "خطأ"}\n{"text": "يا حمار"}\n'.encode()
    result = CliRunner().invoke(cli.app, ["moderate", "-"], input=lines)
    assert result.exit_code == 0
    failed, other = map(json.loads, result.stdout.splitlines())
    assert failed["scores"] is None
    assert failed["decision"]["action"] == "review"
    assert failed["decision"]["reasons"][0]["code"] == "not_scored"
    assert other["decision"]["action"] == "reject"
