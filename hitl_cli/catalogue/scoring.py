"""Scores entries for a request, by its words, verbs and values, and by the folder."""

from collections.abc import Mapping, Sequence

from hitl_cli.catalogue import weights
from hitl_cli.catalogue.archive_formats import program_fits
from hitl_cli.catalogue.entry import Entry
from hitl_cli.catalogue.query import Query
from hitl_cli.catalogue.similarity import Similarity
from hitl_cli.catalogue.slots import Filling
from hitl_cli.catalogue.words import Stemmer, words
from hitl_cli.catalogue.workspace import Workspace

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
