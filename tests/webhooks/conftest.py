"""What the tests of the sender share."""

import pytest
import structlog


@pytest.fixture(autouse=True)
def logs_to_standard_output() -> None:
    """Whatever a service that ran before in this process has set."""
    structlog.reset_defaults()
