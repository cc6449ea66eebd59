"""The search: from a request in plain words to the commands that match it, best first."""

import sys
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from hitl_cli.catalogue.destruction import INSTEAD, Withheld, why_withheld
from hitl_cli.catalogue.entry import Entry, fill
from hitl_cli.catalogue.index import Index, open_index
from hitl_cli.catalogue.query import Query, QueryParser
from hitl_cli.catalogue.scope import NEEDS_MODEL, PROGRAMMING, is_about_computers, is_off_topic, out_of_scope
from hitl_cli.catalogue.scoring import Scorer, Similarity
from hitl_cli.catalogue.slots import Filling, fill_slots
from hitl_cli.catalogue.weights import CERTAIN, GOOD, MARGIN, MIN_CHANGE, OFFERED
from hitl_cli.catalogue.words import Stemmer, plain, words
from hitl_cli.catalogue.workspace import Workspace

CANDIDATES = 5
"""The maximum number of commands proposed for one request."""

_HINTS = 3
_LOOKED_UP = 60  # entries

NOTHING_SAID = (
    "The request has no words, so nothing is proposed. Say in a few English words what you want to see or do."
)
LONGEST = 1000
"""The maximum length of a request; the time of a search grows with its square."""

TOO_LONG = (
    f"The request has more than {LONGEST:,} characters, which is too long for the offline catalogue, so nothing is "
    "proposed. Say it in a few English words, or set OPENAI_API_KEY or OPENAI_BASE_URL to ask a language model."
)
NOTHING_FOUND = (
    "The offline catalogue has no good match for this request, so nothing is proposed. "
    "Say it in other (English) words, or set OPENAI_API_KEY or OPENAI_BASE_URL to ask a language model."
)

WITHHELD = (
    "The offline catalogue proposes no command that deletes or changes a system path, a home folder, a device, "
    "process 1 or the account of root, so nothing is proposed. Type such a command yourself in a shell."
)


class Candidate(NamedTuple):
    """One match: a command for a request.

    `unfilled` names the slots that are left in the command as `{{name}}`; `score` is between 0 and 1.
    """

    entry: str
    command: str
    description: str
    score: float
    changes: bool
    unfilled: tuple[str, ...] = ()


class SearchResult(NamedTuple):
    """The matches for a request, best first.

    If none is good enough, `candidates` is empty, `problem` is a message, and `hints` are the closest entries.
    """

    candidates: tuple[Candidate, ...] = ()
    hints: tuple[Candidate, ...] = ()
    problem: str = ""


class _Match(NamedTuple):
    """A matching entry with its slots filled; `known` are the words of the request that it has."""

    score: float
    entry: Entry
    filling: Filling
    known: frozenset[str]
    command: str
    """The command for this system, filled in."""


class Catalogue:
    """Searches the bundled entries and those in the person's `own_file`."""

    def __init__(self, cache_folder: Path, own_file: Path) -> None:
        self._cache_folder = cache_folder
        self._own_file = own_file
        self._stemmer = Stemmer()

    @cached_property
    def index(self) -> Index:
        """The index, opened at its first use."""
        return open_index(self._cache_folder, self._own_file)

    def search(self, request: str, workspace: Workspace) -> SearchResult:
        """Return the matches for `request` in the folder of `workspace`."""
        if len(request) > LONGEST:
            return SearchResult(problem=TOO_LONG)
        if not words(request):
            return SearchResult(problem=NOTHING_SAID)
        query = QueryParser(self.index, self._stemmer).read(request, workspace)
        found = self._ranked(query, workspace)
        withheld = [self._why_withheld(each, request, workspace) for each in found]
        if withheld and withheld[0] is Withheld.PROTECTED and found[0].score >= GOOD:
            return SearchResult(problem=WITHHELD)
        matches = [
            harmless
            for each, why in zip(found, withheld, strict=True)
            if (harmless := each if why is None else self._instead(each))
        ]
        ranked = [_candidate(match) for match in matches]
        best = ranked[0].score if ranked and not _is_doubtful_change(ranked[0]) else 0.0
        if (why := out_of_scope(plain(request))) and (best < CERTAIN or why == PROGRAMMING):
            return SearchResult(problem=NEEDS_MODEL.format(why=why))
        says_anything = query.informative or any(value.certain for value in query.values)
        if best < (GOOD if says_anything else CERTAIN) or not query.understood:
            return SearchResult(hints=tuple(ranked[:_HINTS]), problem=NOTHING_FOUND)
        first = matches[0]
        if is_off_topic(query, first.known, first.filling, first.score):
            hints = ranked[:_HINTS] if is_about_computers(query, first.known, first.filling) else ()
            return SearchResult(hints=tuple(hints), problem=NOTHING_FOUND)
        others = (candidate for candidate in ranked[1:] if candidate.score >= OFFERED)
        return SearchResult(candidates=(ranked[0], *others)[:CANDIDATES])

    def _ranked(self, query: Query, workspace: Workspace) -> list[_Match]:
        """Return the matching entries, best first."""
        similarity = Similarity(query, self.index)
        scorer = Scorer(query, similarity, self._stemmer, workspace)
        entries = [(number, self.index.entry(number)) for number in similarity.top_entries(_LOOKED_UP)]
        stems = self._stemmer.stems(verb for _, entry in entries for verb in entry.asks if " " not in verb)
        scored: list[tuple[float, int, Entry, Filling]] = []
        for number, entry in entries:
            if not scorer.may_offer(entry, number, stems):
                continue
            filling = fill_slots(entry, query.values, workspace)
            if entry.changes and not all(holds(entry, filling) for holds in query.conditions):
                continue
            scored.append((scorer.score(entry, number, filling, stems), number, entry, filling))
        scored.sort(key=lambda each: _rank(each[0], each[2]))
        return _distinct(
            [
                _Match(
                    score,
                    entry,
                    filling,
                    similarity.known(number),
                    fill(entry.command_on(sys.platform), filling.values),
                )
                for score, number, entry, filling in scored[: CANDIDATES * 2]
            ]
        )

    def _why_withheld(self, match: _Match, request: str, workspace: Workspace) -> Withheld | None:
        entry, filling, command = match.entry, match.filling, match.command
        return why_withheld(entry, filling, command, plain(request), workspace.folder, str(Path.home()))

    def _instead(self, match: _Match) -> _Match | None:
        """Return what is proposed in place of a match that is withheld, None for nothing."""
        other = INSTEAD.get(match.entry.id)
        entry = next((each for each in self.index.entries() if each.id == other), None) if other else None
        return match._replace(entry=entry, command=entry.command_on(sys.platform)) if entry else None


def _rank(score: float, entry: Entry) -> float:
    """Return a sort key: an entry that changes something must be clearly better, and good enough, to come first."""
    if not entry.changes or entry.own:
        return -score
    return MARGIN - score if score >= MIN_CHANGE else 0.0


def _is_doubtful_change(candidate: Candidate) -> bool:
    return candidate.changes and candidate.score < MIN_CHANGE


def _distinct(matches: Sequence[_Match]) -> list[_Match]:
    """Return one match for each command, at its best rank; the person's own entry replaces a bundled one."""
    kept: dict[str, _Match] = {}
    for match in matches:
        before = kept.setdefault(match.command, match)
        if match.entry.own:
            kept[match.command] = match._replace(score=before.score)
    return list(kept.values())


def _candidate(match: _Match) -> Candidate:
    return Candidate(
        entry=match.entry.id,
        command=match.command,
        description=match.entry.task,
        score=round(max(0.0, min(1.0, match.score)), 3),
        changes=match.entry.changes,
        unfilled=match.filling.unfilled,
    )
