"""The conditions of a request that narrow what a command may touch, and whether an entry meets them.

An entry that changes something is offered only if it meets every condition. One that only reads may ignore a
condition, because at worst it shows too much.
"""

import itertools
import re
from collections.abc import Callable, Sequence

from hitl_cli.catalogue.entry import Entry
from hitl_cli.catalogue.exclusions import exclusions, has_exclusion, is_shallow
from hitl_cli.catalogue.lazy_pattern import LazyPattern
from hitl_cli.catalogue.slots import LEFT_OUT, Filling
from hitl_cli.catalogue.value import Value
from hitl_cli.catalogue.words import FILLERS, Vocabulary, words

Condition = Callable[[Entry, Filling], bool]

# Pairs: how a request states a condition, and the words or slot kinds of an entry that can meet it.
_CLAUSES = (
    (LazyPattern(r"\b(?:older|newer|younger|days? old|weeks? old|months? old|years? old|"
             r"before (?:the )?(?:\d|last|yesterday|today)|since|not (?:changed|modified|used|touched|accessed))\b",
             ("older", "newer", "younger", " old", "before", "since", "not ")),
     LazyPattern(r"\b(?:old\w*|new\w*|stale|ancient|days?|date|before|since|last|recent\w*|unused|age|latest|ago|until|"
             r"hours?|minutes?|time)\b|-mtime|-mmin|-atime")),
    (LazyPattern(r"\b(?:bigger|larger|smaller|heavier) than\b", (" than",)),
     LazyPattern(r"\b(?:bigger|larger|smaller|big|large|small|huge|size|limit|oversized|over|under)\b")),
    (LazyPattern(r"(?<!^)(?<!a )(?<!an )\b(?:empty|blank)\b", ("empty", "blank")),
     LazyPattern(r"\b(?:empty|blank|emptied|blanks)\b")),
    (LazyPattern(r"\b(?:containing|contains?|mention(?:s|ing)?|that (?:have|has)"
                 r"|with the (?:word|text|string|phrase))\b",
             ("contain", "mention", "that ha", "with the ")),
     LazyPattern(r"\b(?:contain\w*|mention\w*|match\w*|occurrences?)\b|\{\{(?:text|pattern)\}\}")),
    (LazyPattern(r"\b(?:(?:that|which|whose names?|names?) (?:start|begin)s?|(?:start|beginn)ing) with\b", (" with",)),
     LazyPattern(r"\b(?:start\w*|begin\w*|prefix)\b|\{\{(?:text|pattern)\}\}")),
    (LazyPattern(r"\b(?:owned by|belonging to|that belong to|which belong to)\b", ("owned by", "belong")),
     LazyPattern(r"\b(?:user|owner|owned|group|belong\w*)\b")),
    (LazyPattern(r"\b(?:biggest|largest|smallest|oldest)\b", ("biggest", "largest", "smallest", "oldest")),
     LazyPattern(r"\b(?:biggest|largest|smallest|oldest|big|old|large|sort\w*|most|least|first|last|head)\b")),
)  # fmt: skip
_POLITE = (
    r"(?:please |just |now |kindly |can you |could you |would you |"
    r"i (?:want|need) to |i(?: wou|')ld like to |let us )*"
)
_MAKING_VERBS = (
    "create", "make", "build", "set", "generate", "produce", "add", "write", "delete", "remove", "erase", "wipe",
    "get rid of", "nuke", "kill", "stop", "terminate", "move", "copy",
)  # fmt: skip
_MAKING = LazyPattern(rf"^{_POLITE}(?:set up|{'|'.join(_MAKING_VERBS)})(?: me| us)? ", _MAKING_VERBS)
_EMPTYING = LazyPattern(rf"^{_POLITE}empty ", ("empty ",))
_WORD_OR_STOP = LazyPattern(r"[^\s,;:.!?]\S*?(?=[,;:!?]|\.?(?:\s|$))|[,;:.!?]")
_BORDER_TEXT = """
with for that which who whose to in into on at of from by as and or but than older newer bigger larger smaller
not except without like using under inside below above before after over between if when so is are was were called named
containing matching ending starting owned belonging , ; : . ! ?
"""
_BORDER = frozenset(_BORDER_TEXT.split())
_ANY_THING = frozenset(
    ("file", "files", "rest", "others", "thing", "things", "stuff", "ones", "sure", "mess", "crap", "junk")
)
_RECURSES = LazyPattern(r"\bfind\b(?!.*-maxdepth 1\b)|(?:^|\s)-\w*[rR]\w*\s|--recursive|\bcp -a")


