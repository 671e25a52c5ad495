"""``python -m tests.cli.fake_mizan``: the real command line over a scorer by keyword."""

from moderation import cli
from moderation.pipeline import Moderator
from moderation.policy import load_policy
from tests.fakes import FakeScorer


def fake_moderator() -> Moderator:
    """A moderator that needs no model."""
    return Moderator(FakeScorer(), load_policy())


if __name__ == "__main__":
    cli._open_moderator = fake_moderator
    cli.main()
