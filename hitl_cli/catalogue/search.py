"""From a request in plain words to the commands that may be meant: look up, weigh, fill in."""

import heapq
import operator
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from hitl_cli.catalogue.candidate import Answer, Candidate
from hitl_cli.catalogue.entry import Entry
from hitl_cli.catalogue.exclusions import leaves_out
from hitl_cli.catalogue.formats import suits
from hitl_cli.catalogue.index import Index, open_index
from hitl_cli.catalogue.intent import NEEDS_MODEL, PROGRAMMING, beyond
from hitl_cli.catalogue.query import Query, Reader
from hitl_cli.catalogue.slots import Filling, assign
from hitl_cli.catalogue.stemmer import Stemmer
from hitl_cli.catalogue.surroundings import Surroundings
from hitl_cli.catalogue.template import fill
from hitl_cli.catalogue.words import FILLERS, plain, share, words

CANDIDATES = 5
"""How many commands are proposed for one request."""

_HINTS = 3
_LOOKED_UP = 60  # entries
_GOOD = 0.27  # below it, an entry is a hint at best
_ALSO = 0.08  # from it on, an entry is offered after one that is good
_DEMANDED = 0.08  # what it speaks for an entry that its verb begins the request
_OPPOSITE = 0.05
_LEFT_OVER = 0.1  # what it speaks against an entry that it has no place for a value
_SAID = 0.08  # what it speaks for an entry that a value is said to be what its slot wants
_OPEN = 0.09  # what it speaks against an entry that one of its slots stays open
_FORMAT = 0.08  # what it speaks for an entry that its program is the one for the archive
_SURE = 0.75  # from it on, an entry serves even a request that looks as if it needed a model
_CHATTER = 0.3  # what a filler of the request counts for, against what it would, in how much of it is covered
_USED = 0.2
_SPECIAL = 0.12  # what it speaks against an entry that it is for a special case nobody spoke of
_ABOUT = 0.57
_LIKE = 0.43
_CLEAR = 0.6  # from it on, an entry serves even a request with many words that it does not know
_STRANGE = 1.5  # how much more is unknown than known of a request that is about something else
_MARGIN = 0.06  # by how much a change must be better than what only reads
_LEAST_CHANGE = 0.36  # what an entry that changes something needs to be the first

_SPECIAL_TEXT = """
empty tag tags npm pip podman json yaml milliseconds checksum checksums volume volumes password contents environment root python encrypt encrypted
"""
_SPECIAL_WORDS = frozenset(_SPECIAL_TEXT.split())

NOTHING_SAID = (
    "The request has no words, so nothing is proposed. Say in a few English words what you want to see or do."
)
NOTHING_FOUND = (
    "The offline catalogue has no good match for this request, so nothing is proposed. "
    "Say it in other (English) words, or set OPENAI_API_KEY or OPENAI_BASE_URL to ask a language model."
)


@dataclass(frozen=True)
class _Match:
    """An entry that may be meant, with its slots filled; `known` are the words of the request that it has, too."""

    score: float
    entry: Entry
    filling: Filling
    known: frozenset[str]

    @cached_property
    def command(self) -> str:
        """The command for this system, filled in."""
        return fill(self.entry.command_on(sys.platform), self.filling.values)


