"""The commands as processes: files, standard input, exit codes, broken pipes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from moderation.scoring import Bundle
from tests.cli.conftest import COMMAND, ROOT, Mizan

LINES = (
    '{"id": 1, "text": "أحسنتم"}\n'
    "ليس JSON\n"
    '{"id": "b", "text": "يا حمار", "extra": true}\n'
    "\n"
    '{"text": " "}\n'
    '{"text": "شكرًا", "context": {"targets": ["الوزير"]}}\n'
).encode()


@pytest.mark.parametrize("command", ["score", "moderate"])
@pytest.mark.parametrize("stdin", [True, False])
def test_good_lines_are_answered_and_bad_ones_reported(
    mizan: Mizan, tmp_path: Path, command: str, stdin: bool
) -> None:
    path = tmp_path / "تعليقات 1.jsonl"
    path.write_bytes(LINES)
    ended = mizan(command, "-", stdin=LINES) if stdin else mizan(command, str(path))
    answers = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == ["1", "b", None]
    assert answers[1]["scores"]["insult"] == 0.97
    assert answers[2]["stance"][0]["target"] == "الوزير"
    if command == "moderate":
        actions = [answer["decision"]["action"] for answer in answers]
        assert actions == ["approve", "reject", "approve"]
    assert ended.stderr.decode().splitlines() == [
        "line 2: invalid_json: not a JSON object in UTF-8",
        "line 5: comment_empty: The comment has nothing to read.",
        "2 lines could not be read; all others are done.",
    ]
    assert ended.returncode == 1


def test_all_good_is_exit_code_0_and_silence(mizan: Mizan) -> None:
    ended = mizan("score", "-", stdin=b'{"text": "a"}')
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_nothing_in_is_nothing_out(mizan: Mizan) -> None:
    ended = mizan("moderate", "-", stdin=b"\n\n")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


@pytest.mark.parametrize("command", ["score", "moderate", "page"])
@pytest.mark.parametrize("missing", ["none.jsonl", "."])
def test_no_such_file(mizan: Mizan, tmp_path: Path, command: str, missing: str) -> None:
    ended = mizan(command, str(tmp_path / missing))
    assert ended.returncode == 2
    assert b"Traceback" not in ended.stderr
    assert b"irectory" in ended.stderr


def test_output_is_utf8_whatever_the_terminal_speaks(tmp_path: Path) -> None:
    ended = subprocess.run(
        [*COMMAND, "score", "-"],
        input='{"id": "رقم", "text": "أحسنتم"}\n'.encode()
        + rb'{"id": "\ud83d", "text": "\ud83d"}',
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
        timeout=60,
        check=False,
    )
    lines = ended.stdout.decode("utf-8").splitlines()
    assert "رقم" in lines[0]
    assert all(json.loads(line) for line in lines)
    assert b"Traceback" not in ended.stderr


def test_a_reader_who_has_seen_enough(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_bytes(b'{"text": "a"}\n' * 5000)
    process = subprocess.Popen(
        [*COMMAND, "moderate", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None and process.stderr is not None
    assert json.loads(process.stdout.readline())["decision"]["action"] == "approve"
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 0
    assert errors == b""


def test_the_shipped_model(shipped_bundle: Bundle) -> None:
    line = {"id": 1, "text": "شكرًا على المقال", "context": {"targets": ["الوزير"]}}
    ended = subprocess.run(
        [sys.executable, "-m", "moderation", "moderate", "-"],
        input=json.dumps(line).encode(),
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        check=True,
    )
    answer = json.loads(ended.stdout)
    assert answer["model"]["sha256"] == shipped_bundle.ref.sha256
    assert abs(sum(answer["sentiment"].values()) - 1) < 1e-6
    assert 0 <= answer["scores"]["toxicity"] <= 1


def test_a_missing_model_is_one_line(tmp_path: Path) -> None:
    folder = tmp_path / ("مجلد بعيد " * 10).strip()
    ended = subprocess.run(
        [sys.executable, "-m", "moderation", "score", "-"],
        input=b"",
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "MIZAN_MODEL": str(folder)},
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    [line] = ended.stderr.decode().splitlines()
    assert line.startswith(f"model_unusable: {folder}/bundle.json is missing")


def test_keys(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "moderation", "keys", *arguments],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "MIZAN_DATABASE_URL": f"sqlite:///{tmp_path}/m.sqlite3"},
            timeout=60,
            check=False,
        )

    made = run("add", "كورال", "--scope", "score", "--scope", "read")
    assert made.returncode == 0 and made.stdout.startswith("mzn_")
    assert run("add", "كورال").returncode == 1
    assert run("add", "x", "--scope", "root").returncode == 2
    assert run("revoke", "لا أحد").returncode == 1
    assert run("revoke", "كورال").returncode == 0
    assert run("list").stdout == "كورال\tread,score\trevoked\n"
