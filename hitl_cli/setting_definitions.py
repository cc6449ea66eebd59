"""The definition of each setting: how its value is parsed, its variables, its default, and whether the file has it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hitl_cli.approval.choice import parsed
from hitl_cli.environment import Environment
from hitl_cli.errors import FolderGoneError
from hitl_cli.keys import ACTIONS, keys_of
from hitl_cli.llm_settings import parse_class, parse_options
from hitl_cli.text.suggestions import or_similar


@dataclass(frozen=True)
class Definition:
    """How a setting is defined.

    `parse` raises TypeError or ValueError for an invalid value. Of the `variables`, the first that is set holds. With
    `in_file`, the settings file may have the setting.
    """

    parse: Callable[[Any, Environment], Any]
    variables: tuple[str, ...]
    default: Any = None
    in_file: bool = True


def _text(raw: Any, environment: Environment) -> str:
    text = _not_empty(raw)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("expected text in UTF-8") from None
    return text


def _not_empty(raw: Any) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError("expected text that is not empty")
    return raw.strip()


def _key(raw: Any, environment: Environment) -> str:
    key = _not_empty(raw)
    if not key.isascii() or not key.isprintable():
        raise ValueError("expected only printable ASCII characters")
    return key


def _file(raw: Any, environment: Environment) -> Path:
    file = environment.path_of(_not_empty(raw))
    if not file.is_file():
        raise ValueError("there is no such file")
    return file


def _url(raw: Any, environment: Environment) -> str:
    url = _text(raw, environment)
    if not url.startswith(("http://", "https://")):
        raise ValueError("expected an address that starts with http:// or https://")
    try:
        parts = urlsplit(url)
        is_address = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_address = False
    if not is_address:
        raise ValueError("expected the address of a server")
    return url


def _folder(raw: Any, environment: Environment) -> Path:
    text = _not_empty(str(raw))
    try:
        folder = environment.path_of(text)
    except FolderGoneError:
        return Path(text)  # the code that needs the folder raises; the other settings can be shown
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")
    return folder.resolve()


def _seconds(raw: Any, environment: Environment) -> float:
    try:
        seconds = float(raw)
    except (TypeError, ValueError):
        raise ValueError("expected seconds") from None
    if isinstance(raw, bool) or not 0 < seconds < float("inf"):
        raise ValueError("expected more than 0 seconds")
    return seconds


def _count(raw: Any, environment: Environment) -> int:
    number = int(raw) if isinstance(raw, int) or (isinstance(raw, str) and raw.isdecimal()) else 0
    if isinstance(raw, bool) or not 0 < number <= 1_000_000:
        raise ValueError("expected a number from 1 to 1000000")
    return number


def _switch(raw: Any, environment: Environment) -> bool:
    switches = {
        **dict.fromkeys(("1", "true", "yes", "on"), True),
        **dict.fromkeys(("0", "false", "no", "off"), False),
    }
    if str(raw).lower() not in switches:
        raise ValueError("expected true or false")
    return switches[str(raw).lower()]


def _one_of(*choices: str) -> Callable[[Any, Environment], str]:
    def parse(raw: Any, environment: Environment) -> str:
        if raw not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}{or_similar(str(raw), choices)}")
        return str(raw)

    return parse


def keys_from(raw: Any, environment: Environment) -> dict[str, tuple[str, ...]]:
    """Return the keys of each action in a table of the settings file."""
    if not isinstance(raw, dict):
        raise TypeError('expected a table such as [keys], with lines such as reject = "f4"')
    keys = {}
    for name, value in raw.items():
        several = value if isinstance(value, list) else [value]
        if not all(isinstance(key, str) for key in several):
            raise ValueError(f"the key of {name!r} must be a string, or a list of strings")
        keys[name] = tuple(several)
    return keys


def _tools(raw: Any, environment: Environment) -> dict[str, tuple[str, ...]]:
    return parsed(raw)


def refuse_bad_keys(keys: Mapping[str, tuple[str, ...]], editing_mode: str) -> None:
    """Raise ValueError if these `keys` of actions, beside the default ones, are invalid in this editing mode."""
    if keys:  # the defaults are valid
        keys_of(ACTIONS, keys, vi=editing_mode == "vi")


DEFINITIONS: dict[str, Definition] = {
    "model": Definition(_text, ("HITL_MODEL",), "gpt-4.1-mini"),
    # The variables of the OpenAI client and of LlamaIndex, which otherwise reads only the last.
    "base_url": Definition(_url, ("HITL_BASE_URL", "OPENAI_BASE_URL", "OPENAI_API_BASE")),
    "api_key": Definition(_key, ("HITL_API_KEY", "OPENAI_API_KEY"), in_file=False),
    "system_prompt": Definition(_text, ("HITL_SYSTEM_PROMPT",)),
    "model_timeout": Definition(_seconds, ("HITL_MODEL_TIMEOUT",), 120.0),
    "model_calls": Definition(_count, ("HITL_MODEL_CALLS",), 500),
    "max_tokens": Definition(_count, ("HITL_MAX_TOKENS",), 8192),
    "early_request": Definition(_switch, ("HITL_EARLY_REQUEST",), True),
    "cwd": Definition(_folder, ("HITL_CWD",), "."),
    "timeout": Definition(_seconds, ("HITL_TIMEOUT",)),
    "plain": Definition(_switch, ("HITL_PLAIN",), False),
    "theme": Definition(_one_of("auto", "dark", "light", "high-contrast"), ("HITL_THEME",), "auto"),
    "notice": Definition(_one_of("off", "bell", "desktop"), ("HITL_NOTICE",), "bell"),
    "editing_mode": Definition(_one_of("emacs", "vi"), ("HITL_EDITING_MODE",), "emacs"),
    "shell_history": Definition(_switch, ("HITL_SHELL_HISTORY",), False),
    "keys": Definition(keys_from, (), {}),
    "approve": Definition(_tools, ("HITL_APPROVE",), {}),
    "llm": Definition(lambda raw, environment: parse_class(_not_empty(raw)), ("HITL_LLM",)),
    "llm_options": Definition(
        lambda raw, environment: parse_options(raw, environment.variables),
        (),
        {},
    ),
    # Kept out of the file: the person's own file of rules is the place for both.
    "policy": Definition(_file, ("HITL_POLICY",), in_file=False),
    "allow_reads": Definition(_switch, ("HITL_ALLOW_READS",), False, in_file=False),
}
"""The definition of each setting, by the name of its field in `Settings`."""

FILE_SETTINGS = tuple(name for name, definition in DEFINITIONS.items() if definition.in_file)
"""The settings that are allowed in the settings file."""

KEY_VARIABLES = DEFINITIONS["api_key"].variables
"""The environment variables that can contain the model's key."""

TABLES = ("keys", "llm_options", "approve")
"""The settings that are tables in the file; `approve` can also be one value."""
