"""A request as it is compared with the entries: its words with what they may stand for, its values, its intent."""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hitl_cli.catalogue.conditions import Honours, conditions
from hitl_cli.catalogue.exclusions import leaves_out
from hitl_cli.catalogue.index import Index
from hitl_cli.catalogue.intent import Intent, understand
from hitl_cli.catalogue.stemmer import Stemmer
from hitl_cli.catalogue.surroundings import Surroundings
from hitl_cli.catalogue.value import Value
from hitl_cli.catalogue.values import values
from hitl_cli.catalogue.words import FILLERS, common, is_everyday, is_foreign, plain, share, words

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
_SYNONYM = 0.65  # what a word of the same meaning counts for, against the word itself
_SPELLING = 0.85
_SPELT = 6  # letters; a shorter word that is unknown may well be a name
_UNKNOWN = 0.3
_BESIDE = 0.4  # what a word counts for that says what a value is
_LEAST_KNOWN = 0.4  # the share of the words that tell something


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
    telling: Mapping[str, float]
    """Its words that say more than what every sentence has, and how much each does."""
    at_home: frozenset[str]
    """Its words that belong to computers: the catalogue has them, and everyday speech does not, or in another sense."""
    conditions: Sequence[Honours]
    """What narrows what a command may touch."""


class Reader:
    """Reads requests with the words of an index."""

    def __init__(self, index: Index, stemmer: Stemmer) -> None:
        self._index = index
        self._stemmer = stemmer

    def read(self, request: str, around: Surroundings) -> Query:
        """Return `request`, which is meant in the folder of `around`, ready to be compared."""
        found = values(request, around, self._spread)
        text = list(request)
        for value in found:
            if value.solid:
                text[value.start : value.end] = " " * (value.end - value.start)
        kept = plain("".join(text))
        spoken = [word for word in words(self._index.language.expanded(kept)) if not word.isdigit()]
        extra = [word for value in found if value.solid for word in _words_for(value)]
        stems = self._stemmer.stems([*spoken, *extra])
        counted: dict[str, tuple[str, dict[str, float], float]] = {}
        telling = [word for word in dict.fromkeys(words(kept)) if word not in FILLERS and not word.isdigit()]
        for word in spoken + extra:
            part = _BESIDE if word in extra and word not in spoken else share(word)
            for stem in stems[word]:
                terms = self._terms(stem, word)
                weight = part * max(
                    (self._index.weight(term) * alike for term, alike in terms.items()), default=0.0
                )
                if not terms and part == 1.0:
                    is_value = any(
                        word in value.text.lower() and max(value.kinds.values()) >= 0.6 for value in found
                    )
                    weight = 0.1 if is_value else _UNKNOWN
                if stem not in counted or counted[stem][2] < weight:
                    counted[stem] = (word, terms, weight)
        pairs = list(counted.values())
        return Query(
            tuple(word for word, _, _ in pairs),
            tuple(terms for _, terms, _ in pairs),
            tuple(weight for _, _, weight in pairs),
            found,
            understand(plain(request), self._stemmer, self._index.language.said),
            leaves_out(plain(request)),
            not is_foreign(words(kept)) and self._understood(telling),
            not _ARCHIVE.isdisjoint(_PIECE.findall(plain(request))),
            {word: self._told(stems[word], word) for word in telling},
            frozenset(word for word in telling if self._spread(word) and not is_everyday(word)),
            tuple(conditions(plain(request), found, self._index.language)),
        )

    def _understood(self, telling: Sequence[str]) -> bool:
        """Return whether enough words are known, in the catalogue or as everyday English, to be meant for it."""
        stems = self._stemmer.stems(telling)
        known = [word for word in telling if any(map(self._index.frequency, stems[word]))]
        usual = [word for word in telling if word not in known and (word in common() or self._spread(word))]
        return not telling or (bool(known) and len(known) + 0.5 * len(usual) >= _LEAST_KNOWN * len(telling))

    def _told(self, stems: Sequence[str], word: str) -> float:
        """Return how much a word tells, from 0 to 1: one that nobody knows tells most."""
        known = max((self._index.weight(stem) for stem in stems if self._index.has(stem)), default=0.0)
        return known or (_UNKNOWN if word in common() else 1.0)

    def _spread(self, word: str) -> int:
        """Return in how many entries a word is, or what it is a misspelling of."""
        (stems,) = self._stemmer.stems([word]).values()
        spread = max(map(self._index.frequency, stems), default=0)
        if not spread and len(word) >= _SPELT and word.isalpha() and len(stems) == 1:
            return max(map(self._index.frequency, self._near(stems[0])), default=0)
        return spread

    def _near(self, stem: str) -> list[str]:
        """Return the terms of the index that are spelt nearly like `stem`."""
        return difflib.get_close_matches(stem, self._index.spelt_like(stem), n=2, cutoff=0.8)

    def _terms(self, stem: str, word: str) -> dict[str, float]:
        """Return the terms of the index that `stem` may stand for, and how well each does."""
        terms: dict[str, float] = {}
        if self._index.has(stem):
            terms[stem] = 1.0
        elif len(word) > 3 and word not in FILLERS:
            terms |= dict.fromkeys(self._near(stem), _SPELLING)
        for term, part in list(terms.items()):
            for other in self._index.synonyms(term):
                terms[other] = max(terms.get(other, 0.0), part * _SYNONYM)
        return terms


def _words_for(value: Value) -> list[str]:
    """Return words that say what a value is, since nobody else has its name."""
    kind = max(value.kinds, key=lambda each: value.kinds[each])
    extra = re.findall(r"\.([a-z]\w+)", value.text.lower()) if kind in ("file", "archive", "name") else []
    return [{"days": "days", "interval": "seconds", "host": "host"}.get(kind, kind), *extra]
