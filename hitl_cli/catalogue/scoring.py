"""What speaks for an entry, or against it: the words of a request, its verbs, its values, and the folder."""

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
    """Gives scores for one request, which is meant in the folder of `around`."""

    def __init__(self, query: Query, comparison: Similarity, stemmer: Stemmer, workspace: Workspace) -> None:
        self._query = query
        self._comparison = comparison
        self._stemmer = stemmer
        self._workspace = workspace
        self._spoken = {term for terms in query.terms for term in terms}

    def may_offer(self, entry: Entry, number: int, stems: Mapping[str, Sequence[str]]) -> bool:
        """Return whether an entry may be offered: one that changes something needs to be asked for.

        `stems` has those of the verbs that ask for entries.
        """
        intent = self._query.intent
        if not entry.changes or intent.demands or intent.asks(entry.asks, stems):
            return True
        # What the person wrote themselves needs no verb where it is clearly meant.
        return (
            entry.own
            and self._comparison.phrase_similarity(number, self._query.weights) >= weights.OWN_SIMILARITY
        )

    def score(self, entry: Entry, number: int, filling: Filling, stems: Mapping[str, Sequence[str]]) -> float:
        """Return the score of an entry with its slots filled."""
        # The words that have a place in the command need none in what the entry is called.
        used = {word for value in filling.found.values() for word in words(value.text.lower())}
        heard = tuple(
            weight * (weights.USED if word in used else 1.0)
            for word, weight in zip(self._query.words, self._query.weights, strict=True)
        )
        score = weights.COVERAGE * self._comparison.coverage(number, heard)
        score += weights.SIMILARITY * self._comparison.phrase_similarity(number, heard)
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
        """Return what the verbs of the request say for an entry that changes something."""
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
        """Return what the values of the request say: which have a place in the command, and which have none."""
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
        """Return whether the program of an entry is the one for the archive that is named, or lies in the folder."""
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
        """Return what the person's own hand, the folder and the installed programs say for an entry."""
        score = weights.OWN if entry.own else 0.0
        if entry.context and entry.context in self._workspace.contexts:
            score += weights.CONTEXT
        elif entry.context == "git":
            score -= weights.NO_REPOSITORY
        if not all(map(self._workspace.has_program, entry.needs)):
            score -= weights.NOT_INSTALLED
        return score

    def _is_special(self, entry: Entry) -> bool:
        """Return whether an entry is for a special case, and the request has no word for that."""
        special = _SPECIAL_WORDS.intersection(words(entry.task.lower()))
        stems = self._stemmer.stems(special)
        return any(self._spoken.isdisjoint(stems[word]) for word in special)
