"""Extracts the values of a request: names, numbers, sizes, dates, addresses and quoted texts that may fill slots."""

import itertools
import re
from collections.abc import Callable

from hitl_cli.catalogue.exclusions import exclusions
from hitl_cli.catalogue.lazy_pattern import LazyPattern
from hitl_cli.catalogue.names import classify, is_name
from hitl_cli.catalogue.phrases import phrase_values
from hitl_cli.catalogue.value import Kind, Value
from hitl_cli.catalogue.word_lists import BEFORE, KIND_OF_NOUN
from hitl_cli.catalogue.workspace import Workspace

_TOKEN = re.compile(r"\S+")
_POSSESSIVE = LazyPattern(r"['\u2019]s$", "'\u2019")
_ARTICLES = frozenset(
    ("the", "a", "an", "my", "file", "every", "each", "all", "any", "this", "that", "some", "new")
)
_SEVERAL = frozenset(("all", "every", "each", "any"))
_DETERMINERS = frozenset(
    ("the", "a", "an", "my", "your", "his", "her", "our", "some", "more", "this", "that")
)
_NAMING = frozenset(("called", "named", "is", "name"))
_LINKS = frozenset(("are", "is", "was", "were", "be", "that", "which", "to", "it"))
_THINGS_TEXT = """
folder directory dir file branch user account host server machine container service archive group tarball remote zip
folders files
"""
_THINGS = frozenset(_THINGS_TEXT.split())
# Nouns that a name may precede: 'the web server', 'a foo command'.
_NOUNS = frozenset(
    (*itertools.chain.from_iterable(BEFORE.values()), *KIND_OF_NOUN, *_THINGS, "command", "word", "tag")
)
# The kinds of things that are excluded by name: 'all containers except web'.
_SPARED_KINDS: tuple[Kind, ...] = (
    "name",
    "container",
    "process",
    "service",
    "package",
    "user",
    "branch",
    "pattern",
)


def extract_values(request: str, workspace: Workspace, frequency: Callable[[str], int]) -> list[Value]:
    """Return the values in `request` in order; they may overlap.

    `frequency` returns how many entries of the catalogue have a word.
    """
    found = list(phrase_values(request, workspace))
    spared = [(begin, end) for begin, end, surely in exclusions(request) if surely]
    taken = [(value.start, value.end) for value in found if value.certain]
    for token in _TOKEN.finditer(request):
        text = token[0].strip(",;?!()\"'`").rstrip(":.")
        if token[0].startswith(".") and not text.startswith("."):
            text = "." + text
        start = token.start() + token[0].find(text)
        if text and not any(begin <= start < end for begin, end in taken):
            text = _POSSESSIVE.without(text)
            value = Value(text, start, start + len(text), {})
            _neighbours(request, value)
            classify(value, workspace, frequency)
            if any(begin <= start < end for begin, end in spared) and is_name(text):
                for kind in _SPARED_KINDS:
                    value.may_be(kind, 0.5)
            if value.kinds:
                found.append(value)
    for value in found:
        _neighbours(request, value)
    for start, end, surely in exclusions(request):
        for value in found:
            if start <= value.start < end and value.excluded != "surely":
                value.excluded = "surely" if surely else "perhaps"
    return sorted(found, key=lambda value: value.start)


def _neighbours(request: str, value: Value) -> None:
    before = re.findall(r"[\w$*.-]+", request[: value.start].lower())
    after = re.findall(r"[\w$*.%-]+", request[value.end :].lower())
    value.after = after[0] if after else ""
    value.described = bool(before) and before[-1] in _DETERMINERS and value.after.rstrip(".") not in _NOUNS
    value.several = value.after.endswith("s") or (bool(before) and before[-1] in _SEVERAL)
    while before and before[-1] in _ARTICLES:
        before.pop()
    value.before = before[-1].rstrip(".") if before else ""
    if value.before in _NAMING:
        named = [word for word in before[-4:-1] if word not in _ARTICLES | _NAMING | _LINKS]
        value.noun = named[-1] if named else ""
    while before and before[-1] in _ARTICLES | _THINGS:
        before.pop()
    value.lead = before[-1].rstrip(".") if before else ""
