"""The settings: each one a value and where it came from. Flags go before the environment, that before the file."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from hitl_cli import private
from hitl_cli.environment import Environment
from hitl_cli.errors import FolderGoneError, UsageError
from hitl_cli.keys import ACTIONS, keys_of
from hitl_cli.text.urls import without_secrets

T = TypeVar("T")

OFFLINE = "offline"
"""The name by which a person asks for the catalogue in a model's place."""

OFFLINE_NAME = "offline catalogue, no language model"
"""What is shown wherever the name of a model is shown."""


@dataclass(frozen=True)
class Setting(Generic[T]):
    """A value, and the flag, variable or file that gave it."""

    value: T
    source: str


@dataclass(frozen=True)
class Settings:
    """What a run goes by. Times are in seconds; None means no limit, or not set."""

    model: Setting[str]
    base_url: Setting[str | None]
    api_key: Setting[str | None]
    system_prompt: Setting[str | None]
    model_timeout: Setting[float]
    cwd: Setting[Path]
    timeout: Setting[float | None]
    plain: Setting[bool]
    theme: Setting[str]
    notice: Setting[str]
    editing_mode: Setting[str]
    shell_history: Setting[bool]
    keys: Setting[Mapping[str, tuple[str, ...]]]

    @property
    def is_offline(self) -> bool:
        """Whether the catalogue answers: by name, or because there is no key and no server of the person's own."""
        return self.model.value == OFFLINE or not (self.api_key.value or self.base_url.value)

    @property
    def model_name(self) -> str:
        """The name of what answers, as a person reads it."""
        return OFFLINE_NAME if self.is_offline else self.model.value

    @classmethod
    def load(cls, environment: Environment, flags: Mapping[str, Any] | None = None) -> "Settings":
        """Return the settings of this environment; `flags` maps a setting's name to what the command line said.

        Raises:
            UsageError: A value cannot be understood, or the file holds an unknown name.
        """
        settings, problems = cls.usable(environment, flags)
        if problems:
            raise problems[0]
        return settings

    @classmethod
    def usable(
        cls, environment: Environment, flags: Mapping[str, Any] | None = None
    ) -> "tuple[Settings, list[UsageError]]":
        """Return what `load` returns, the default in the place of what is of no use, and what is wrong with that."""
        given = {name: value for name, value in (flags or {}).items() if value is not None}
        from_file, problems = _read(environment.settings_file)
        found: dict[str, Any] = {}
        for field in fields(cls):
            definition = _DEFINITIONS[field.name]
            raw, source = definition.default, "default"
            if definition.in_file and field.name in from_file:
                raw, source = from_file[field.name], str(environment.settings_file)
            for variable in reversed(definition.variables):
                if environment.variables.get(variable):
                    raw, source = environment.variables[variable], variable
            if field.name in given:
                raw, source = given[field.name], "--" + field.name.replace("_", "-")
            try:
                value = None if raw is None else definition.parse(raw, environment)
            except (TypeError, ValueError) as problem:
                problems.append(UsageError(f"{field.name} from {source} is of no use: {problem}."))
                default = definition.default
                value, source = None if default is None else definition.parse(default, environment), "default"
            found[field.name] = Setting(value, source)
        settings = cls(**found)
        try:
            _refuse_bad_keys(settings.keys.value, settings.editing_mode.value)
        except ValueError as problem:
            problems.append(UsageError(f"keys from {settings.keys.source} is of no use: {problem}."))
            settings = replace(settings, keys=Setting({}, "default"))
        return settings, problems


@dataclass(frozen=True)
class _Definition:
    parse: Callable[[Any, Environment], Any]
    variables: tuple[str, ...]
    default: Any = None
    in_file: bool = True


def _text(raw: Any, environment: Environment) -> str:
    text = _not_empty(raw)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("it holds bytes that are no text in UTF-8") from None
    return text


def _not_empty(raw: Any) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError("it must be a text that is not empty")
    return raw.strip()


def _key(raw: Any, environment: Environment) -> str:
    key = _not_empty(raw)
    if not key.isascii() or not key.isprintable():
        raise ValueError("a key has only letters, digits and signs of ASCII")
    return key


def _url(raw: Any, environment: Environment) -> str:
    url = _text(raw, environment)
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"{without_secrets(url)!r} must begin with http:// or https://")
    try:
        parts = urlsplit(url)
        is_address = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_address = False
    if not is_address:
        raise ValueError(f"{without_secrets(url)!r} is no address of a server")
    return url


def _folder(raw: Any, environment: Environment) -> Path:
    text = _not_empty(str(raw))
    try:
        folder = environment.path_of(text)
    except FolderGoneError:
        return Path(text)  # whoever needs it says so; the other settings can be shown
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")
    return folder.resolve()


def _seconds(raw: Any, environment: Environment) -> float:
    try:
        seconds = float(raw)
    except (TypeError, ValueError):
        raise ValueError(f"{raw!r} is not a number of seconds") from None
    if isinstance(raw, bool) or not 0 < seconds < float("inf"):
        raise ValueError("it must be more than 0 seconds")
    return seconds


def _switch(raw: Any, environment: Environment) -> bool:
    switches = {
        **dict.fromkeys(("1", "true", "yes", "on"), True),
        **dict.fromkeys(("0", "false", "no", "off"), False),
    }
    if str(raw).lower() not in switches:
        raise ValueError(f"{raw!r} is neither true nor false")
    return switches[str(raw).lower()]


