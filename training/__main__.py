"""``python -m training STEP``: one command per step."""

from training.cli import app

app()