class Catalogue:
    """All entries, the person's own first."""

    def __init__(self, cache_folder: Path, own_file: Path) -> None:
        self._cache_folder = cache_folder
        self._own_file = own_file
        self._stemmer = Stemmer()

    @cached_property
    def index(self) -> Index:
        """The index, opened when it is first needed."""
        return open_index(self._cache_folder, self._own_file)

    def search(self, request: str, around: Surroundings) -> Answer:
        """Return what there is for `request`, which is meant in the folder of `around`."""
        if not words(request):
            return Answer(problem=NOTHING_SAID)
        query = Reader(self.index, self._stemmer).read(request, around)
        matches = self._ranked(query, around)
        ranked = [_candidate(match) for match in matches]
        best = ranked[0].score if ranked and not _is_doubtful(ranked[0]) else 0.0
        if (why := beyond(plain(request))) and (best < _SURE or why == PROGRAMMING):
            return Answer(problem=NEEDS_MODEL.format(why=why))
        says_anything = query.telling or any(value.solid for value in query.values)
        if (
            best < (_GOOD if says_anything else _SURE)
            or not query.understood
            or _is_strange(query, matches[0])
        ):
            return Answer(hints=tuple(ranked[:_HINTS]), problem=NOTHING_FOUND)
        others = (candidate for candidate in ranked[1:] if candidate.score >= _ALSO)
        return Answer(candidates=(ranked[0], *others)[:CANDIDATES])

    def _ranked(self, query: Query, around: Surroundings) -> list[_Match]:
        """Return the entries that may be meant, the best first."""
        gains = self._gains(query)
        likely = heapq.nlargest(
            _LOOKED_UP, gains, key=lambda number: sum(map(operator.mul, query.weights, gains[number]))
        )
        entries = [(number, self.index.entry(number)) for number in likely]
        verb_stems = self._stemmer.stems(
            verb for _, entry in entries for verb in entry.asks if " " not in verb
        )
        ranked: list[_Match] = []
        for number, entry in entries:
            # What the person wrote themselves needs no verb where it is clearly meant.
            asked = not entry.changes or query.intent.asks(entry.asks, verb_stems)
            demanded = not asked and query.intent.demands
            if (
                not asked
                and not demanded
                and not (entry.own and self._likeness(query, number, query.weights) >= 0.8)
            ):
                continue
            filling = assign(entry, query.values, around)
            if entry.changes and not all(honours(entry, filling) for honours in query.conditions):
                continue
            used = {word for value in filling.found.values() for word in words(value.text.lower())}
            # The words that have a place in the command need none in what the entry is called.
            weights = tuple(
                weight * (_USED if word in used else 1.0)
                for word, weight in zip(query.words, query.weights, strict=True)
            )
            aboutness = min(
                1.0, sum(map(operator.mul, weights, gains[number])) / _total(query.words, weights)
            )
            score = (
                _ABOUT * aboutness
                + _LIKE * self._likeness(query, number, weights)
                + _adjustment(entry, filling, query, around)
            )
            score -= _SPECIAL * self._is_special(query, entry)
            if entry.changes and query.intent.begins_with(entry.asks, verb_stems):
                score += _DEMANDED
            elif entry.changes:
                score -= _DEMANDED if demanded else _DEMANDED / 2
            if entry.changes and not query.intent.asks_plainly(entry.asks, verb_stems):
                score -= _DEMANDED
            if entry.changes and query.intent.shows:
                score -= _DEMANDED
            if query.excludes != leaves_out(entry.task.lower()):
                score -= _OPPOSITE
            known = {word for word, gain in zip(query.words, gains[number], strict=True) if gain}
            ranked.append(_Match(score, entry, filling, frozenset(known)))
        ranked.sort(key=_place)
        return _distinct(ranked[: CANDIDATES * 2])

    def _gains(self, query: Query) -> dict[int, list[float]]:
        """Return for each entry how much it is about each word of the request, or a word of the same meaning."""
        gains: dict[int, list[float]] = {}
        seen: dict[str, dict[int, float]] = {}
        for at, terms in enumerate(query.terms):
            for term, part in terms.items():
                if term not in seen:
                    seen[term] = self.index.entries_with(term)
                for number, gain in seen[term].items():
                    row = gains.setdefault(number, [0.0] * len(query.terms))
                    row[at] = max(row[at], gain * part)
        return gains

    def _is_special(self, query: Query, entry: Entry) -> bool:
        """Return whether an entry is for a special case, and the request has no word for that."""
        special = _SPECIAL_WORDS.intersection(words(entry.task.lower()))
        stems = self._stemmer.stems(special)
        spoken = {term for terms in query.terms for term in terms}
        return any(spoken.isdisjoint(stems[word]) for word in special)

    def _likeness(self, query: Query, number: int, weights: Sequence[float]) -> float:
        """Return how much the request is like the most similar of the phrases of an entry."""
        total = _total(query.words, weights)
        strengths: dict[str, list[tuple[int, float]]] = {}
        for at, terms in enumerate(query.terms):
            for term, part in terms.items():
                strengths.setdefault(term, []).append((at, part))
        best = 0.0
        for stems, mass in self.index.phrases(number):
            got = [0.0] * len(weights)
            hit = 0.0
            for term in strengths.keys() & stems:
                places = strengths[term]
                hit += self.index.weight(term) * share(term) * max(part for _, part in places)
                for at, part in places:
                    got[at] = max(got[at], part)
            if hit:
                of_request = min(1.0, sum(map(operator.mul, got, weights)) / total)
                of_phrase = hit / (mass or 1.0)
                best = max(best, 2 * of_request * of_phrase / (of_request + of_phrase or 1.0))
        return best


