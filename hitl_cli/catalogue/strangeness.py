"""Whether a request is about something else than what a computer does, though an entry shares words with it."""

from hitl_cli.catalogue.cues import PROPER
from hitl_cli.catalogue.query import Query
from hitl_cli.catalogue.slots import Filling
from hitl_cli.catalogue.value import Value
from hitl_cli.catalogue.weights import CLEAR, LIKELY, STRANGE
from hitl_cli.catalogue.words import words


def is_strange(query: Query, known: frozenset[str], filling: Filling, score: float) -> bool:
    """Return whether `query` is about something else than its best entry.

    `known` are the words of the request that the entry has, `filling` is what its command would take from the
    request, and `score` is its score.
    """
    return (
        any(map(_is_thing_of_the_world, filling.found.values()))
        or (score < CLEAR and _is_mostly_unknown(query, known, filling))
        or (score < LIKELY and not is_at_home(query, known, filling) and _has_unknown(query, known, filling))
    )


def _is_thing_of_the_world(value: Value) -> bool:
    """Return whether a value is no name, but a thing that nobody here knows: 'the queen', 'a sandwich'."""
    return value.described and value.novel and not _is_technical(value.text) and not value.excluded


def _is_mostly_unknown(query: Query, known: frozenset[str], filling: Filling) -> bool:
    """Return whether most of what a request tells is nothing that the entry knows, or has a place for."""
    placed = _placed(filling) if not filling.unfilled else frozenset()
    heard = sum(told for word, told in query.telling.items() if word in known)
    unheard = sum(told for word, told in query.telling.items() if word not in known | placed)
    return unheard > STRANGE * (heard + len(placed))


def is_at_home(query: Query, known: frozenset[str], filling: Filling) -> bool:
    """Return whether anything in a request belongs to computers: a word that the entry knows, a path, a port."""
    return (
        bool(query.at_home)
        or any(value.solid for value in query.values)
        or any(map(_is_technical, query.telling.keys() & _placed(filling)))
    )


def _has_unknown(query: Query, known: frozenset[str], filling: Filling) -> bool:
    """Return whether a request has a word that the entry does not know, be it taken for a name."""
    novel = {word for value in query.values if value.novel for word in words(value.text.lower())}
    return not query.telling.keys() <= known | (_placed(filling) - novel)


def _placed(filling: Filling) -> frozenset[str]:
    return frozenset(word for value in filling.found.values() for word in words(value.text.lower()))


def _is_technical(word: str) -> bool:
    """Return whether a word is the name of a program or the like, or has the look of one: lodash, python3."""
    return word.lower() in PROPER or any(char.isdigit() or char in "-_" for char in word)
