"""``python -m training STEP``: one command per step."""

import sys

from training.cli import app
from training.config import RecipeError
from training.corpora import CorpusError
from training.export import ParityError

try:
    app()
except (CorpusError, ParityError, RecipeError) as error:
    sys.exit(str(error))
