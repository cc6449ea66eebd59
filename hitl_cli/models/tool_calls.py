"""The tool calls of one reply: fragments are joined into whole calls, and the JSON arguments are parsed.

OpenAI sends a call's id and name once, then its arguments in pieces, all under one index. Other servers repeat the id
or the name in every piece, send a name in pieces, leave out the index, or give every call the index 0.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_ARGUMENT_CHARACTERS = 1_000_000
"""The maximum length of the arguments of all calls in one message together."""


_LONGEST_NAME = 200


@dataclass(frozen=True)
class WholeCall:
    """One call: its `identity` is not empty and unique in the message.

    `arguments` is the text that the model wrote, which should be a JSON object; with `is_cut`, it exceeded the limit
    and its end is missing.
    """

    identity: str
    name: str
    arguments: str
    is_cut: bool = False


@dataclass
class _Call:
    identity: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    is_cut: bool = False
    _scanned: int = 0
    _depth: int = 0
    _in_string: bool = False
    _escaped: bool = False
    _closed: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether the arguments are a complete JSON object; each character is scanned only once."""
        for piece in self.arguments[self._scanned :]:
            for character in piece:
                self._scan(character)
        self._scanned = len(self.arguments)
        return self._closed

    def _scan(self, character: str) -> None:
        if self._in_string:
            if self._escaped:
                self._escaped = False
            elif character == "\\":
                self._escaped = True
            elif character == '"':
                self._in_string = False
        elif character == '"':
            self._in_string = True
        elif character in "{[":
            self._depth += 1
        elif character in "}]":
            self._depth -= 1
            self._closed = self._depth == 0


class CallJoiner:
    """Joins the fragments of one message.

    A fragment belongs to the call with its index. Under an index that is in use, a new call begins only if a name
    arrives with another id, or without an id when the current call is complete.
    """

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._latest: dict[int, _Call] = {}
        self._by_id: dict[tuple[int | None, str], _Call] = {}
        self._characters = 0

    def add(self, fragments: Iterable[object]) -> str:
        """Add the fragments of one chunk, and return their arguments; those that are not objects are dropped."""
        return "".join(self._add(fragment) for fragment in fragments if isinstance(fragment, Mapping))

    def calls(self) -> list[WholeCall]:
        """Return the calls in the order in which they began."""
        taken: set[str] = set()
        whole = []
        for number, call in enumerate(self._calls):
            identity = call.identity or f"call_{number}"
            while identity in taken:
                identity += f"_{number}"
            taken.add(identity)
            whole.append(WholeCall(identity, call.name, "".join(call.arguments), call.is_cut))
        return whole

    def __len__(self) -> int:
        """Return the number of calls so far."""
        return len(self._calls)

    def _add(self, fragment: Mapping[str, Any]) -> str:
        function = fragment.get("function")
        function = function if isinstance(function, Mapping) else fragment
        identity, name = _text(fragment.get("id")), _text(function.get("name"))
        index = _index(fragment.get("index"))
        call = self._call_of(index, identity, name)
        if identity and not call.identity:
            call.identity = identity
        if identity:
            self._by_id.setdefault((index, identity), call)
        _add_name(call, name)
        arguments = _arguments(function.get("arguments"))
        self._add_arguments(call, arguments)
        return arguments

    def _call_of(self, index: int | None, identity: str, name: str) -> _Call:
        if identity and (known := self._by_id.get((index, identity))):
            return known
        latest = self._calls[-1] if index is None and self._calls else self._latest.get(index or 0)
        if latest is not None and not _begins_another(latest, identity, name):
            return latest
        call = _Call()
        self._calls.append(call)
        self._latest[0 if index is None else index] = call
        return call

    def _add_arguments(self, call: _Call, arguments: str) -> None:
        room = MAX_ARGUMENT_CHARACTERS - self._characters
        call.is_cut = call.is_cut or len(arguments) > room
        arguments = arguments[:room]
        if arguments:
            call.arguments.append(arguments)
            self._characters += len(arguments)


def _begins_another(call: _Call, identity: str, name: str) -> bool:
    if not name or not call.name:
        return False
    if identity and call.identity:
        return identity != call.identity
    return call.is_complete


def _add_name(call: _Call, name: str) -> None:
    """Add a piece of a name; a server may also repeat the whole name, or the name so far with its next piece."""
    if name.startswith(call.name):
        call.name = name or call.name
    elif not call.arguments and len(call.name) < _LONGEST_NAME:
        call.name += name