def conditions(request: str, values: Sequence[Value], vocabulary: Vocabulary) -> list[Condition]:
    """Return the conditions of `request`, in plain lower case, as functions of an entry and its filling."""
    found: list[Condition] = [_has_place(value) for value in values if value.certain or value.named]
    found += [_mentions_topic(about) for narrowing, about in _CLAUSES if narrowing.search(request)]
    if nouns := _objects_of_request(request):
        found.append(_knows_objects(nouns, vocabulary))
    if _EMPTYING.match(request):
        found.append(_empties_something)
    if is_shallow(request):
        found.append(_stays_in_the_folder)
    for start, end, strong in exclusions(request):
        if strong:
            found.append(_excludes(request[start:end]))
    return found


def _has_place(value: Value) -> Condition:
    """A certain value, or one that the request calls a name, must have a place in the command."""
    text = value.text.lower()

    def holds(entry: Entry, filling: Filling) -> bool:
        for used in filling.found.values():
            if used.overlaps(value):
                return True
        return _mentions(entry, text) or (bool(value.said) and f".{value.said}" in entry.command)

    return holds


def _mentions_topic(about: LazyPattern) -> Condition:
    return lambda entry, _: about.search(_all_text(entry)) is not None


def _objects_of_request(request: str) -> list[str]:
    """Return the nouns for what the request wants to create, change or delete."""
    if (match := _MAKING.match(request)) is None:
        return []
    spoken = list(
        itertools.takewhile(
            lambda word: word not in _BORDER,
            (word[0] for word in _WORD_OR_STOP.finditer(request[match.end() :])),
        )
    )
    nouns = [word for word in spoken if word.isalpha() and word not in FILLERS]
    return [] if not nouns or nouns[-1] != spoken[-1] or _ANY_THING.intersection(nouns) else nouns


def _knows_objects(nouns: Sequence[str], vocabulary: Vocabulary) -> Condition:
    """The entry must mention one of `nouns` or a synonym, or take it as a name."""
    forms = {
        form for noun in nouns for form in (noun, noun.removesuffix("s"), noun.removesuffix("es"), f"{noun}s")
    }
    matching = forms.union(*(group for group in vocabulary.synonyms if forms.intersection(group)))
    matching.update(word for one in forms for word in words(vocabulary.said.get(one, "")))

    def holds(entry: Entry, filling: Filling) -> bool:
        if any(value.text.lower() in nouns for value in filling.found.values()):
            return True
        return not matching.isdisjoint(words(_all_text(entry).lower()))

    return holds


def _empties_something(entry: Entry, _: Filling) -> bool:
    """To empty something is not to delete empty things, although the verbs are related."""
    return "empty" in entry.asks


def _stays_in_the_folder(entry: Entry, _: Filling) -> bool:
    return _RECURSES.search(entry.command) is None


def _excludes(part: str) -> Condition:
    """A part that the request excludes needs a slot for it, or an entry that excludes the same."""
    spoken = {word for word in words(part) if word not in FILLERS}

    def holds(entry: Entry, filling: Filling) -> bool:
        if any(name in LEFT_OUT for name in (*filling.found, *filling.unfilled)):
            return True
        return any(
            has_exclusion(phrase) and (not spoken or spoken.intersection(words(phrase)))
            for phrase in _phrases(entry)
        )

    return holds


def _mentions(entry: Entry, text: str) -> bool:
    return (
        re.search(rf"(?<![\w.]){re.escape(text)}(?!\w)", f"{entry.task} {entry.command}".lower()) is not None
    )


def _phrases(entry: Entry) -> list[str]:
    return [phrase.lower() for phrase in (entry.task, *entry.also)]


def _all_text(entry: Entry) -> str:
    kinds = " ".join(slot.kind for slot in entry.slots.values())
    return " ".join((*_phrases(entry), entry.command, *entry.slots, kinds))