def _place(match: _Match) -> float:
    """Return where a match belongs: one that changes something must be the better one, and good enough."""
    if not match.entry.changes or match.entry.own:
        return -match.score
    return _MARGIN - match.score if match.score >= _LEAST_CHANGE else 0.0


def _is_strange(query: Query, match: _Match) -> bool:
    """Return whether most of what a request tells is nothing that the entry knows, or has a place for."""
    placed = {word for value in match.filling.found.values() for word in words(value.text.lower())}
    if match.filling.unfilled:
        placed.clear()
    known = sum(told for word, told in query.telling.items() if word in match.known)
    unknown = sum(told for word, told in query.telling.items() if word not in match.known | placed)
    return match.score < _CLEAR and unknown > _STRANGE * (known + len(placed))


def _total(spoken: Sequence[str], weights: Sequence[float]) -> float:
    """Return what the words of a request come to, with little for its chatter."""
    return (
        sum(
            weight * (_CHATTER if word in FILLERS else 1.0)
            for word, weight in zip(spoken, weights, strict=True)
        )
        or 1.0
    )


def _is_doubtful(candidate: Candidate) -> bool:
    return candidate.changes and candidate.score < _LEAST_CHANGE


def _adjustment(entry: Entry, filling: Filling, query: Query, around: Surroundings) -> float:
    """Return what speaks for an entry beside its words."""
    score = 0.0
    used = list(filling.found.values())
    for value in query.values:
        if (value.solid or value.novel) and not any(map(value.overlaps, used)):
            score -= _LEFT_OVER if value.solid else _LEFT_OVER / 2
    score += 0.05 * min(2, sum(1 for value in used if value.solid or value.novel))
    score += _SAID * sum(value.role == name for name, value in filling.found.items())
    score -= _OPEN * len(filling.unfilled)
    for value in used:
        fitting = suits(entry.command, value.text)
        if fitting is not None:
            score += _FORMAT if fitting else -2 * _FORMAT
    for name, slot in entry.slots.items():
        if (
            slot.kind == "archive"
            and name not in filling.found
            and (len(around.archives) == 1 or not query.of_archive)
        ):
            named = query.of_archive and filling.values.get(name) in around.archives
            score += _FORMAT if named else -_FORMAT
    if entry.own:
        score += 0.1
    if entry.context and entry.context in around.contexts:
        score += 0.05
    elif entry.context == "git":
        score -= 0.06
    if not all(around.has_program(name) for name in entry.needs):
        score -= 0.02
    return score


def _distinct(matches: Sequence[_Match]) -> list[_Match]:
    """Return one match for each command, in its best place; of two with the same, the person's own stays."""
    kept: dict[str, _Match] = {}
    for match in matches:
        before = kept.setdefault(match.command, match)
        if match.entry.own:
            kept[match.command] = replace(match, score=before.score)
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
