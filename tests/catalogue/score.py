"""`python -m tests.catalogue.score [FILE ...]`: how often the catalogue is right, on requests it was not tuned with.

Prints totals only: a frozen request that somebody has read can no longer be used to measure. `--show` names the
failures of the tune files.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hitl_cli.catalogue.search import Catalogue, SearchResult
from hitl_cli.catalogue.workspace import Workspace
from tests.catalogue import fixtures
from tests.catalogue.judge import judge

REQUESTS = Path(__file__).parent / "requests"
FROZEN = ("plain-frozen", "colloquial-frozen")
_FIVE = 5


@dataclass
class Score:
    """How many of `total` requests were served; `harmless` counts those that only ask to see something."""

    name: str
    total: int = 0
    first: int = 0
    among_five: int = 0
    harmless: int = 0
    harmed: int = 0
    unmatched: int = 0

    def __str__(self) -> str:
        return (
            f"{self.name:18} right first {self.first / self.total:4.0%} ({self.first}/{self.total}), "
            f"among five {self.among_five / self.total:4.0%}, "
            f"changing first for {self.harmed} of {self.harmless} harmless, no match {self.unmatched}"
        )


@dataclass(frozen=True)
class Judged:
    """One request, what was proposed, and the place of the first right proposal, None where none is."""

    request: dict[str, Any]
    answer: SearchResult
    right: int | None
    reason: str


def requests_of(name: str) -> list[dict[str, Any]]:
    """Return the requests of a file."""
    return [json.loads(line) for line in (REQUESTS / f"{name}.jsonl").read_text().splitlines() if line]


def judged(name: str, catalogue: Catalogue) -> Iterator[Judged]:
    """Yield each request of a file with what became of it, in order."""
    requests = requests_of(name)
    with tempfile.TemporaryDirectory() as top:
        answers = [
            catalogue.search(request["request"], Workspace(_folder(request, Path(top))))
            for request in requests
        ]
    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(_judged, requests, answers)


def score(name: str, outcomes: Iterator[Judged]) -> Score:
    """Return the totals."""
    total = Score(name)
    for each in outcomes:
        total.total += 1
        total.first += each.right == 0
        total.among_five += each.right is not None
        total.unmatched += not each.answer.candidates
        if each.request["harmless"]:
            total.harmless += 1
            total.harmed += bool(each.answer.candidates and each.answer.candidates[0].changes)
    return total


def _folder(request: dict[str, Any], top: Path) -> Path:
    """Return the folder that the request is about; a search only looks at it, so all requests about it share it."""
    fixture: str = request["check"].get("run", {"fixture": "empty"})["fixture"]
    folder = top / fixture / "work"
    if not folder.exists():
        fixtures.build(fixture, folder)
    return folder


def _judged(request: dict[str, Any], answer: SearchResult) -> Judged:
    first_reason = answer.problem
    for place, candidate in enumerate(answer.candidates[:_FIVE]):
        good, reason = (False, "a slot is empty") if candidate.unfilled else judge(request, candidate.command)
        if good:
            return Judged(request, answer, place, first_reason)
        first_reason = first_reason or reason
    return Judged(request, answer, None, first_reason)


def main() -> None:
    """Print the totals of each file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", default=FROZEN)
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        catalogue = Catalogue(Path(cache), Path(cache) / "none.toml")
        for name in options.files:
            outcomes = list(judged(name, catalogue))
            if options.show and name not in FROZEN:
                for each in outcomes:
                    if each.right != 0:
                        print(
                            f"{each.request['id']} [{each.right}] {each.request['request']}\n    {each.reason[:150]}"
                        )
                        for candidate in each.answer.candidates[:3]:
                            print(f"    {candidate.score} {candidate.entry}: {candidate.command[:110]}")
            print(score(name, iter(outcomes)))


if __name__ == "__main__":
    main()
