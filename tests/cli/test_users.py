"""``python -m moderation users`` and ``audit``, and the first link that ``serve`` prints."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from moderation.cli import app
from moderation.errors import InvalidInputError, NotFoundError
from moderation.scoring import Bundle
from moderation.serve import serve
from moderation.settings import Settings
from moderation.store import (
    Role,
    accept_invitation,
    database,
    find_invitation,
    list_accounts,
    writing,
)

RUN = CliRunner()
PASSWORD = "القمر فوق دجلة"


@pytest.fixture(autouse=True)
def settings(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command uses an empty database, of either kind."""
    monkeypatch.setenv("MIZAN_DATABASE_URL", url)


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and output."""
    result = RUN.invoke(app, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def token_of(output: str, base: str = "http://127.0.0.1:8000") -> str:
    """The token in the one line that was printed."""
    found = re.fullmatch(re.escape(base) + r"/review/welcome/([\w-]{43})\n", output)
    assert found is not None, output
    return found[1]


def test_an_account_from_its_making_to_its_end(url: str) -> None:
    code, out = run(
        *("users", "add", "ليلى", "--display-name", "ليلى محمود"),
        *("--role", "lead", "--role", "auditor", "--site", "sport", "--site", "news"),
    )
    assert code == 0
    line = "ليلى\tليلى محمود\tauditor,lead\tnews,sport\t"
    assert run("users", "list") == (0, f"{line}invited\n")
    with database(url) as engine:
        account = accept_invitation(engine, token_of(out), PASSWORD, datetime.now(UTC))
        assert account.roles == {Role.LEAD, Role.AUDITOR}
    assert run("users", "list") == (0, f"{line}active\n")
    code, out = run("users", "reset", "ليلى")
    assert code == 0
    with database(url) as engine:
        assert find_invitation(engine, token_of(out), datetime.now(UTC)).name == "ليلى"
    assert run("users", "list") == (0, f"{line}invited\n")
    assert run("users", "disable", "ليلى") == (0, "")
    assert run("users", "list") == (0, f"{line}disabled\n")


def test_every_site_unless_told_otherwise() -> None:
    run("users", "add", "layla", "--role", "moderator")
    assert run("users", "list")[1] == "layla\tlayla\tmoderator\t*\tinvited\n"


def test_what_cannot_be_done() -> None:
    assert run("users", "add", "layla")[0] == 2
    assert run("users", "add", "layla", "--role", "king")[0] == 2
    with pytest.raises(InvalidInputError, match="no spaces"):
        run("users", "add", "two words", "--role", "lead")
    run("users", "add", "layla", "--role", "lead")
    with pytest.raises(InvalidInputError, match="exists"):
        run("users", "add", "Layla", "--role", "lead")
    for command in ("reset", "disable"):
        with pytest.raises(NotFoundError):
            run("users", command, "nobody")


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"MIZAN_PORT": "9000", "MIZAN_HOST": "::1"}, "http://[::1]:9000"),
        ({"MIZAN_PUBLIC_URL": "https://mizan.example"}, "https://mizan.example"),
    ],
)
def test_where_the_link_leads(
    given: dict[str, str], base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert token_of(run("users", "add", "layla", "--role", "lead")[1], base)


def test_the_log_is_verified(url: str) -> None:
    assert run("audit", "verify")[1].startswith("0 entries, nothing changed or missing.")
    run("users", "add", "layla", "--role", "lead")
    code, out = run("audit", "verify")
    assert code == 0
    head = out.split()[-1]
    assert out == f"1 entries, nothing changed or missing. Head: {head}\n"
    run("users", "disable", "layla")
    assert run("audit", "verify", "--head", head)[0] == 0
    code, out = run("audit", "verify", "--head", "f" * 64)
    assert (code, out) == (1, "the noted head ffffffffffff… is not in the chain\n")
    with database(url) as engine, writing(engine) as connection:
        connection.execute(text("UPDATE audit_head SET entries = 1"))
    code, out = run("audit", "verify", "--head", "f" * 64)
    assert code == 1 and len(out.splitlines()) == 2


def test_serving_prints_the_first_link_until_somebody_used_one(
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    shipped_bundle: Bundle,
) -> None:
    started: list[Any] = []
    monkeypatch.setattr("uvicorn.run", lambda app, **_: started.append(app))
    settings = Settings(secret_file=tmp_path / "secret")

    def printed() -> list[str]:
        capsys.readouterr()
        serve(settings)
        shown = capsys.readouterr().err
        return re.findall(r"  http://127\.0\.0\.1:8000/review/welcome/(\S+)\n", shown)

    (older,), (token,) = printed(), printed()
    now = datetime.now(UTC)
    with database(url) as engine:
        with pytest.raises(NotFoundError):
            find_invitation(engine, older, now)
        accept_invitation(engine, token, PASSWORD, now, "layla")
        assert len(list_accounts(engine)) == 1
    assert printed() == []
    assert len(started) == 3
