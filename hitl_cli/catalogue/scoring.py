"""Scores entries for a request: by the similarity of words and phrases, by verbs and values, and by the folder."""

import heapq
import math
import operator
from collections.abc import Mapping, Sequence

from hitl_cli.catalogue import weights
from hitl_cli.catalogue.archive_formats import program_fits
from hitl_cli.catalogue.entry import Entry
from hitl_cli.catalogue.index import Index
from hitl_cli.catalogue.query import Query
from hitl_cli.catalogue.slots import Filling
from hitl_cli.catalogue.weights import FILLER
from hitl_cli.catalogue.words import FILLERS, Stemmer, share, words
from hitl_cli.catalogue.workspace import Workspace


class Similarity:
    """Compares a request with entries, which are identified by their numbers in the index."""

    def __init__(self, query: Query, index: Index) -> None:
        self._query = query
        self._index = index
        self._gains = self._gains_by_word()
        self._strengths: dict[str, list[tuple[int, float]]] = {}
        for at, terms in enumerate(query.terms):
            for term, part in terms.items():
                self._strengths.setdefault(term, []).append((at, part))
        self._informativeness = {
            term: index.weight(term) * share(term) * max(part for _, part in places)
            for term, places in self._strengths.items()
        }

    def top_entries(self, count: int) -> list[int]:
        """Return the `count` entries that have most of the words, best first."""
        totals: dict[int, float] = {}
        for weight, gains in zip(self._query.weights, self._gains, strict=True):
            for number, gain in gains.items():
                totals[number] = totals.get(number, 0.0) + weight * gain
        return heapq.nlargest(count, totals, key=totals.__getitem__)

    def known(self, number: int) -> frozenset[str]:
        """Return the words of the request that an entry has, itself or as a synonym."""
        pairs = zip(self._query.words, self._gains, strict=True)
        return frozenset(word for word, gains in pairs if number in gains)

    def coverage(self, number: int, weights: Sequence[float]) -> float:
        """Return how much of the request an entry covers, from 0 to 1; `weights` are those of the request's words."""
        gains = [each.get(number, 0.0) for each in self._gains]
        covered: float = sum(map(operator.mul, weights, gains))
        return min(1.0, covered / self._total(weights))

    def phrase_similarity(self, number: int, weights: Sequence[float]) -> float:
        """Return the similarity of the request to the most similar phrase of an entry, from 0 to 1."""
        total = self._total(weights)
        best = 0.0
        for stems, mass in self._index.phrases(number):
            got = [0.0] * len(weights)
            shared = self._strengths.keys() & stems
            for term in shared:
                for at, part in self._strengths[term]:
                    got[at] = max(got[at], part)
            # An exact sum, like the mass: the order of a set must not decide between equal phrases.
            if hit := math.fsum(map(self._informativeness.__getitem__, shared)):
                of_request = min(1.0, sum(map(operator.mul, got, weights)) / total)
                of_phrase = hit / (mass or 1.0)
                best = max(best, 2 * of_request * of_phrase / (of_request + of_phrase or 1.0))
        return best

    def _gains_by_word(self) -> list[Mapping[int, float]]:
        """Return for each word how much each entry is about it or a synonym."""
        seen: dict[str, dict[int, float]] = {}
        found: list[Mapping[int, float]] = []
        for terms in self._query.terms:
            gains: dict[int, float] = {}
            for term, part in terms.items():
                if term not in seen:
                    seen[term] = self._index.entries_with(term)
                for number, gain in seen[term].items():
                    worth = gain * part
                    if worth > gains.get(number, 0.0):
                        gains[number] = worth
            found.append(gains)
        return found

    def _total(self, weights: Sequence[float]) -> float:
        """Return the total weight of the request's words; fillers count little."""
        pairs = zip(self._query.words, weights, strict=True)
        return sum(weight * (FILLER if word in FILLERS else 1.0) for word, weight in pairs) or 1.0


_SPECIAL_TEXT = """
empty tag tags npm pip podman json yaml milliseconds checksum checksums volume volumes password contents environment
root python encrypt encrypted
"""
_SPECIAL_WORDS = frozenset(_SPECIAL_TEXT.split())


