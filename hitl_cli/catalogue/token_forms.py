"""Recognizes single words of a request by their form: an address, a number, a path, a file."""

import re
from collections.abc import Callable

from hitl_cli.catalogue.lazy_pattern import LazyPattern
from hitl_cli.catalogue.phrases import FILE
from hitl_cli.catalogue.times import DIGITS, NUMBERS, ORDINAL
from hitl_cli.catalogue.value import Strengths, Value
from hitl_cli.catalogue.word_lists import EXTENSIONS, NEVER
from hitl_cli.catalogue.words import FILLERS
from hitl_cli.catalogue.workspace import ARCHIVES, Workspace

_ADDRESS = LazyPattern(
    r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?:/[0-9]{1,2})?|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){3,7}", ".:", re.IGNORECASE
)
_REMOTE = LazyPattern(r"(?:[\w.-]+@)[\w.-]+(?::\S*)?", "@")
_DOMAIN = LazyPattern(
    r"(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|de|uk|edu|gov|local|lan|internal|info|app|ai|co|eu|fr|ch|at|nl)",
    ".",
    re.IGNORECASE,
)
_COUNTED = LazyPattern(r"[0-9]+(?:st|nd|rd|th|%)", DIGITS)
_HEX = LazyPattern(r"[0-9a-f]{32,128}|(?=[0-9a-f]*[0-9])[0-9a-f]{7,31}", (), re.IGNORECASE)
_MODE = LazyPattern(r"[ugoa]*[+=-][rwxXst]+|[0-7]{3,4}", "+=-01234567")
_OCTAL = LazyPattern(r"[0-7]{3,4}", "01234567")
_EVERY_EXTENSION = LazyPattern(r"\*\.\w+", "*")
_TAGGED = LazyPattern(r"[\w./-]+:[\w.-]+", ":")
_EXTENSION = LazyPattern(r"\.\w{1,5}", ".")
_HASH_LENGTH = 32
_SHORTEST_HEX = 7
_NAMING = ("called", "named")

# How well each form fits the kinds of slots.
_ADDRESSES: Strengths = {"host": 1.2, "text": 0.6}
_REMOTES: Strengths = {"host": 1.0, "folder": 0.9, "text": 0.5, "user": 0.2, "url": 0.3}
_COUNTS: Strengths = {"number": 1.0, "text": 0.2, "days": 0.3, "interval": 0.4, "date": 0.15, "package": 0.0}
_VARIABLES: Strengths = {"variable": 1.2, "text": 0.3}
_GLOBS: Strengths = {"pattern": 1.2, "file": 0.4, "text": 0.3}
_TAGGED_NAMES: Strengths = {"name": 1.1, "text": 0.4, "container": 0.2}
_HOSTS_WITH_PORTS: Strengths = {"host": 0.7, "port": 0.6}
_FOLDERS_THERE: Strengths = {"folder": 1.2, "file": 0.6, "name": 0.3}
_FILES_THERE: Strengths = {"file": 1.2, "name": 0.3, "folder": 0.1}
_PATHS: Strengths = {"folder": 1.0, "file": 0.95, "text": 0.2}
_DOMAINS: Strengths = {"host": 1.1, "text": 0.3, "url": 0.3}
_FILES: Strengths = {"file": 0.9, "name": 0.95, "text": 0.3, "folder": 0.3, "package": 0.2}
_ARCHIVES: Strengths = {"archive": 1.2, "name": 1.0, "file": 0.8}
_SLASHED: Strengths = {"branch": 0.9, "file": 0.6, "text": 0.3, "name": 0.5}


def classify_form(value: Value, workspace: Workspace) -> bool:
    """Set the kinds of slots that a value may fill by its form; return whether it has any known form."""
    return any(look(value, workspace) for look in _FORMS)


def _as_address(value: Value, _: Workspace) -> bool:
    if not _ADDRESS.fullmatch(value.text):
        return False
    value.kinds |= _ADDRESSES
    value.certain = True
    return True


def _as_number(value: Value, _: Workspace) -> bool:
    """A number in digits, which may also be a port, a mode or an id."""
    if not value.text.lstrip("-").isdigit() and not _COUNTED.fullmatch(value.text.lower()):
        return False
    value.text = "".join(char for char in value.text if char.isdecimal())
    value.kinds |= _COUNTS
    if value.before in ("port", "ports") or (
        len(value.text) in (4, 5) and value.before not in ("pid", "process")
    ):
        value.kinds["port"] = 1.2 if value.before == "port" else 0.7
    elif len(value.text) <= 5:
        value.kinds["port"] = 0.3
    if _OCTAL.fullmatch(value.text):
        value.kinds["permission"] = 1.1
    if value.before in ("gid", "uid"):
        value.kinds |= {"group": 1.0, "user": 1.0}
    value.certain = True
    return True


