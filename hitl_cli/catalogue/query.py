"""A request as it is compared with the entries: its words with what they may stand for, its values, its intent."""

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
# Words that may speak of an archive.
_ARCHIVE_TEXT = """
archive archives zip unzip zipped zipfile tar untar tarball tarballs tgz gz 7z rar jar deb gzip gunzip packed compressed
extract extracts extracted extracting expand inflate open backup it that
"""
_ARCHIVE = frozenset((*_ARCHIVE_TEXT.split(), *_PACKING))
_PIECE = re.compile(r"\w+")
_SPELT = 6  # letters; a shorter word that is unknown may well be a name


class Query(NamedTuple):
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
    of_archive: bool
    """Whether it speaks of an archive, so that the only one in the folder may be meant."""
    informative: Mapping[str, float]
    """Its words that say more than what every sentence has, and how much each does."""
    technical_words: frozenset[str]
    """Its words that belong to computers: the catalogue has them, and everyday speech does not, or in another sense."""
    conditions: Sequence[Condition]
    """What narrows what a command may touch."""


class _QueryStem(NamedTuple):
    """A stem of a request: its word, the terms of the index that it may stand for, and what it counts for."""

    word: str
    terms: Mapping[str, float]
    weight: float


class QueryParser:
    """Reads requests with the words of an index."""

    def __init__(self, index: Index, stemmer: Stemmer) -> None:
        self._index = index
        self._stemmer = stemmer
        self._nearest: dict[str, list[str]] = {}

    def read(self, request: str, workspace: Workspace) -> Query:
        """Return `request`, which is meant in the folder of `around`, ready to be compared."""
        found = extract_values(request, workspace, self._entry_count)
        text = plain(request)
        kept = plain(_without_solid(request, found))
        informative = [
            word for word in dict.fromkeys(words(kept)) if word not in FILLERS and not word.isdigit()
        ]
        heard = self._stems_of(kept, found)
        return Query(
            words=tuple(each.word for each in heard),
            terms=tuple(each.terms for each in heard),
            weights=tuple(each.weight for each in heard),
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
        """Return the stems of a request, each once, for the word that weighs most; `found` are its values."""
        spoken = [word for word in words(self._index.vocabulary.expanded(kept)) if not word.isdigit()]
        beside = [word for value in found if value.certain for word in _words_for(value)]
        heard: dict[str, _QueryStem] = {}
        for word, stems in self._stemmer.stems([*spoken, *beside]).items():
            part = share(word) if word in spoken else KIND_WORD
            for stem in stems:
                terms = self._terms(stem, word)
                weight = part * max(
                    (self._index.weight(term) * alike for term, alike in terms.items()), default=0.0
                )
                if not terms and part == 1.0:
                    weight = IN_VALUE if _is_in_value(word, found) else UNKNOWN
                if stem not in heard or heard[stem].weight < weight:
                    heard[stem] = _QueryStem(word, terms, weight)
        return list(heard.values())

    def _understood(self, informative: Sequence[str]) -> bool:
        """Return whether enough words are known, in the catalogue or as everyday English, to be meant for it."""
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
        """Return how much a word tells, from 0 to 1: one that nobody knows tells most."""
        (stems,) = self._stemmer.stems([word]).values()
        known = max((self._index.weight(stem) for stem in stems if self._index.has(stem)), default=0.0)
        return known or (UNKNOWN if word in common() else 1.0)

    def _entry_count(self, word: str) -> int:
        """Return in how many entries a word is, or what it is a misspelling of."""
        (stems,) = self._stemmer.stems([word]).values()
        spread = max(map(self._index.frequency, stems), default=0)
        if not spread and len(word) >= _SPELT and word.isalpha() and len(stems) == 1:
            return max(map(self._index.frequency, self._near(stems[0])), default=0)
        return spread

    def _near(self, stem: str) -> list[str]:
        """Return the terms of the index that are spelt nearly like `stem`."""
        if stem not in self._nearest:
            alike = self._index.spelt_like(stem)
            self._nearest[stem] = difflib.get_close_matches(stem, alike, n=2, cutoff=0.8)
        return self._nearest[stem]

    def _terms(self, stem: str, word: str) -> dict[str, float]:
        """Return the terms of the index that `stem` may stand for, and how well each does."""
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
    """Return a request with blanks for what can be nothing but a value."""
    text = list(request)
    for value in found:
        if value.certain:
            text[value.start : value.end] = " " * (value.end - value.start)
    return "".join(text)


def _is_in_value(word: str, found: Sequence[Value]) -> bool:
    return any(word in value.text.lower() and max(value.kinds.values()) >= VALUE for value in found)


def _words_for(value: Value) -> list[str]:
    """Return words that say what a value is, since nobody else has its name."""
    kind = max(value.kinds, key=lambda each: value.kinds[each])
    extra = re.findall(r"\.([a-z]\w+)", value.text.lower()) if kind in ("file", "archive", "name") else []
    return [{"days": "days", "interval": "seconds", "host": "host"}.get(kind, kind), *extra]