class Scorer:
    """Scores entries for one request, in the folder of `workspace`."""

    def __init__(self, query: Query, similarity: Similarity, stemmer: Stemmer, workspace: Workspace) -> None:
        self._query = query
        self._similarity = similarity
        self._stemmer = stemmer
        self._workspace = workspace
        self._request_terms = {term for terms in query.terms for term in terms}

    def may_offer(self, entry: Entry, number: int, stems: Mapping[str, Sequence[str]]) -> bool:
        """Return whether an entry may be offered; one that changes something needs a verb in the request.

        `stems` are those of the verbs in entries.
        """
        intent = self._query.intent
        if not entry.changes or intent.demands or intent.asks(entry.asks, stems):
            return True
        # The person's own entry needs no verb if the request is similar enough to it.
        return (
            entry.own
            and self._similarity.phrase_similarity(number, self._query.weights) >= weights.OWN_SIMILARITY
        )

    def score(self, entry: Entry, number: int, filling: Filling, stems: Mapping[str, Sequence[str]]) -> float:
        """Return the score of an entry with this filling of its slots."""
        # A word that fills a slot need not be in the phrases of the entry.
        used = {word for value in filling.found.values() for word in words(value.text.lower())}
        word_weights = tuple(
            weight * (weights.USED if word in used else 1.0)
            for word, weight in zip(self._query.words, self._query.weights, strict=True)
        )
        score = weights.COVERAGE * self._similarity.coverage(number, word_weights)
        score += weights.SIMILARITY * self._similarity.phrase_similarity(number, word_weights)
        score += self._for_values(entry, filling)
        score += self._for_archives(entry, filling)
        score += self._for_surroundings(entry)
        if self._is_special(entry):
            score -= weights.SPECIAL_CASE
        if entry.changes:
            score += self._for_verbs(entry, stems)
        if self._query.excludes != entry.excludes:
            score -= weights.EXCLUSION_MISMATCH
        return score

    def _for_verbs(self, entry: Entry, stems: Mapping[str, Sequence[str]]) -> float:
        """Return the part of the score from the verbs, for an entry that changes something."""
        intent = self._query.intent
        score = 0.0
        if intent.begins_with(entry.asks, stems):
            score += weights.VERB
        elif intent.demands and not intent.asks(entry.asks, stems):
            score -= weights.VERB
        else:
            score -= weights.VERB / 2
        if not intent.asks_plainly(entry.asks, stems):
            score -= weights.VERB
        if intent.shows:
            score -= weights.VERB
        return score

    def _for_values(self, entry: Entry, filling: Filling) -> float:
        """Return the part of the score from the values: those that fill a slot, and those that do not."""
        used = list(filling.found.values())
        score = 0.0
        for value in self._query.values:
            if (value.certain or value.novel) and not any(map(value.overlaps, used)):
                score -= weights.UNPLACED if value.certain else weights.UNPLACED / 2
        score += weights.PLACED * min(2, sum(1 for value in used if value.certain or value.novel))
        score += weights.ROLE * sum(value.role == name for name, value in filling.found.items())
        score -= weights.UNFILLED * len(filling.unfilled)
        return score

    def _for_archives(self, entry: Entry, filling: Filling) -> float:
        """Return the part of the score from archives: whether the entry's program handles the one that is meant."""
        score = 0.0
        for value in filling.found.values():
            fitting = program_fits(entry.command, value.text)
            if fitting is not None:
                score += weights.FORMAT if fitting else -2 * weights.FORMAT
        archives = self._workspace.archives
        of_archive = self._query.of_archive
        for name, slot in entry.slots.items():
            if slot.kind != "archive" or name in filling.found:
                continue
            if len(archives) == 1 or not of_archive:
                is_there = of_archive and filling.values.get(name) in archives
                score += weights.FORMAT if is_there else -weights.FORMAT
        return score

    def _for_surroundings(self, entry: Entry) -> float:
        """Return the part of the score from the folder, the installed programs, and the author of the entry."""
        score = weights.OWN if entry.own else 0.0
        if entry.context and entry.context in self._workspace.contexts:
            score += weights.CONTEXT
        elif entry.context == "git":
            score -= weights.NO_REPOSITORY
        if not all(map(self._workspace.has_program, entry.needs)):
            score -= weights.NOT_INSTALLED
        return score

    def _is_special(self, entry: Entry) -> bool:
        """Return whether an entry is for a special case that the request does not mention."""
        special = _SPECIAL_WORDS.intersection(words(entry.task.lower()))
        stems = self._stemmer.stems(special)
        return any(self._request_terms.isdisjoint(stems[word]) for word in special)
