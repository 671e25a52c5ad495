"""What the desk loads: little, and from nowhere else."""

from playwright.sync_api import Response, expect

from .busy import Busy
from .newsroom import Newsroom

MOST_BYTES = 150_000


def test_the_desk_is_light_and_loads_nothing_from_elsewhere(
    crowded: tuple[Newsroom, Busy],
) -> None:
    newsroom, busy = crowded
    page = newsroom.enter(busy.leads["ar"])
    answers: list[Response] = []
    page.on("response", lambda response: answers.append(response))
    page.goto("/review", wait_until="networkidle")
    expect(page.locator("article.card")).to_be_visible()
    loaded = {answer.url.removeprefix(newsroom.base): len(answer.body()) for answer in answers}
    assert {path.partition("?")[0] for path in loaded} == {
        "/review",
        "/review/static/room.css",
        "/review/static/room.js",
        "/review/static/htmx-2.0.11.min.js",
        "/review/static/icon.svg",
    }
    assert sum(loaded.values()) < MOST_BYTES, loaded
    policy = answers[0].headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_policy_stops_a_script_in_the_page(newsroom: Newsroom) -> None:
    page = newsroom.enter(newsroom.person("ليلى"))
    page.goto("/review")
    page.evaluate("""() => {
      const script = document.createElement("script");
      script.textContent = "window.ran = true";
      document.body.append(script);
    }""")
    assert page.evaluate("window.ran") is None
    [problem] = newsroom.problems
    assert "Content Security Policy" in problem
    newsroom.problems.clear()
