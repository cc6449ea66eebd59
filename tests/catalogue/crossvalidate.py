"""`python -m tests.catalogue.crossvalidate`: whether a paraphrase that is left out of the index finds its own entry.

Each phrase of `also` is held out once, in folds; what is counted is how often its entry comes first and among five.
"""

import argparse
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

from hitl_cli.catalogue.entry import Entry
from hitl_cli.catalogue.entry_files import read_entries
from hitl_cli.catalogue.index import BUNDLED, Index
from hitl_cli.catalogue.index_builder import build
from hitl_cli.catalogue.search import Catalogue
from hitl_cli.catalogue.workspace import Workspace

_FOLDS = 10


def main() -> None:
    """Print the shares; with `--show`, the phrases that do not find their entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folds", type=int, default=_FOLDS, help=f"how many of the {_FOLDS} folds to try")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    entries = [
        entry
        for file in sorted(BUNDLED.glob("*.toml"))
        for entry in read_entries(file)
        if isinstance(entry, Entry)
    ]
    places: Counter[str] = Counter()
    seconds = 0.0
    with tempfile.TemporaryDirectory() as folder:
        around = Workspace(Path(folder))
        for fold in range(options.folds):
            catalogue = Catalogue(Path(folder), Path(folder) / "none.toml")
            catalogue.index = Index(build([_without(entry, fold) for entry in entries]))
            started = time.perf_counter()
            for entry in entries:
                for phrase in _held_out(entry, fold):
                    answer = catalogue.search(phrase, around)
                    found = [candidate.entry for candidate in answer.candidates]
                    place = found.index(entry.id) if entry.id in found else None
                    places["total"] += 1
                    places["first"] += place == 0
                    places["among five"] += place is not None
                    places["no match"] += not found
                    if options.show and place is None:
                        print(f"{phrase!r}: {entry.id}, not {', '.join(found[:3]) or answer.problem[:40]}")
            seconds += time.perf_counter() - started
    total = places.pop("total")
    shares = ", ".join(f"{name} {count / total:.1%}" for name, count in places.items())
    print(f"{total} phrases: {shares}; {seconds / total * 1000:.1f} ms each")


def _fold(phrase: str) -> int:
    return random.Random(phrase).randrange(_FOLDS)


def _held_out(entry: Entry, fold: int) -> list[str]:
    return [phrase for phrase in entry.also if _fold(phrase) == fold]


def _without(entry: Entry, fold: int) -> Entry:
    return entry._replace(also=tuple(phrase for phrase in entry.also if _fold(phrase) != fold))


if __name__ == "__main__":
    main()
