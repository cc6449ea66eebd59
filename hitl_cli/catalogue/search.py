"""From a request in plain words to the commands that may be meant: look up, weigh, fill in."""

import difflib
import heapq
import operator
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from hitl_cli.catalogue.candidate import Answer, Candidate
from hitl_cli.catalogue.entry import Entry
from hitl_cli.catalogue.formats import suits
from hitl_cli.catalogue.index import Index, open_index
from hitl_cli.catalogue.intent import NEEDS_MODEL, Intent, beyond, understand
from hitl_cli.catalogue.slots import Filling, assign
from hitl_cli.catalogue.stemmer import Stemmer
from hitl_cli.catalogue.surroundings import Surroundings
from hitl_cli.catalogue.synonyms import expanded, said
from hitl_cli.catalogue.template import fill
from hitl_cli.catalogue.value import Value
from hitl_cli.catalogue.values import values
from hitl_cli.catalogue.words import FILLERS, common, plain, share, words

CANDIDATES = 5
"""How many commands are proposed for one request."""

_HINTS = 3
_LOOKED_UP = 60  # entries
_GOOD = 0.27  # below it, an entry is a hint at best
_ALSO = 0.08  # from it on, an entry is offered after one that is good
_DEMANDED = 0.08  # what it speaks for an entry that its verb begins the request
_OPPOSITE = 0.05
_LEFT_OVER = 0.07  # what it speaks against an entry that it has no place for a value
_OPEN = 0.09  # what it speaks against an entry that one of its slots stays open
_FORMAT = 0.08  # what it speaks for an entry that its program is the one for the archive
_EXCLUDING = re.compile(
    r" (?:not|without|except|excluding|exclude|other than|ignoring|but|skip|skipping|no) "
)
_SURE = 0.75  # from it on, an entry serves even a request that looks as if it needed a model
_SYNONYM = 0.65  # what a word of the same meaning counts for, against the word itself
_SPELLING = 0.85
_SPELT = 6  # letters; a shorter word that is unknown may well be a name
_CHATTER = 0.3  # what a filler of the request counts for, against what it would, in how much of it is covered
_UNKNOWN = 0.3
_BESIDE = 0.4  # what a word counts for that says what a value is
_LEAST_KNOWN = 0.4  # the share of the words that tell something
_USED = 0.2
_ABOUT = 0.57
_LIKE = 0.43
_MARGIN = 0.06  # by how much a change must be better than what only reads
_LEAST_CHANGE = 0.36  # what an entry that changes something needs to be the first

NOTHING_SAID = (
    "The request is empty, so nothing is proposed. Say in a few English words what you want to see or do."
)
NOTHING_FOUND = (
    "The offline catalogue has no good match for this request, so nothing is proposed. "
    "Say it in other (English) words, or set OPENAI_API_KEY or OPENAI_BASE_URL to ask a language model."
)


