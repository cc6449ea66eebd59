"""The arguments of a tool call, read from the JSON that a model wrote, and what is wrong with it where it is broken."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PROBLEM = "hitl_arguments_problem"
"""The only argument of a call whose own arguments are broken: what is wrong with them."""

_NEAR = 20


@dataclass(frozen=True)
class BrokenArguments:
    """Arguments that cannot be read; `problem` is a sentence for the model."""

    problem: str


def read_arguments(text: str) -> dict[str, Any] | BrokenArguments:
    """Return the JSON object in `text`.

    Accepted, because they can mean one thing only: nothing at all, a Markdown fence around the object, an object
    inside a JSON string, the same object twice, an empty object before another, and line ends inside a string.
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
    """Return those of the `arguments` that a tool with this JSON `schema` takes; others are left out."""
    if PROBLEM in arguments:
        return BrokenArguments(str(arguments[PROBLEM]))
    properties = schema.get("properties", {})
    missing = [name for name in schema.get("required", ()) if name not in arguments]
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
    """Return what JSON calls the type of `value`, with its article."""
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
