"""The tools of a test."""

import pytest

from tests.approval.tools import Done


@pytest.fixture
def done() -> Done:
    """Return an empty list."""
    return Done()