def _as_number_word(value: Value, _: Workspace) -> bool:
    lower = value.text.lower()
    if lower not in NUMBERS and lower not in ORDINAL:
        return False
    value.text = NUMBERS.get(lower) or ORDINAL[lower]
    value.kinds["number"] = 0.6 if lower in NUMBERS else 0.3
    return True


def _as_remote(value: Value, _: Workspace) -> bool:
    """`alice@host`, `alice@host:folder`."""
    if "@" not in value.text[1:] or not _REMOTE.fullmatch(value.text):
        return False
    value.kinds |= _REMOTES
    value.certain = True
    return True


def _as_variable(value: Value, _: Workspace) -> bool:
    if not value.text.startswith("$") or not value.text[1:].isidentifier():
        return False
    value.text = value.text[1:]
    value.kinds |= _VARIABLES
    return True


def _as_glob(value: Value, _: Workspace) -> bool:
    if "*" not in value.text:
        return False
    value.kinds |= _GLOBS
    if _EVERY_EXTENSION.fullmatch(value.text):
        value.said = value.text[2:]
        value.kinds["extension"] = 1.2
    value.certain = True
    return True


def _as_tagged(value: Value, _: Workspace) -> bool:
    """`nginx:latest`, `localhost:8080`."""
    if value.text.endswith(":") or not _TAGGED.fullmatch(value.text):
        return False
    value.kinds |= _TAGGED_NAMES
    if value.text.rpartition(":")[2].isdigit():
        value.kinds |= _HOSTS_WITH_PORTS
    value.certain = True
    return True


def _as_hash(value: Value, workspace: Workspace) -> bool:
    if len(value.text) < _SHORTEST_HEX or not _HEX.fullmatch(value.text) or workspace.is_file(value.text):
        return False
    value.kinds["text"] = 1.1
    value.certain = len(value.text) >= _HASH_LENGTH
    return True


def _as_mode(value: Value, _: Workspace) -> bool:
    """`u+x`, `-w`."""
    if not _MODE.fullmatch(value.text):
        return False
    value.kinds["permission"] = 1.2
    value.certain = True
    return True


def _as_what_exists(value: Value, workspace: Workspace) -> bool:
    """The name of an existing file or folder."""
    text = value.text
    lower = text.lower()
    named = text in workspace.names and lower not in NEVER
    if lower in FILLERS or not (
        named or (("/" in text or text.startswith("~")) and _is_path(text, workspace))
    ):
        return False
    is_folder = workspace.is_folder(text)
    value.kinds |= _FOLDERS_THERE if is_folder else _FILES_THERE
    if text.endswith(ARCHIVES):
        value.kinds["archive"] = 1.25
    if value.before in _NAMING:
        value.kinds |= {"text": 1.0, "name": 1.0}
    value.certain = "." in text or "/" in text or text != lower or (is_folder and len(text) > 2)
    return True


def _as_path(value: Value, _: Workspace) -> bool:
    if not value.text.startswith(("/", "~", "./", "../")):
        return False
    value.kinds |= _PATHS
    value.certain = True
    return True


def _as_domain(value: Value, _: Workspace) -> bool:
    if not _DOMAIN.fullmatch(value.text):
        return False
    value.kinds |= _DOMAINS
    value.certain = True
    return True


def _as_extension(value: Value, _: Workspace) -> bool:
    """`.log` as an extension."""
    lower = value.text.lower()[1:]
    if not _EXTENSION.fullmatch(value.text) or not (
        lower in EXTENSIONS or value.after.startswith(("file", "ones", "or", "and", "in"))
    ):
        return False
    value.said = lower
    value.kinds["extension"] = 1.2
    if not value.several:
        value.kinds |= {"name": 0.4, "file": 0.3}
    value.certain = True
    return True


def _as_format(value: Value, _: Workspace) -> bool:
    """A word for an archive format, which is not a name: zip, tar.gz."""
    return f".{value.text.lower()}" in ARCHIVES


def _as_file(value: Value, _: Workspace) -> bool:
    if not FILE.fullmatch(value.text):
        return False
    value.kinds |= _FILES
    if value.text.endswith(ARCHIVES):
        value.kinds |= _ARCHIVES
        if value.before in _NAMING:  # a new archive, to be created
            value.kinds["archive"] = 0.2
    value.certain = True
    return True


def _as_slashed(value: Value, _: Workspace) -> bool:
    """A path or a branch that does not exist."""
    if "/" not in value.text:
        return False
    value.kinds["folder"] = 1.0 if value.text.endswith("/") else 0.8
    value.kinds |= _SLASHED
    value.certain = True
    return True


def _is_path(text: str, workspace: Workspace) -> bool:
    return workspace.is_folder(text) or workspace.is_file(text)


_FORMS: tuple[Callable[[Value, Workspace], bool], ...] = (
    _as_address,
    _as_number,
    _as_number_word,
    _as_remote,
    _as_variable,
    _as_glob,
    _as_tagged,
    _as_hash,
    _as_mode,
    _as_what_exists,
    _as_path,
    _as_domain,
    _as_extension,
    _as_format,
    _as_file,
    _as_slashed,
)
