"""Classifies single words of a request as names: by their form, the words around them, and how common they are."""

from collections.abc import Callable

from hitl_cli.catalogue.lazy_pattern import LazyPattern
from hitl_cli.catalogue.token_forms import classify_form
from hitl_cli.catalogue.value import Kind, Value
from hitl_cli.catalogue.word_lists import (
    AFTER,
    AMBIGUOUS,
    BEFORE,
    EXTENSIONS,
    KIND_OF_NOUN,
    LANGUAGES,
    NEVER,
    PROPER,
)
from hitl_cli.catalogue.words import FILLERS, common, plain
from hitl_cli.catalogue.workspace import ARCHIVES, Workspace

_WORDLIKE = LazyPattern(r"[\w+@%-][\w.+@%-]*")
_ENDINGS = ("ing", "ed", "ly", "ness", "tion", "able", "ible", "est")
_NAMING = ("called", "named")
_VERSIONS = frozenset(("current", "present", "actual", "last", "first", "next", "new", "today"))
# The kinds that an unknown word may name.
_NAMEABLE: tuple[Kind, ...] = (
    "name", "text", "package", "process", "service", "user", "container", "branch", "group", "host",
)  # fmt: skip
# The kinds of things that are "called" something, and the kinds for a word with digits, dashes or capitals.
_CALLABLE: tuple[Kind, ...] = (
    "user", "group", "package", "service", "container", "branch", "folder", "process",
)  # fmt: skip
_ODD: tuple[Kind, ...] = ("name", "host", "package", "process", "user", "service", "container", "text")
_THINGS_TEXT = """
branch user account container service group volume package process folder directory remote tag host server
"""
_THINGS = frozenset(_THINGS_TEXT.split())
_FILES = ("file", "ones", "image", "picture", "photo", "script", "document")
_SOURCES = ("file", "script", "ones", "source", "code")

_KNOWN = 6
"""A word in this many entries is seldom a name."""
_WELL_KNOWN = 20
"""A word in this many entries is hardly ever a name."""
_NOVEL = 0.5
"""The least strength of an unknown word as a name."""
_NOVEL_MORE = 0.2
"""What is added for kinds that the words around it suggest."""
_NOVEL_MOST = 1.15
"""The greatest strength of an unknown word as a name."""
_DOUBT_USUAL = 0.6
"""The discount for an everyday word."""
_DOUBT_WELL_KNOWN = 0.3
"""The discount for a word in very many entries."""
_DOUBT_KNOWN = 0.15
"""The discount for a word in many entries."""
_UNDOUBTED = 1.2
"""From this strength on, there is no discount."""
_LIKELY_BRANCH = 0.45
"""From this strength as a branch on, 'into' marks a name."""


def classify(value: Value, workspace: Workspace, frequency: Callable[[str], int]) -> None:
    """Set the kinds of slots that a word may fill; `frequency` returns how many entries have a word."""
    lower = value.text.lower()
    spread = frequency(lower) if lower.isalnum() else 0
    usual = _is_usual(value.text)
    value.novel = lower in PROPER or (not usual and not spread and _is_novel(lower, frequency))
    if not classify_form(value, workspace):
        _classify_word(value, workspace)
    if lower in workspace.branches:
        value.kinds["branch"] = 1.2
    if spread >= _KNOWN and value.after in ("of", "for", "from") and lower in workspace.names:
        value.certain = False  # 'the logs of nginx', even if there is a folder called logs
        value.kinds.clear()
        return
    if value.certain or "number" in value.kinds:
        return
    value.named = not usual and lower not in NEVER and _is_named(value, workspace)
    if value.novel:
        _treat_as_name(value)
    elif lower.isalnum():
        _discount_common_word(value, usual, spread)


def is_name(text: str) -> bool:
    """Return whether a word without other evidence may be a name."""
    lower = text.lower()
    return (
        lower.isalnum()
        and lower not in FILLERS
        and lower not in NEVER
        and lower not in common()
        and not _is_formed(lower)
    )


def _is_formed(word: str) -> bool:
    """Return whether a word is derived from another one, as names seldom are: running, readable."""
    return word.endswith(_ENDINGS) and word not in _ENDINGS and word.replace("_", "a").isalnum()


def _is_usual(word: str) -> bool:
    """Return whether a word is everyday English."""
    lower = word.lower()
    if lower in PROPER:
        return False
    return lower in common() or lower in FILLERS or plain(lower) != lower or _is_formed(word)