def _one_of(*choices: str) -> Callable[[Any, Environment], str]:
    def parse(raw: Any, environment: Environment) -> str:
        if raw not in choices:
            raise ValueError(f"{raw!r} is none of {', '.join(choices)}")
        return str(raw)

    return parse


def _keys(raw: Any, environment: Environment) -> dict[str, tuple[str, ...]]:
    if not isinstance(raw, dict):
        raise TypeError('it must be a table such as [keys], with lines such as reject = "f4"')
    keys = {}
    for name, value in raw.items():
        several = value if isinstance(value, list) else [value]
        if not all(isinstance(key, str) for key in several):
            raise ValueError(f"the key of {name!r} must be a text, or a list of texts")
        keys[name] = tuple(several)
    return keys


def _refuse_bad_keys(keys: Mapping[str, tuple[str, ...]], editing_mode: str) -> None:
    if keys:  # the usual ones are good
        keys_of(ACTIONS, keys, vi=editing_mode == "vi")


_DEFINITIONS: dict[str, _Definition] = {
    "model": _Definition(_text, ("HITL_MODEL",), "gpt-4.1-mini"),
    # The variables of the OpenAI client and of LlamaIndex, which otherwise reads only the last.
    "base_url": _Definition(_url, ("HITL_BASE_URL", "OPENAI_BASE_URL", "OPENAI_API_BASE")),
    "api_key": _Definition(_key, ("HITL_API_KEY", "OPENAI_API_KEY"), in_file=False),
    "system_prompt": _Definition(_text, ("HITL_SYSTEM_PROMPT",)),
    "model_timeout": _Definition(_seconds, ("HITL_MODEL_TIMEOUT",), 120.0),
    "cwd": _Definition(_folder, ("HITL_CWD",), "."),
    "timeout": _Definition(_seconds, ("HITL_TIMEOUT",)),
    "plain": _Definition(_switch, ("HITL_PLAIN",), False),
    "theme": _Definition(_one_of("auto", "dark", "light", "high-contrast"), ("HITL_THEME",), "auto"),
    "notice": _Definition(_one_of("off", "bell", "desktop"), ("HITL_NOTICE",), "bell"),
    "editing_mode": _Definition(_one_of("emacs", "vi"), ("HITL_EDITING_MODE",), "emacs"),
    "shell_history": _Definition(_switch, ("HITL_SHELL_HISTORY",), False),
    "keys": _Definition(_keys, (), {}),
}

FILE_SETTINGS = tuple(name for name, definition in _DEFINITIONS.items() if definition.in_file)
"""The settings that the file may hold."""

KEY_VARIABLES = _DEFINITIONS["api_key"].variables
"""The environment variables that may hold the model's key."""


def changed(
    environment: Environment, content: Mapping[str, Any], name: str, raw: str
) -> str | float | bool | list[str]:
    """Return what the settings file, which holds `content`, is to have for `name`, where a person writes `raw`.

    `name` is a setting, or `keys.` and an action, whose keys stand with commas between them.

    Raises:
        UsageError: The value is of no use, or the file has no such setting.
    """
    setting, _, action = name.partition(".")
    if setting == "keys" and not action:
        raise UsageError("keys was not set: name an action as well, as in: hitl config set keys.reject f4")
    if name not in FILE_SETTINGS and setting != "keys":
        hint = " A key belongs in the environment, as OPENAI_API_KEY." if name == "api_key" else ""
        raise UsageError(
            f"There is no setting {name!r} in the file; known are {', '.join(FILE_SETTINGS)}.{hint}"
        )
    try:
        if setting == "keys":
            keys = [each.strip() for each in raw.split(",") if each.strip()]
            own = {**_keys(content.get("keys", {}), environment), action: tuple(keys)}
            mode = environment.variables.get("HITL_EDITING_MODE") or content.get("editing_mode", "")
            _refuse_bad_keys(own, str(mode))
            return keys[0] if len(keys) == 1 else keys
        value = _DEFINITIONS[name].parse(raw, environment)
    except (TypeError, ValueError) as problem:
        hint = f" hitl config unset {name} takes it out of the file." if not raw.strip() else ""
        raise UsageError(f"{name} was not set: {problem}.{hint}") from problem
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, (str, float, bool)) else str(value)


def withheld(variables: Mapping[str, str]) -> dict[str, str]:
    """Return `variables` without the model's key and without this program's own settings: what a command is given."""
    return {
        name: value
        for name, value in variables.items()
        if name not in KEY_VARIABLES and not name.startswith("HITL_")
    }


def _read(path: Path) -> tuple[dict[str, Any], list[UsageError]]:
    """Return what the settings file holds, and what is wrong with it."""
    try:
        content = tomllib.loads(private.read_settings(path))
    except FileNotFoundError:
        return {}, []
    except private.NotPrivateError as problem:
        return {}, [UsageError(f"The settings file cannot be used: {problem} Nothing ran.")]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else problem
        return {}, [UsageError(f"The settings file {path} cannot be read: {why}.")]
    known = ", ".join(FILE_SETTINGS)
    return content, [
        UsageError(f"The settings file {path} has an unknown setting {name!r}; known are {known}.")
        for name in content
        if name not in FILE_SETTINGS
    ]
