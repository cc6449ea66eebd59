"""The search by itself: what it must never do, whatever it is asked."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hitl_cli.catalogue.search import CANDIDATES, Catalogue
from hitl_cli.catalogue.surroundings import Surroundings
from tests.catalogue.score import REQUESTS

NOTHING = (REQUESTS / "nothing.txt").read_text(encoding="utf-8").splitlines()
WORDS = """
show delete the files in a folder called 'my docs' port 8080 older than 3 days *.log and to from replace x with y
{{slot}} $HOME ../.. 10MB 2024-01-31 12:30 `rm` " ' ( ) -- ; | > tokyo first
"""
SPOKEN = st.lists(st.sampled_from(WORDS.split()), max_size=14).map(" ".join)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The bundled entries."""
    return Catalogue(tmp_path_factory.mktemp("cache"), Path("none.toml"))


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Surroundings:
    """An empty folder."""
    return Surroundings(tmp_path_factory.mktemp("folder"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(request_text=st.one_of(st.text(max_size=120), SPOKEN))
def test_any_text_gets_an_answer(catalogue: Catalogue, around: Surroundings, request_text: str) -> None:
    """Either proposals, the best first and each named once, or one sentence that says why there are none."""
    answer = catalogue.search(request_text, around)
    assert bool(answer.candidates) != bool(answer.problem)
    assert len(answer.candidates) <= CANDIDATES
    assert len({each.entry for each in answer.candidates}) == len(answer.candidates)
    for each in answer.candidates:
        assert 0 <= each.score <= 1
        assert all(f"{{{{{name}}}}}" in each.command for name in each.unfilled)


@pytest.mark.parametrize("request_text", NOTHING)
def test_what_is_not_for_a_catalogue_gets_no_proposal(
    catalogue: Catalogue, around: Surroundings, request_text: str
) -> None:
    """Other languages, nonsense, several steps, and what needs to be thought about."""
    answer = catalogue.search(request_text, around)
    assert answer.candidates == ()
    assert answer.problem


@pytest.mark.parametrize(
    ("request_text", "names", "command"),
    [
        ("extract old.tar.bz2", ["old.tar.bz2", "site.zip"], "tar -xvkf old.tar.bz2"),
        ("unpack the archive", ["site.zip"], " site.zip"),
        ("replace every localhost in a.conf with 127.0.0.1", ["a.conf"], "OLD=localhost NEW=127.0.0.1 "),
        ("find files with the extension .bak or .tmp", [], "-iname '*.bak' -o -iname '*.tmp'"),
        ("change the owner of readme.txt to nobody", ["readme.txt"], "chown -v -- nobody readme.txt"),
        ("find every directory named build", [], "-iname '*'build'*'"),
        ("show the 3 biggest files in logs plz", ["logs/"], "find logs "),
        ("is zorblax running", [], "zorblax"),
        ("kill whatever sits on port 8080", [], "8080"),
    ],
)
def test_what_is_named_stands_where_it_belongs(
    catalogue: Catalogue, tmp_path: Path, request_text: str, names: list[str], command: str
) -> None:
    """Archives go to their programs, both sides of a replacement to theirs, unknown words are names."""
    for name in names:
        (tmp_path / name).mkdir() if name.endswith("/") else (tmp_path / name).touch()
    answer = catalogue.search(request_text, Surroundings(tmp_path))
    assert command in answer.candidates[0].command
