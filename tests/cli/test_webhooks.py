"""``webhooks``: endpoints from the command line."""

import re
from pathlib import Path

import pytest

from .conftest import Mizan


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database of its own, which does not exist yet."""
    monkeypatch.setenv("MIZAN_DATABASE_URL", f"sqlite:///{tmp_path}/mizan.sqlite3")
    monkeypatch.setenv("MIZAN_SITE", "sahafa.example")


def test_endpoints_come_and_go(mizan: Mizan) -> None:
    first = mizan("webhooks", "add", "https://cms.example/hooks")
    assert (first.returncode, first.stderr) == (0, b"")
    assert re.fullmatch(rb"whsec_[A-Za-z0-9+/]{43}=\n", first.stdout)
    mizan("webhooks", "add", "http://127.0.0.1:9000/", "--site", "other.example")
    assert mizan("webhooks", "disable", "1").returncode == 0
    assert mizan("webhooks", "list").stdout.decode().splitlines() == [
        "1\tsahafa.example\tdisabled\thttps://cms.example/hooks",
        "2\tother.example\tactive\thttp://127.0.0.1:9000/",
    ]


def test_what_cannot_be_used_is_said_in_one_line(mizan: Mizan) -> None:
    for arguments in (
        ("add", "http://cms.example/"),
        ("add", "https://cms.example/", "--site", "Not a site"),
        ("disable", "7"),
    ):
        ended = mizan("webhooks", *arguments)
        assert ended.returncode == 1
        assert len(ended.stderr.splitlines()) == 1
    assert mizan("webhooks", "list").stdout == b""
