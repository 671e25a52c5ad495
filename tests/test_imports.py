"""Who may import whom: the rooms of the house, read from the source."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# What the HTTP service and the command line may use on top of everything below them.
_TOP = {"domain", "errors", "log", "pipeline", "policy", "scoring", "settings", "store", "wire"}
_TOP |= {"text", "words", "analysis", "lexicon", "backtest", "replay"}
_TOP |= {"charts", "intervals"}
ALLOWED: dict[str, set[str]] = {
    "domain": set(),
    "errors": set(),
    "log": set(),
    "text": {"domain"},
    "settings": {"policy"},  # where the policy lies that is shipped
    "wire": {"domain", "text"},
    "words": {"domain"},
    "scoring": {"domain", "errors", "text"},
    "policy": {"domain", "errors"},
    "lexicon": {"errors", "text"},
    "analysis": {"domain", "lexicon", "text"},
    "intervals": set(),
    "agreement": set(),
    "charts": set(),
    "bars": set(),
    "backtest": {"domain", "errors", "intervals", "policy", "store", "text"},
    "replay": {"domain", "errors", "policy", "store", "text"},
    "options": set(),
    "policy_commands": _TOP | {"options"},
    "lexicon_commands": _TOP | {"jsonlines", "options", "terminal"},
    "store": {"agreement", "domain", "errors", "intervals"},
    "pages": {"domain", "errors", "text"},
    "pipeline": {"analysis", "domain", "errors", "policy", "scoring", "text"},
    "jsonlines": {"domain", "errors", "pipeline"},
    "terminal": {"domain", "pages", "words"},
    # "policy" for the texts that authors read.
    "review": {"bars", "charts", "domain", "errors", "policy", "settings", "store", "words"},
    "demo": _TOP | {"review", "serve"},
    "webhooks": {"store"},
    "webhook_commands": {"settings", "store"},
    "links": {"settings"},
    "user_commands": {"links", "settings", "store"},
    "audit_commands": {"settings", "store"},
    "api": _TOP | {"review", "webhooks"},
    "serve": {"api", "errors", "links", "policy", "scoring", "settings", "store"},
    "cli": _TOP
    | {"jsonlines", "lexicon_commands", "pages", "policy_commands", "serve"}
    | {"audit_commands", "demo", "terminal", "user_commands", "webhook_commands"},
    "__main__": {"cli"},
    "__init__": set(),
}
FORBIDDEN = {"training", "torch", "transformers", "sklearn", "datasets", "accelerate", "tests"}

MODULES = sorted((ROOT / "moderation").rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Full names of all modules that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides its room"
            assert node.module is not None
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room_of(path: Path) -> str:
    """The first name below ``moderation``: of a package, or of a module."""
    return path.relative_to(ROOT / "moderation").with_suffix("").parts[0]


def test_every_room_is_known() -> None:
    assert {room_of(path) for path in MODULES} == set(ALLOWED)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_room_imports_only_what_lies_below(path: Path) -> None:
    room = room_of(path)
    rooms = {
        name.split(".")[1]
        for name in imported(path)
        if name.startswith("moderation.") and not name.startswith("moderation.__")
    }
    assert rooms - ALLOWED[room] - {room} == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_serving_needs_nothing_of_training(path: Path) -> None:
    assert {name.split(".")[0] for name in imported(path)} & FORBIDDEN == set()


def test_training_uses_text_domain_and_scoring_only() -> None:
    rooms = {
        name.split(".")[1]
        for path in (ROOT / "training").rglob("*.py")
        for name in imported(path)
        if name.startswith("moderation.")
    }
    assert rooms & {"api", "cli", "policy", "store", "pipeline", "serve"} == set()
