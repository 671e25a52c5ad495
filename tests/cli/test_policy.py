"""``python -m moderation policy``."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from moderation.cli import app
from moderation.domain import Comment
from moderation.pipeline import Moderator
from moderation.policy import json_schema, load_policy
from moderation.scoring import load_bundle
from moderation.settings import Settings
from moderation.store import CommentStore, database, keep_policy
from tests.fakes import FakeScorer
from tests.policy.samples import content, rule, written

RUN = CliRunner()


def run(*arguments: object) -> tuple[int, str]:
    """Exit code and output."""
    result = RUN.invoke(app, ["policy", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture
def policies(tmp_path: Path) -> tuple[Path, Path]:
    """A policy and a stricter one."""
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_bytes(written(content([rule("a", {"score": "insult", "at_least": 0.9})])))
    new.write_bytes(
        written(content([rule("a", {"score": "insult", "at_least": 0.2})], version=2))
    )
    return old, new


def test_check_and_explain(policies: tuple[Path, Path]) -> None:
    code, out = run("check", policies[0])
    assert code == 0 and "ours version 1 can be used" in out
    code, out = run("explain")
    assert code == 0
    assert "insult-review: insult ≥ best_f2 (0." in out


def test_check_names_line_and_hint(tmp_path: Path) -> None:
    from moderation.errors import PolicyError

    path = tmp_path / "p.yaml"
    path.write_text("id: x\nversion: 1\ngroops: []\n")
    with pytest.raises(
        PolicyError, match=r"line 3: groops: is not known here. Did you mean groups"
    ):
        run("check", path)


def test_diff(policies: tuple[Path, Path]) -> None:
    code, out = run("diff", *policies)
    assert code == 0
    assert "- a: insult ≥ 0.9" in out and "+ a: insult ≥ 0.2" in out
    assert run("diff", policies[0], policies[0])[1] == "No rule differs.\n"


def test_schema() -> None:
    assert run("schema") == (0, json_schema())


def test_backtest_on_a_file(policies: tuple[Path, Path], tmp_path: Path) -> None:
    file = tmp_path / "scored.jsonl"
    file.write_text(
        "".join(
            json.dumps({"id": str(i), "scores": {"insult": i / 10}}) + "\n" for i in range(10)
        )
    )
    code, out = run("backtest", policies[1], "--against", policies[0], "--on", file)
    assert code == 0
    assert "| review | 8 | 80.0%" in out and "approve → review: 7" in out
    for wrong in ([], ["--last", "30d", "--on", file], ["--last", "soon"], ["--on", "none"]):
        assert run("backtest", policies[1], *wrong)[0] == 2


def test_backtest_and_replay_on_what_is_stored(
    policies: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/mizan.sqlite3"
    monkeypatch.setenv("MIZAN_DATABASE_URL", url)
    # What is stored was scored by the model in use.
    monkeypatch.setattr(FakeScorer, "model", load_bundle(Settings().model).ref)
    policy = load_policy()
    with database(url) as engine:
        keep_policy(
            engine,
            policy.ref,
            policy.text,
            FakeScorer.model.sha256,
            FakeScorer.operating_points,
        )
        found = Moderator(FakeScorer(), policy).moderate(
            [Comment("يا حمار", "c-1"), Comment("شكرا", "c-2")]
        )
        CommentStore(engine, b"secret").record("default", found)
    code, out = run("backtest", policies[1], "--last", "1d")
    assert code == 0 and "**2 comments**" in out and "| review | 1 |" in out
    code, out = run("replay", "c-1")
    assert code == 0 and "reject: the same, wordings aside." in out
