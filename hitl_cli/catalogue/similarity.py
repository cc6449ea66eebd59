"""How similar entries are to a request: by their words, and by their whole phrases."""

import heapq
import math
import operator
from collections.abc import Mapping, Sequence

from hitl_cli.catalogue.index import Index
from hitl_cli.catalogue.query import Query
from hitl_cli.catalogue.weights import FILLER
from hitl_cli.catalogue.words import FILLERS, share


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
