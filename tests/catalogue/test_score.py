"""The requests that another author wrote: the bar, and the promise about harmless ones."""

from pathlib import Path

import pytest

from hitl_cli.catalogue.search import Catalogue
from hitl_cli.catalogue.workspace import Workspace
from tests.catalogue.score import REQUESTS, Score, judged, score

LEAST = {"plain-frozen": (0.70, 0.90), "colloquial-frozen": (0.55, 0.80)}
"""Right first, and right among five: the goals; docs/catalogue.md has the figures."""


@pytest.mark.slow
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


MOST = {"world-tune": 4, "world-aside": 4}
"""How many requests that are about the world still get a proposal; docs/catalogue.md has the figures."""


@pytest.mark.parametrize("name", sorted(MOST))
def test_what_is_about_the_world_gets_nothing(name: str, tmp_path: Path) -> None:
    """Pizza, poems and capitals, though a word of them stands in the catalogue; nothing is offered in their place."""
    served = _served(name, tmp_path)
    assert len(served) <= MOST[name], served


@pytest.mark.parametrize("name", ["everyday-tune", "everyday-aside"])
def test_everyday_words_about_the_computer_get_a_proposal(name: str, tmp_path: Path) -> None:
    """Refusing what is about the world costs none of them."""
    assert _served(name, tmp_path) == _lines(name)


def _served(name: str, folder: Path) -> list[str]:
    """Return the requests of a file that get a proposal in an empty folder."""
    catalogue = Catalogue(folder / "cache", folder / "none.toml")
    (folder / "here").mkdir()
    around = Workspace(folder / "here")
    return [line for line in _lines(name) if catalogue.search(line, around).candidates]


def _lines(name: str) -> list[str]:
    return (REQUESTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
