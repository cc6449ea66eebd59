"""Parses a request for the search: index terms for its words, values, intent, conditions."""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hitl_cli.catalogue.conditions import Condition, conditions
from hitl_cli.catalogue.exclusions import has_exclusion
from hitl_cli.catalogue.extraction import extract_values
from hitl_cli.catalogue.index import Index
from hitl_cli.catalogue.intent import Intent, parse_intent
from hitl_cli.catalogue.value import Value
from hitl_cli.catalogue.weights import IN_VALUE, KIND_WORD, MIN_KNOWN, SPELLING, SYNONYM, UNKNOWN, VALUE
from hitl_cli.catalogue.words import FILLERS, Stemmer, common, is_everyday, is_foreign, plain, share, words
from hitl_cli.catalogue.workspace import Workspace

_PACKING = tuple(
    f"{prefix}{verb}{ending}"
    for verb in ("pack", "compress", "bundle")
    for prefix in ("", "un", "de")
    for ending in ("", "s", "ed", "ing")
)
# Words that suggest an archive.
_ARCHIVE_TEXT = """
archive archives zip unzip zipped zipfile tar untar tarball tarballs tgz gz 7z rar jar deb gzip gunzip packed compressed
extract extracts extracted extracting expand inflate open backup it that
"""
_ARCHIVE = frozenset((*_ARCHIVE_TEXT.split(), *_PACKING))
_PIECE = re.compile(r"\w+")
_SPELT = 6  # letters; a shorter unknown word may be a name and is not corrected


class Query(NamedTuple):
    """A parsed request. `terms` are index terms with their strengths and `weights` the weights, one for each word."""

    words: tuple[str, ...]
    terms: tuple[Mapping[str, float], ...]
    weights: tuple[float, ...]
    values: Sequence[Value]
    intent: Intent
    excludes: bool
    """Whether the request excludes something: not, without, except."""
    understood: bool
    """Whether enough of its words are known for it to be a request to the catalogue."""
    of_archive: bool
    """Whether it is about an archive, so that it may mean the only one in the folder."""
    informative: Mapping[str, float]
    """Its words other than fillers, and how informative each is."""
    technical_words: frozenset[str]
    """Its technical words: the catalogue has them, and everyday English does not, or in another sense."""
    conditions: Sequence[Condition]
    """What an entry must meet if it changes something."""


class _QueryStem(NamedTuple):
    """A stem in a request: its word, the index terms that it may stand for, and its weight."""

    word: str
    terms: Mapping[str, float]
    weight: float


