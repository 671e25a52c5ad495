"""``page``: a saved article as JSON and as a table, hostile text included."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from moderation import cli
from moderation.domain import Comment
from moderation.pages import Article, PageComment
from moderation.pipeline import Moderator
from moderation.policy import load_policy
from moderation.terminal import isolated, page_table
from tests.cli.conftest import Mizan
from tests.fakes import FailingScorer, FakeScorer

FSI, PDI, RLO, RLI = "\u2068", "\u2069", "\u202e", "\u2067"
PAGE = """<!doctype html><html lang="ar"><head><meta charset="utf-8">
<title>افتتاح مكتبة الحي</title></head><body><article class="post">
<h1 class="entry-title">افتتاح مكتبة الحي</h1><div class="entry-content">
<p>افتتحت البلدية مكتبة الحي صباح اليوم بحضور عدد كبير من السكان.</p></div></article>
<div id="comments"><ol class="commentlist">
<li class="comment depth-1"><div class="comment-author"><b class="fn">هدى</b></div>
<div class="comment-content"><p>خبر جميل، شكرًا للبلدية</p></div>
<ul class="children"><li class="comment depth-2"><div class="comment-author">
<b class="fn">ق\u202eارئ</b></div><div class="comment-content"><p>يا حمار {hostile}</p></div>
</li></ul></li></ol></div></body></html>"""
HOSTILE = [
    "\u202eمعكوس",
    "\u2067 لا يُغلق",
    "&#27;[2J&#27;]0;x&#7;",
    "[red]ليس لونًا[/red] [/] [link=http://x]y[/link] :smile:",
    "م" + "\u0651" * 500,
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#xD800;&#0;&#x2028;",
    "ه" * 5000,
    "😡" * 500,
]


def saved(tmp_path: Path, hostile: str) -> str:
    """A saved page with a hostile reader."""
    path = tmp_path / "صفحة.html"
    path.write_text(PAGE.replace("{hostile}", hostile), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_json_of_any_text(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, hostile: str
) -> None:
    monkeypatch.setattr(cli, "_open_moderator", lambda: Moderator(FakeScorer(), load_policy()))
    path = saved(tmp_path, hostile)
    result = CliRunner().invoke(cli.app, ["page", path, "--json", "--target", "البلدية"])
    assert result.exit_code == 0
    page = json.loads(result.stdout_bytes.decode("utf-8"))
    assert page["title"] == "افتتاح مكتبة الحي"
    assert page["targets"] == ["البلدية"]
    first, second = page["comments"]
    assert first["text"] == "خبر جميل، شكرًا للبلدية"
    assert [c["decision"]["action"] for c in page["comments"]] == ["approve", "reject"]
    assert second["parent"] == first["id"]
    assert second["stance"][0]["target"] == "البلدية"


def test_the_table(mizan: Mizan, tmp_path: Path) -> None:
    ended = mizan("page", saved(tmp_path, "".join(HOSTILE[:4])))
    assert ended.returncode == 0, ended.stderr
    table = ended.stdout.decode("utf-8")
    assert "reject" in table and "approve" in table
    for control in (RLO, RLI, "\x1b", "\x07"):
        assert control not in table
    assert table.count(FSI) == table.count(PDI)


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "no_comments_found"), (b"<html><body><p>x</p></body></html>", "no_comments_found")],
)
def test_a_page_without_comments(
    mizan: Mizan, tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(content)
    ended = mizan("page", str(path))
    assert ended.returncode == 1
    assert says in ended.stderr.decode()
    assert "Traceback" not in ended.stderr.decode()


def test_more_targets_than_are_measured(mizan: Mizan, tmp_path: Path) -> None:
    options = [part for target in "أبجده" for part in ("--target", target)]
    ended = mizan("page", saved(tmp_path, "."), *options)
    assert ended.returncode == 2
    assert b"targets" in ended.stderr


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("سلام", "سلام"),
        (f"a{RLO}b{RLI}c{PDI}{PDI}d", "abcd"),
        ("a\nb\tc\r\nd\u2028e", "a b c  d e"),
        ("a\x1b[31mb\x9b2J\0", "a[31mb2J"),
        ("مّ" + "\u0651" * 50 + "ر", "مّ" + "\u0651" * 3 + "ر"),
        ("a\ud83db", "ab"),
        ("\u200f\u061c\ufeff", ""),
        ("👍🏽", "👍🏽"),
    ],
)
def test_isolated(text: str, shown: str) -> None:
    assert isolated(text) == f"{FSI}{shown}{PDI}"


def test_a_table_of_comments_that_could_not_be_scored() -> None:
    comments = (
        PageComment(None, None, "[b]نص[/b]", None, 1),
        PageComment("هدى", "أمس", "رد", 0, 2),
    )
    article = Article("عنوان [i]", "", comments, "plain", "utf-8", ())
    for scorer in (FakeScorer(), FailingScorer()):
        moderated = Moderator(scorer, load_policy()).moderate(
            [Comment(comment.text) for comment in comments]
        )
        console = Console(width=200, record=True, file=io.StringIO())
        console.print(page_table(article, moderated))
        text = console.export_text()
        assert "[b]نص[/b]" in text and "عنوان [i]" in text and "↳ 1" in text
