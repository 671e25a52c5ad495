"""JSON lines in, JSON lines out, in constant memory."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, BinaryIO

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from moderation.domain import Comment, Context
from moderation.errors import InvalidInputError
from moderation.pipeline import check_comment

# Scored together, so that every core has work; small enough to stream.
CHUNK = 64
MAX_LINE_BYTES = 1_048_576


class _ContextLine(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    title: str | None = None
    targets: tuple[str, ...] = ()
    parent: str | None = None
    section: str | None = None


class _CommentLine(BaseModel):
    # Exports carry more fields than we need: others are let through unread.
    model_config = ConfigDict(extra="ignore", frozen=True)
    text: str
    id: str | int | None = None
    context: _ContextLine = Field(default_factory=_ContextLine)
    reports: Annotated[int, Field(ge=0)] | None = None


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that could not be read: number (from 1), code and message."""

    number: int
    code: str
    message: str


def read_comments(stream: BinaryIO) -> Iterator[Comment | BadLine]:
    """Comments of a stream of JSON lines; blank lines are skipped, bad ones reported."""
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            while not line.endswith(b"\n") and (line := stream.readline(MAX_LINE_BYTES)):
                pass
            message = f"longer than {MAX_LINE_BYTES} bytes"
            yield BadLine(number, "line_too_long", message)
        elif line.strip():
            yield _parse(line, number)


def _parse(line: bytes, number: int) -> Comment | BadLine:
    try:
        read = _CommentLine.model_validate(json.loads(line))
        given = read.context
        context = Context(given.title, given.targets, given.parent, given.section)
        comment_id = None if read.id is None else str(read.id)
        comment = Comment(read.text, comment_id, context, reports=read.reports)
        check_comment(comment)
    except InvalidInputError as error:
        return BadLine(number, error.code, error.message)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "line"
        return BadLine(number, "invalid_request", f"{field}: {first['msg']}")
    except (ValueError, RecursionError):
        return BadLine(number, "invalid_json", "not a JSON object in UTF-8")
    return comment


def in_chunks(
    items: Iterable[Comment | BadLine], report: Callable[[BadLine], None]
) -> Iterator[list[Comment]]:
    """Comments in lists of at most ``CHUNK``; bad lines go to ``report``."""
    chunk: list[Comment] = []
    for item in items:
        if isinstance(item, BadLine):
            report(item)
            continue
        chunk.append(item)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def to_json(fields: dict[str, Any], indent: int | None = None) -> bytes:
    """JSON in UTF-8, on one line unless ``indent`` is given.

    With lone surrogates inside, all stays escaped: UTF-8 cannot carry them.
    """
    text = json.dumps(fields, ensure_ascii=False, indent=indent)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(fields, indent=indent).encode()
