"""Fixtures for the tests of the policy."""

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def rules(environment: dict[str, str]) -> Callable[[str], Path]:
    """Write the person's own rules."""

    def rules(text: str) -> Path:
        file = Path(environment["HOME"], ".config/hitl/rules.toml")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    return rules
