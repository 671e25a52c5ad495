"""The command line over fakes."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "tests.cli.fake_mizan")

Mizan = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def mizan() -> Mizan:
    """Run a command in a process of its own and wait for its end."""

    def run(*arguments: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        command: Sequence[str] = (*COMMAND, *arguments)
        return subprocess.run(
            command, input=stdin, capture_output=True, cwd=ROOT, timeout=60, check=False
        )

    return run
