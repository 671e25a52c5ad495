"""What exists is documented, and what is documented exists."""

import json
import re
from pathlib import Path

import pytest
from typer.main import get_command

from moderation.api import create_app
from moderation.cli import app as moderation_cli
from moderation.settings import Settings
from training.cli import app as training_cli

ROOT = Path(__file__).parents[1]
DOCS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented(name: str) -> None:
    assert f"`MIZAN_{name.upper()}`" in DOCS["operations.md"]


def test_every_route_is_documented() -> None:
    for path, methods in create_app().openapi()["paths"].items():
        for method in methods:
            assert f"`{method.upper()} {path}`" in DOCS["api.md"], path


def test_every_command_is_documented() -> None:
    for name in get_command(moderation_cli).commands:  # type: ignore[attr-defined]
        assert f"`python -m moderation {name}" in DOCS["operations.md"], name
    for name in get_command(training_cli).commands:  # type: ignore[attr-defined]
        documented = DOCS["training.md"] + (ROOT / "training/data/README.md").read_text("utf-8")
        assert f"python -m training {name}" in documented, name


def test_every_error_code_is_documented() -> None:
    codes = set()
    for path in (ROOT / "moderation").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        codes |= set(re.findall(r'^    code = "(\w+)"', source, re.M))
        codes |= set(re.findall(r'error_response\(\s*\d+,\s*"(\w+)"', source))
    internal = {"model_unusable", "policy_invalid", "settings_invalid", "not_scored"}
    internal |= {"no_comments_found", "lexicon_invalid"}
    assert len(codes) > 10
    for code in codes - internal:
        assert f"`{code}`" in DOCS["api.md"], code


@pytest.mark.parametrize(
    "document", [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("training/**/*.md")]
)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text("utf-8")):
        assert (document.parent / target).exists(), target


def test_the_readme_shows_the_figures_of_the_shipped_model() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    metrics = json.loads((ROOT / "models/mizan-small/metrics.json").read_text("utf-8"))
    for row in metrics["table"]:
        head = f"| {row['task']} | {row['metric']} | {row['rows']} "
        assert f"{head}| {row['model']:.3f} |" in readme