def _is_novel(lower: str, frequency: Callable[[str], int]) -> bool:
    """Return whether an unknown word looks like a name."""
    if len(lower) < 2 or lower in NEVER or f".{lower}" in ARCHIVES or not _WORDLIKE.fullmatch(lower):
        return False
    parts = [part for part in lower.split("-") if part]
    return "-" not in lower or not all(part in common() or frequency(part) for part in parts)


def _is_named(value: Value, workspace: Workspace) -> bool:
    """Return whether the words before a value introduce a name."""
    if not value.kinds:
        return False
    return (
        value.before in _NAMING
        or value.before in _THINGS
        or (value.before == "of" and (value.novel or value.text.lower() in workspace.users))
        or (value.before in ("into", "onto") and value.kinds.get("branch", 0.0) >= _LIKELY_BRANCH)
    )


def _treat_as_name(value: Value) -> None:
    """Allow an unknown word as a name of any kind, or of the kind that the request states."""
    noun = KIND_OF_NOUN.get(value.noun)
    kinds: tuple[Kind, ...] = (noun, "name", "text") if noun else _NAMEABLE
    for kind in kinds:
        strength = max(value.kinds.get(kind, 0.0) + _NOVEL_MORE, _NOVEL)
        value.kinds[kind] = min(_NOVEL_MOST, strength)


def _discount_common_word(value: Value, usual: bool, spread: int) -> None:
    """Reduce the strengths of a common word."""
    doubt = 0.0
    if usual:
        doubt = _DOUBT_USUAL
    elif spread >= _WELL_KNOWN:
        doubt = _DOUBT_WELL_KNOWN
    elif spread >= _KNOWN:
        doubt = _DOUBT_KNOWN
    for kind, strength in value.kinds.items():
        if strength < _UNDOUBTED and value.before not in _NAMING:
            value.kinds[kind] = strength - doubt


def _classify_word(value: Value, workspace: Workspace) -> None:
    """Classify a word without a particular form by the words around it."""
    lower = value.text.lower()
    _classify_extension(value)
    if not _WORDLIKE.fullmatch(value.text):
        return
    if (lower in FILLERS or lower in NEVER) and not (value.before in _NAMING and lower in _VERSIONS):
        return
    _classify_capitals(value)
    _classify_by_neighbours(value)
    if lower in workspace.users:
        value.may_be("user", 0.9 if value.before != "to" else 1.15)
    if lower in workspace.groups:
        value.may_be("group", 0.8)
    if any(char.isdigit() or char in "_-" for char in value.text) or value.text[1:] != lower[1:]:
        for kind in _ODD:
            value.kinds.setdefault(kind, 0.4)


def _classify_extension(value: Value) -> None:
    """Set the kind `extension` for a word such as in 'pdf files', 'all logs', 'Python scripts'."""
    lower = value.text.lower()
    singular = lower if lower in EXTENSIONS else lower.removesuffix("s")
    if singular in EXTENSIONS:
        asked = value.after.startswith(_FILES) or value.before in (
            "extension", "ending", "type", "or", "all", "of",
        )  # fmt: skip
        if asked or singular not in AMBIGUOUS:
            value.kinds["extension"] = 1.2 if asked else 0.9
            value.said = singular
    elif lower in LANGUAGES and value.after.startswith(_SOURCES):
        value.kinds["extension"] = 1.0
        value.said = LANGUAGES[lower]
    elif value.before == "extension" and lower not in FILLERS:
        value.kinds["extension"] = 1.2
        value.said = lower


def _classify_capitals(value: Value) -> None:
    """Set the kinds for a word in capitals."""
    if value.text.isupper() and len(value.text) > 1:
        value.kinds["text"] = 0.75
        if "_" in value.text or value.before == "variable":
            value.kinds["variable"] = 1.0


def _classify_by_neighbours(value: Value) -> None:
    """Set the kinds that the words before and after a word suggest."""
    named = value.before in _NAMING
    for kind, cues in AFTER.items():
        if value.before in cues:
            value.may_be(kind, 1.0 if named or value.before == kind else 0.6)
    noun = KIND_OF_NOUN.get(value.noun)
    if named:
        for kind in _CALLABLE:
            value.may_be(kind, 0.7 if noun is None or kind == noun else 0.1)
        value.may_be("text", 0.9)
    if noun and (value.before != "is" or (value.novel and noun != "folder")):
        value.kinds[noun] = 1.2 if noun != "folder" else 1.0
        value.kinds.setdefault("name", 0.9)
    for kind, cues in BEFORE.items():
        if value.after in cues:
            value.may_be(kind, 0.7)