def _index(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 10 else None


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _arguments(value: object) -> str:
    if isinstance(value, Mapping | list):
        return json.dumps(value)
    return _text(value)


PROBLEM = "hitl_arguments_problem"
"""The name of the only argument of a call whose own arguments are invalid; its value says why."""

_NEAR = 20


@dataclass(frozen=True)
class BrokenArguments:
    """Arguments that are invalid; `problem` is a message for the model."""

    problem: str


def read_arguments(text: str) -> dict[str, Any] | BrokenArguments:
    """Return the JSON object in `text`.

    Accepted, because they are unambiguous: empty text, a Markdown fence around the object, an object inside a JSON
    string, the same object twice, an empty object before another one, and raw line ends inside a string.
    """
    bare = text.strip()
    if bare.startswith("```") and bare.endswith("```") and "\n" in bare:
        bare = bare.partition("\n")[2].removesuffix("```").strip()
    if not bare:
        return {}
    try:
        value = _value(bare)
        if isinstance(value, str):
            value = _value(value.strip())
    except json.JSONDecodeError as error:
        return BrokenArguments(f"The arguments are not valid JSON: {_described(error)}.")
    except RecursionError:
        return BrokenArguments("The arguments are nested too deeply.")
    except ValueError:
        return BrokenArguments("The arguments are not valid JSON: a number has too many digits.")
    if not isinstance(value, dict):
        return BrokenArguments(f"The arguments must be a JSON object, not {json_type(value)}.")
    return value


def fitted(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any] | BrokenArguments:
    """Return the `arguments` that a tool with this JSON `schema` takes; others are dropped.

    So is a null in place of an optional text, which some models send.
    """
    if PROBLEM in arguments:
        return BrokenArguments(str(arguments[PROBLEM]))
    properties, required = schema.get("properties", {}), schema.get("required", ())
    arguments = {
        name: value
        for name, value in arguments.items()
        if value is not None or name in required or properties.get(name, {}).get("type") != "string"
    }
    missing = [name for name in required if name not in arguments]
    if missing:
        given = f"only {', '.join(map(repr, arguments))}" if arguments else "none"
        return BrokenArguments(
            f"The argument {', '.join(map(repr, missing))} is missing; the call has {given}."
        )
    for name, value in arguments.items():
        if properties.get(name, {}).get("type") == "string" and not isinstance(value, str):
            return BrokenArguments(f"The argument {name!r} must be a string, not {json_type(value)}.")
    return {name: value for name, value in arguments.items() if name in properties}


def json_type(value: object) -> str:
    """Return the JSON name of the type of `value`, with its article."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
    return "an object"


def _value(text: str) -> Any:
    decoder = json.JSONDecoder(strict=False)
    value, end = decoder.raw_decode(text)
    rest = text[end:].strip()
    if not rest:
        return value
    if isinstance(value, dict) and rest.startswith("{"):
        following = _value(rest)
        if following == value or not value:
            return following
        raise json.JSONDecodeError("Two objects", text, end)
    raise json.JSONDecodeError("Extra data", text, end)


def _described(error: json.JSONDecodeError) -> str:
    text, at = error.doc, error.pos
    before = text[:at].rstrip()
    character = text[at : at + 1]
    if error.msg.startswith("Invalid \\escape"):
        kind = f"invalid escape {text[at : at + 2]}; write a backslash inside a string as \\\\"
    elif error.msg.startswith("Invalid \\u"):
        kind = "invalid \\u escape; it needs four hexadecimal digits"
    elif error.msg.startswith("Unterminated string"):
        kind = "a string that begins here has no closing quote, so the arguments may be cut off"
    elif error.msg == "Two objects":
        kind = "a second, different object follows the first; send each in a call of its own"
    elif error.msg.startswith("Extra data"):
        kind = "something follows the end of the object"
    elif (before.endswith(",") and (not character or character in "}]")) or "trailing comma" in error.msg:
        kind = "trailing comma"
    elif not character:
        kind = "it ends too early, so the arguments may be cut off"
    elif character == "'":
        kind = "single quotes; write strings in double quotes"
    elif "property name" in error.msg:
        kind = "expected a name in double quotes"
    elif "delimiter" in error.msg:
        expected = "a colon" if "':'" in error.msg else "a comma"
        kind = f'expected {expected}; a double quote inside a string must be written as \\"'
    else:
        kind = "expected a JSON object"
    near = text[max(0, at - _NEAR) : at + _NEAR].replace("\n", " ")
    return f"{kind}, at character {at + 1}, near {near!r}" if near else kind
