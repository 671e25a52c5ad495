"""Read a policy file and say clearly what is wrong with it: file, line, and a way out."""

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from moderation.domain import ABUSE_ATTRIBUTES, OPERATING_POINTS, PolicyRef
from moderation.errors import PolicyError
from moderation.policy import conditions, questions, schema
from moderation.policy.check import Place, Problem, problems
from moderation.policy.engine import Policy
from moderation.policy.questions import FLAG_FACTS, NUMBER_FACTS, TEXT_FACTS
from moderation.policy.schema import PolicyFile

DEFAULT_POLICY = Path(__file__).with_name("default.yaml")
MAX_BYTES = 1_000_000
_KNOWN = (*ABUSE_ATTRIBUTES, *OPERATING_POINTS, *NUMBER_FACTS, *TEXT_FACTS, *FLAG_FACTS)
_FIELDS = tuple(
    info.alias or name
    for module in (schema, conditions, questions)
    for model in vars(module).values()
    if isinstance(model, type) and issubclass(model, BaseModel)
    for name, info in model.model_fields.items()
)
_MOST_PROBLEMS = 20
_DEEPEST = 40


def load_policy(path: Path = DEFAULT_POLICY) -> Policy:
    """Read and check ``path``.

    Raises:
        PolicyError: no such file, broken YAML, or a wrong rule; the message has one line
            for each problem, ``details`` the same as data.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise PolicyError(f"{path}: cannot be read ({error.strerror})") from error
    return parse_policy(raw, str(path))


def parse_policy(raw: bytes, name: str = "policy", *, used: bool = False) -> Policy:
    """The policy that a file's bytes hold; errors as in ``load_policy``.

    Args:
        used: it decided before, so what today's checker thinks of it is beside the point.
    """
    if len(raw) > MAX_BYTES:
        raise PolicyError(f"{name}: larger than {MAX_BYTES} bytes")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PolicyError(f"{name}: not valid YAML in UTF-8. Save it as UTF-8.") from error
    tree, content = _yaml(raw, name)
    try:
        checked = PolicyFile.model_validate(content)
    except ValidationError as error:
        # A list is called too short when all that was in it is wrong: that is told already.
        found = [
            Problem(e["loc"], _told(e))
            for e in error.errors()
            if not (e["type"] == "too_short" and e["input"])
        ]
        raise _error(name, tree, found) from error
    found = [] if used else list(problems(checked))
    if found:
        raise _error(name, tree, found)
    digest = hashlib.sha256(raw).hexdigest()
    ref = PolicyRef(checked.id, checked.version, digest)
    return Policy(ref, checked, text)


def json_schema() -> str:
    """The JSON Schema of policy files, for editors that complete and check as one types."""
    content = PolicyFile.model_json_schema(by_alias=True)
    content["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    content["title"] = "Mizan policy"
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


class _Loader(yaml.CSafeLoader):
    """Refuses a key that is written twice: the first would be lost without a word."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.MarkedYAMLError(
                problem="a key must be one word", problem_mark=key.start_mark
            )
        if key.value in seen:
            raise yaml.MarkedYAMLError(
                problem=f"the key {key.value!r} is written twice", problem_mark=key.start_mark
            )
        seen.add(key.value)
    return yaml.CSafeLoader.construct_mapping(loader, node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def _yaml(raw: bytes, name: str) -> tuple[yaml.Node | None, Any]:
    try:
        _check_shape(raw, name)
        return yaml.compose(raw, yaml.CSafeLoader), yaml.load(raw, _Loader)  # noqa: S506
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "unreadable"
        raise PolicyError(f"{name}{where}: not valid YAML: {problem}") from error
    except ValueError as error:
        # YAML itself reads dates, and finds that one does not exist.
        raise PolicyError(f"{name}: not valid YAML: {error}") from error


def _check_shape(raw: bytes, name: str) -> None:
    """Refuse what makes a small file large, or the parser too deep, before it is built."""
    depth = 0
    for event in yaml.parse(raw, yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise PolicyError(f"{name}: aliases (*name) are not read; write the rule out")
        if getattr(event, "tag", None) is not None:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise PolicyError(f"{name}, line {line}: tags (!name) are not read; leave it out")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            raise PolicyError(f"{name}: nested more than {_DEEPEST} deep")


def _error(name: str, tree: yaml.Node | None, found: Iterable[Problem]) -> PolicyError:
    lines, told = [], []
    for problem in list(found)[:_MOST_PROBLEMS]:
        line, place = _located(tree, problem.place)
        where = ".".join(map(str, place)) or "policy"
        lines.append(f"{name}, line {line}: {where}: {problem.message}")
        told.append({"line": line, "place": where, "message": problem.message})
    return PolicyError("\n".join(lines), problems=told)


def _located(tree: yaml.Node | None, place: Place) -> tuple[int, Place]:
    """The line of a place, and the place without what only our own models know."""
    node, known = tree, list[Any]()
    line = 1 if tree is None else tree.start_mark.line + 1
    for step in place:
        child = _child(node, step)
        if child is None:
            # A field that is missing is a place of its own; a name of a model is not.
            if (
                isinstance(node, yaml.MappingNode)
                and step is place[-1]
                and step != (known[-1] if known else None)
            ):
                known.append(step)
            continue
        key_line, node = child
        line = key_line
        known.append(step)
    return line, tuple(known)


def _child(node: yaml.Node | None, step: Any) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line + 1, node.value[step]
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    return None


def _told(error: Mapping[str, Any]) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    given = error.get("input")
    if error["type"] == "extra_forbidden":
        message = "is not known here"
        given = error["loc"][-1]
        return message + _hint(given, _FIELDS)
    if isinstance(given, str) and error["type"] in ("literal_error", "union_tag_invalid"):
        return message + _hint(given, _KNOWN)
    return message


def _hint(given: Any, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(str(given), list(known), n=1)
    return f". Did you mean {close[0]}?" if close else ""
