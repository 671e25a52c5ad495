"""``python -m moderation lexicon``."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from moderation.cli import app
from moderation.errors import LexiconError
from moderation.lexicon import SHIPPED

RUN = CliRunner()


def run(*arguments: object) -> tuple[int, str]:
    """Exit code and output."""
    result = RUN.invoke(app, ["lexicon", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_check_files_of_both_kinds(tmp_path: Path) -> None:
    code, out = run("check", SHIPPED / "sudanese.yaml")
    assert code == 0 and "entries can be used" in out
    words = tmp_path / "words.yaml"
    words.write_text("blocked: [كلمة]\nallowed: [غيرها]\n", encoding="utf-8")
    assert run("check", words) == (0, f"{words}: blocked, suspect, allowed: 1, 0, 1.\n")


def test_an_entry_that_fails_its_own_example(tmp_path: Path) -> None:
    file = tmp_path / "list.yaml"
    file.write_text(
        "- {id: a, forms: [كلمة], category: insult, severity: 1, match: [كلمة], "
        "pass: [وكلمة]}\n",
        encoding="utf-8",
    )
    with pytest.raises(LexiconError, match="where it must not be"):
        run("check", file)


def test_what_a_new_term_would_have_matched(tmp_path: Path) -> None:
    file = tmp_path / "comments.jsonl"
    texts = ["اشترِ من متجرنا", "متجرهم مغلق يا كلب", "سلام", "وبالمتجر زحمة \u202e"]
    lines = [json.dumps({"text": text}) for text in [*texts, ""]]
    file.write_text("\n".join(lines), encoding="utf-8")
    code, out = run("try", "متجر", "--on", file)
    assert code == 0
    assert "3 of 4 comments hold it, 2 of them (+) hold nothing else" in out
    assert "\u202e" not in out
    assert run("try", "متجر")[0] == 2