class QueryParser:
    """Parses requests with the terms of an index."""

    def __init__(self, index: Index, stemmer: Stemmer) -> None:
        self._index = index
        self._stemmer = stemmer
        self._nearest: dict[str, list[str]] = {}

    def read(self, request: str, workspace: Workspace) -> Query:
        """Return `request` parsed, for the folder of `workspace`."""
        found = extract_values(request, workspace, self._entry_count)
        text = plain(request)
        kept = plain(_without_solid(request, found))
        informative = [
            word for word in dict.fromkeys(words(kept)) if word not in FILLERS and not word.isdigit()
        ]
        stems_found = self._stems_of(kept, found)
        return Query(
            words=tuple(each.word for each in stems_found),
            terms=tuple(each.terms for each in stems_found),
            weights=tuple(each.weight for each in stems_found),
            values=found,
            intent=parse_intent(text, self._stemmer, self._index.vocabulary.said),
            excludes=has_exclusion(text),
            understood=not is_foreign(words(kept)) and self._understood(informative),
            of_archive=not _ARCHIVE.isdisjoint(_PIECE.findall(text)),
            informative={word: self._informativeness(word) for word in informative},
            technical_words=frozenset(
                word for word in informative if self._entry_count(word) and not is_everyday(word)
            ),
            conditions=tuple(conditions(text, found, self._index.vocabulary)),
        )

    def _stems_of(self, kept: str, found: Sequence[Value]) -> list[_QueryStem]:
        """Return the stems of a request, each once with its highest weight; `found` are its values."""
        spoken = [word for word in words(self._index.vocabulary.expanded(kept)) if not word.isdigit()]
        beside = [word for value in found if value.certain for word in _words_for(value)]
        stems_found: dict[str, _QueryStem] = {}
        for word, stems in self._stemmer.stems([*spoken, *beside]).items():
            part = share(word) if word in spoken else KIND_WORD
            for stem in stems:
                terms = self._terms(stem, word)
                weight = part * max(
                    (self._index.weight(term) * alike for term, alike in terms.items()), default=0.0
                )
                if not terms and part == 1.0:
                    weight = IN_VALUE if _is_in_value(word, found) else UNKNOWN
                if stem not in stems_found or stems_found[stem].weight < weight:
                    stems_found[stem] = _QueryStem(word, terms, weight)
        return list(stems_found.values())

    def _understood(self, informative: Sequence[str]) -> bool:
        """Return whether enough words are known, in the catalogue or as everyday English."""
        stems = self._stemmer.stems(informative)
        known = [word for word in informative if any(map(self._index.frequency, stems[word]))]
        usual = [
            word
            for word in informative
            if word not in known and (word in common() or self._entry_count(word))
        ]
        return not informative or (
            bool(known) and len(known) + 0.5 * len(usual) >= MIN_KNOWN * len(informative)
        )

    def _informativeness(self, word: str) -> float:
        """Return how informative a word is, from 0 to 1; an unknown word is most informative."""
        (stems,) = self._stemmer.stems([word]).values()
        known = max((self._index.weight(stem) for stem in stems if self._index.has(stem)), default=0.0)
        return known or (UNKNOWN if word in common() else 1.0)

    def _entry_count(self, word: str) -> int:
        """Return how many entries have a word, or the word that it is a misspelling of."""
        (stems,) = self._stemmer.stems([word]).values()
        spread = max(map(self._index.frequency, stems), default=0)
        if not spread and len(word) >= _SPELT and word.isalpha() and len(stems) == 1:
            return max(map(self._index.frequency, self._near(stems[0])), default=0)
        return spread

    def _near(self, stem: str) -> list[str]:
        """Return the terms of the index that are spelled similarly to `stem`."""
        if stem not in self._nearest:
            alike = self._index.spelled_like(stem)
            self._nearest[stem] = difflib.get_close_matches(stem, alike, n=2, cutoff=0.8)
        return self._nearest[stem]

    def _terms(self, stem: str, word: str) -> dict[str, float]:
        """Return the terms of the index that `stem` may stand for, with their strengths."""
        terms: dict[str, float] = {}
        if self._index.has(stem):
            terms[stem] = 1.0
        elif len(word) > 3 and word not in FILLERS:
            terms |= dict.fromkeys(self._near(stem), SPELLING)
        for term, part in list(terms.items()):
            for other in self._index.synonyms(term):
                terms[other] = max(terms.get(other, 0.0), part * SYNONYM)
        return terms


def _without_solid(request: str, found: Sequence[Value]) -> str:
    """Return a request with its certain values replaced by blanks."""
    text = list(request)
    for value in found:
        if value.certain:
            text[value.start : value.end] = " " * (value.end - value.start)
    return "".join(text)


def _is_in_value(word: str, found: Sequence[Value]) -> bool:
    return any(word in value.text.lower() and max(value.kinds.values()) >= VALUE for value in found)


def _words_for(value: Value) -> list[str]:
    """Return words for the kind of a value, because entries do not contain the value itself."""
    kind = max(value.kinds, key=lambda each: value.kinds[each])
    extra = re.findall(r"\.([a-z]\w+)", value.text.lower()) if kind in ("file", "archive", "name") else []
    return [{"days": "days", "interval": "seconds", "host": "host"}.get(kind, kind), *extra]