@dataclass(frozen=True)
class _Query:
    """A request, ready to be compared: each word's terms with what they count for, and the word's own weight."""

    words: tuple[str, ...]
    terms: tuple[Mapping[str, float], ...]
    weights: tuple[float, ...]
    values: Sequence[Value]
    intent: Intent
    excludes: bool
    """Whether the request leaves something out: not, without, except."""
    understood: bool
    """Whether enough of its words are known as they stand to be sure that it is meant for the catalogue."""


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
        query = self._query(request, around)
        ranked = self._ranked(query, around)
        best = ranked[0].score if ranked and not _is_doubtful(ranked[0]) else 0.0
        if (why := beyond(plain(request))) and best < _SURE:
            return Answer(problem=NEEDS_MODEL.format(why=why))
        if best < _GOOD or not query.understood:
            return Answer(hints=tuple(ranked[:_HINTS]), problem=NOTHING_FOUND)
        others = (candidate for candidate in ranked[1:] if candidate.score >= _ALSO)
        return Answer(candidates=(ranked[0], *others)[:CANDIDATES])

    def _query(self, request: str, around: Surroundings) -> _Query:
        found = values(request, around, self._spread)
        text = list(request)
        for value in found:
            if value.solid:
                text[value.start : value.end] = " " * (value.end - value.start)
        kept = plain("".join(text))
        spoken = [word for word in words(expanded(kept)) if not word.isdigit()]
        extra = [word for value in found if value.solid for word in _words_for(value)]
        stems = self._stemmer.stems([*spoken, *extra])
        counted: dict[str, tuple[str, dict[str, float], float]] = {}
        telling = [word for word in dict.fromkeys(words(kept)) if word not in FILLERS and not word.isdigit()]
        for word in spoken + extra:
            part = _BESIDE if word in extra and word not in spoken else share(word)
            for stem in stems[word]:
                terms = self._terms(stem, word)
                weight = part * max(
                    (self.index.weight(term) * alike for term, alike in terms.items()), default=0.0
                )
                if not terms and part == 1.0:
                    is_value = any(
                        word in value.text.lower() and max(value.kinds.values()) >= 0.6 for value in found
                    )
                    weight = 0.1 if is_value else _UNKNOWN
                if stem not in counted or counted[stem][2] < weight:
                    counted[stem] = (word, terms, weight)
        pairs = list(counted.values())
        return _Query(
            tuple(word for word, _, _ in pairs),
            tuple(terms for _, terms, _ in pairs),
            tuple(weight for _, _, weight in pairs),
            found,
            understand(plain(request), self._stemmer, said()),
            bool(_EXCLUDING.search(f" {plain(request)} ")),
            self._understood(telling, sum(value.solid for value in found)),
        )

    def _understood(self, telling: Sequence[str], solid: int) -> bool:
        """Return whether enough words are known, in the catalogue or as everyday English, to be meant for it."""
        stems = self._stemmer.stems(telling)
        known = [word for word in telling if any(self.index.frequency.get(stem) for stem in stems[word])]
        usual = [word for word in telling if word not in known and (word in common() or self._spread(word))]
        return bool(known or solid) and len(known) + 0.5 * len(usual) + 0.5 * solid >= _LEAST_KNOWN * len(
            telling
        )

    def _spread(self, word: str) -> int:
        """Return in how many entries a word is, or what it is a misspelling of."""
        (stems,) = self._stemmer.stems([word]).values()
        spread = max((self.index.frequency.get(stem, 0) for stem in stems), default=0)
        if not spread and len(word) >= _SPELT and word.isalpha() and len(stems) == 1:
            return max((self.index.frequency[near] for near in self._near(stems[0])), default=0)
        return spread

    def _near(self, stem: str) -> list[str]:
        """Return the terms of the index that are spelt nearly like `stem`."""
        alike = [
            term for term in self.index.frequency if term[:1] == stem[0] and abs(len(term) - len(stem)) <= 1
        ]
        return difflib.get_close_matches(stem, alike, n=2, cutoff=0.8)

    def _terms(self, stem: str, word: str) -> dict[str, float]:
        """Return the terms of the index that `stem` may stand for, and how well each does."""
        terms: dict[str, float] = {}
        if stem in self.index.frequency:
            terms[stem] = 1.0
        elif len(word) > 3 and word not in FILLERS:
            terms |= dict.fromkeys(self._near(stem), _SPELLING)
        for term, part in list(terms.items()):
            for other in self.index.synonyms(term):
                terms[other] = max(terms.get(other, 0.0), part * _SYNONYM)
        return terms

    def _ranked(self, query: _Query, around: Surroundings) -> list[Candidate]:
        gains = self._gains(query)
        likely = heapq.nlargest(
            _LOOKED_UP, gains, key=lambda number: sum(map(operator.mul, query.weights, gains[number]))
        )
        entries = [(number, self.index.entry(number)) for number in likely]
        verb_stems = self._stemmer.stems(
            verb for _, entry in entries for verb in entry.asks if " " not in verb
        )
        ranked: list[tuple[float, Entry, Filling]] = []
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
            if entry.changes and query.intent.begins_with(entry.asks, verb_stems):
                score += _DEMANDED
            elif entry.changes:
                score -= _DEMANDED if demanded else _DEMANDED / 2
            if entry.changes and not query.intent.asks_plainly(entry.asks, verb_stems):
                score -= _DEMANDED
            if entry.changes and query.intent.shows:
                score -= _DEMANDED
            if query.excludes != bool(_EXCLUDING.search(f" {entry.task.lower()} ")):
                score -= _OPPOSITE
            ranked.append((score, entry, filling))
        ranked.sort(key=_place)
        found = [(_candidate(*each), each[1].own) for each in ranked[: CANDIDATES * 2]]
        return _distinct(found)

    def _gains(self, query: _Query) -> dict[int, list[float]]:
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

    def _likeness(self, query: _Query, number: int, weights: Sequence[float]) -> float:
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


def _place(ranked: tuple[float, Entry, Filling]) -> float:
    """Return where a match belongs: one that changes something must be the better one, and good enough."""
    score, entry, _ = ranked
    if not entry.changes or entry.own:
        return -score
    return _MARGIN - score if score >= _LEAST_CHANGE else 0.0


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


def _words_for(value: Value) -> list[str]:
    """Return words that say what a value is, since nobody else has its name."""
    kind = max(value.kinds, key=lambda each: value.kinds[each])
    extra = re.findall(r"\.([a-z]\w+)", value.text.lower()) if kind in ("file", "archive", "name") else []
    return [{"days": "days", "interval": "seconds", "host": "host"}.get(kind, kind), *extra]


def _adjustment(entry: Entry, filling: Filling, query: _Query, around: Surroundings) -> float:
    """Return what speaks for an entry beside its words."""
    score = 0.0
    used = list(filling.found.values())
    for value in query.values:
        if (value.solid or value.novel) and not any(map(value.overlaps, used)):
            score -= _LEFT_OVER if value.solid else _LEFT_OVER / 2
    score += 0.05 * min(2, sum(1 for value in used if value.solid or value.novel))
    score -= _OPEN * len(filling.unfilled)
    for value in used:
        fitting = suits(entry.command, value.text)
        if fitting is not None:
            score += _FORMAT if fitting else -2 * _FORMAT
    for name, slot in entry.slots.items():
        if slot.kind == "archive" and name not in filling.found and len(around.archives) == 1:
            score += _FORMAT if filling.values.get(name) in around.archives else -_FORMAT
    if entry.own:
        score += 0.1
    if entry.context and entry.context in around.contexts:
        score += 0.05
    elif entry.context == "git":
        score -= 0.06
    if not all(around.has_program(name) for name in entry.needs):
        score -= 0.02
    return score


def _distinct(found: Sequence[tuple[Candidate, bool]]) -> list[Candidate]:
    """Return each command once, in its best place; of two with the same, the person's own (marked True) stays."""
    kept: dict[str, Candidate] = {}
    for candidate, is_own in found:
        before = kept.setdefault(candidate.command, candidate)
        if is_own:
            kept[candidate.command] = replace(candidate, score=before.score)
    return list(kept.values())


def _candidate(score: float, entry: Entry, filling: Filling) -> Candidate:
    return Candidate(
        entry=entry.id,
        command=fill(entry.command_on(sys.platform), filling.values),
        description=entry.task,
        score=round(max(0.0, min(1.0, score)), 3),
        changes=entry.changes,
        unfilled=filling.unfilled,
    )
