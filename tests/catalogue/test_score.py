"""The requests that were written by somebody else: the bar, and the promise about harmless ones."""

from pathlib import Path

import pytest

from hitl_cli.catalogue.search import Catalogue
from tests.catalogue.score import Score, judged, score

LEAST = {"plain-frozen": (0.70, 0.90), "colloquial-frozen": (0.55, 0.80)}
"""Right first, and right among five: the goals; docs/catalogue.md has the figures."""


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", sorted(LEAST))
def test_the_frozen_requests_are_served(name: str, tmp_path: Path) -> None:
    """Only the totals are named, here as everywhere."""
    catalogue = Catalogue(tmp_path, tmp_path / "none.toml")
    total: Score = score(name, judged(name, catalogue))
    first, among_five = LEAST[name]
    assert total.first / total.total >= first, str(total)
    assert total.among_five / total.total >= among_five, str(total)
    assert total.harmed == 0, str(total)
