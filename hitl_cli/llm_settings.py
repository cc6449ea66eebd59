"""The settings `llm` and `llm_options`: a model class of LlamaIndex, and its arguments."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_CLASS = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
_SECRET = re.compile(r"(?:^|_)(?:api_?key|key|token|secret|password|credentials?)\Z", re.IGNORECASE)
_VARIABLE = "env"


@dataclass(frozen=True)
class VariableOption:
    """An argument whose value is that of the environment variable `name`; it is never shown."""

    name: str
    value: str = field(repr=False)


def parse_class(text: str) -> str:
    """Return `text`, which must have the form `package.module:Class`.

    Raises:
        ValueError: It has another form.
    """
    if not _CLASS.fullmatch(text):
        raise ValueError("expected package.module:Class, such as llama_index.llms.ollama:Ollama")
    return text


def parse_options(raw: Any, variables: Mapping[str, str]) -> dict[str, Any]:
    """Return the arguments of a model class from the table `raw`; `{ env = "NAME" }` is the value of a variable.

    Raises:
        TypeError: It is no table.
        ValueError: A secret is written in it, or a variable is not set.
    """
    if not isinstance(raw, Mapping):
        raise TypeError("expected a table such as [llm_options], with lines such as temperature = 0.1")
    return {str(name): parse_option(str(name), value, variables) for name, value in raw.items()}


def parse_option(name: str, value: Any, variables: Mapping[str, str]) -> Any:
    """Return one argument; see `parse_options`."""
    if isinstance(value, Mapping) and set(value) == {_VARIABLE} and isinstance(value[_VARIABLE], str):
        variable = value[_VARIABLE]
        if not variables.get(variable):
            raise ValueError(f"the environment variable {variable} for {name!r} is not set")
        return VariableOption(variable, variables[variable])
    if isinstance(value, str) and _SECRET.search(name):
        raise ValueError(
            f'a secret such as {name!r} does not belong in the file; write {name} = {{ env = "NAME" }} with the name '
            "of an environment variable"
        )
    return value


def option_from_text(text: str) -> Any:
    """Return the value that a person wrote as `text`: JSON, a variable as `env:NAME`, or the text itself."""
    if text.startswith(f"{_VARIABLE}:"):
        return {_VARIABLE: text.partition(":")[2]}
    try:
        return json.loads(text)
    except ValueError:
        return text


def shown_option(value: Any) -> str:
    """Return an argument as it is shown: a variable only by its name."""
    if isinstance(value, VariableOption):
        return f"{_VARIABLE}:{value.name}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
