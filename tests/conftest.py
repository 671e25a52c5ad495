"""What all tests share."""

import pytest

from moderation.scoring import Bundle, load_bundle
from moderation.settings import Settings


@pytest.fixture(scope="session")
def shipped_bundle() -> Bundle:
    """The model that the service ships with; a missing one is a failure, not a skip."""
    return load_bundle(Settings().model)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the model, so that ``-m "not model"`` runs without it."""
    for item in items:
        if "shipped_bundle" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.model)
