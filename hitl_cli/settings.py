"""The settings, each with its value and source. Flags override the environment, which overrides the settings file."""

import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from hitl_cli import private
from hitl_cli.approval.choice import EVERY_WORKFLOW, parsed
from hitl_cli.environment import Environment
from hitl_cli.errors import FolderGoneError, UsageError
from hitl_cli.keys import ACTIONS, keys_of
from hitl_cli.llm_settings import VariableOption, option_from_text, parse_class, parse_option, parse_options
from hitl_cli.text.suggestions import did_you_mean, ended, or_similar
from hitl_cli.text.urls import without_secrets

T = TypeVar("T")

_PREFIX = "HITL_"  # of the variables of this program
_CONFIG = f"{_PREFIX}CONFIG"  # which names the settings file
_LONGEST_QUOTED = 60  # characters of an invalid value in a message

OFFLINE = "offline"
"""The model name that selects the offline catalogue."""

OFFLINE_NAME = "offline catalogue, no language model"
"""What is shown in place of a model's name."""


@dataclass(frozen=True)
class Setting(Generic[T]):
    """A value, and the flag, variable or file that it comes from."""

    value: T
    source: str


@dataclass(frozen=True)
class Settings:
    """The settings of a run. Times are in seconds; None means no limit, or not set.

    `model_calls` is how often an agent may call its model for one request before the person is asked. With
    `early_request`, the first request of a bundled workflow is sent while it loads. `approve` maps names of workflows,
    or `*`, to the tools that ask before they are called. `policy` is a file of rules in place of the person's own, and
    `allow_reads` allows commands that only read.
    """

    model: Setting[str]
    base_url: Setting[str | None]
    api_key: Setting[str | None]
    system_prompt: Setting[str | None]
    model_timeout: Setting[float]
    model_calls: Setting[int]
    max_tokens: Setting[int]
    early_request: Setting[bool]
    cwd: Setting[Path]
    timeout: Setting[float | None]
    plain: Setting[bool]
    theme: Setting[str]
    notice: Setting[str]
    editing_mode: Setting[str]
    shell_history: Setting[bool]
    keys: Setting[Mapping[str, tuple[str, ...]]]
    approve: Setting[Mapping[str, tuple[str, ...]]]
    llm: Setting[str | None]
    llm_options: Setting[Mapping[str, Any]]
    policy: Setting[Path | None]
    allow_reads: Setting[bool]

    @property
    def is_offline(self) -> bool:
        """Whether the offline catalogue answers: it is selected by name, or no key, server or model class is set."""
        return self.model.value == OFFLINE or not (
            self.api_key.value or self.base_url.value or self.llm.value
        )

    @property
    def llm_class(self) -> str | None:
        """The model class to use, as `package.module:Class`; None for the server or the catalogue."""
        return None if self.is_offline else self.llm.value

    @property
    def key_variables(self) -> frozenset[str]:
        """The environment variables with a key of the model, which no command gets."""
        options = self.llm_options.value.values()
        return frozenset(
            (*KEY_VARIABLES, *(each.name for each in options if isinstance(each, VariableOption)))
        )

    @property
    def model_name(self) -> str:
        """The name of the model, or of the offline catalogue, for display."""
        if self.is_offline:
            return OFFLINE_NAME
        if self.llm_class is None:
            return self.model.value
        named = self.llm_options.value.get("model")
        name = self.model.value if self.model.source == "--model" else named if isinstance(named, str) else ""
        return " ".join(filter(None, (self.llm_class.rpartition(":")[2], name)))

    @classmethod
    def load(cls, environment: Environment, flags: Mapping[str, Any] | None = None) -> "Settings":
        """Return the settings of this environment; `flags` maps names of settings to values from the command line.

        Raises:
            UsageError: A value is invalid, or the settings file has an unknown name.
        """
        settings, problems = cls.usable(environment, flags)
        if problems:
            raise problems[0]
        return settings

    @classmethod
    def usable(
        cls, environment: Environment, flags: Mapping[str, Any] | None = None
    ) -> "tuple[Settings, list[UsageError]]":
        """Return the settings with defaults in place of invalid values, and the problems."""
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
                quoted = _quoted(field.name, raw)
                problems.append(_invalid(field.name, quoted, source, environment, problem))
                default = definition.default
                value, source = None if default is None else definition.parse(default, environment), "default"
            found[field.name] = Setting(value, source)
            if field.name == "llm" and from_file.get("llm") not in (None, value):
                from_file = {**from_file, "llm_options": {}}  # they are those of another class
        settings = cls(**found)
        try:
            _refuse_bad_keys(settings.keys.value, settings.editing_mode.value)
        except ValueError as problem:
            problems.append(_invalid("keys", "", settings.keys.source, environment, problem))
            settings = replace(settings, keys=Setting({}, "default"))
        return settings, problems


def _invalid(name: str, quoted: str, source: str, environment: Environment, problem: Exception) -> UsageError:
    """Return the error for an invalid value of a setting; `quoted` is the value for the message, or empty."""
    is_from_file = source == str(environment.settings_file)
    what = f"{name}{quoted} in {source}" if is_from_file else f"{source}{quoted}"
    return UsageError(ended(f"Invalid {what}: {problem}"))


def _quoted(name: str, raw: Any) -> str:
    """Return the invalid value for a message, without secrets, or nothing if it is a secret or too long."""
    text = without_secrets(raw) if isinstance(raw, str) else raw
    is_shown = name != "api_key" and isinstance(raw, str | int | float) and len(str(raw)) <= _LONGEST_QUOTED
    return f" {text!r}" if is_shown else ""


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


def _keys(raw: Any, environment: Environment) -> dict[str, tuple[str, ...]]:
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


def _refuse_bad_keys(keys: Mapping[str, tuple[str, ...]], editing_mode: str) -> None:
    if keys:  # the defaults are valid
        keys_of(ACTIONS, keys, vi=editing_mode == "vi")


_DEFINITIONS: dict[str, _Definition] = {
    "model": _Definition(_text, ("HITL_MODEL",), "gpt-4.1-mini"),
    # The variables of the OpenAI client and of LlamaIndex, which otherwise reads only the last.
    "base_url": _Definition(_url, ("HITL_BASE_URL", "OPENAI_BASE_URL", "OPENAI_API_BASE")),
    "api_key": _Definition(_key, ("HITL_API_KEY", "OPENAI_API_KEY"), in_file=False),
    "system_prompt": _Definition(_text, ("HITL_SYSTEM_PROMPT",)),
    "model_timeout": _Definition(_seconds, ("HITL_MODEL_TIMEOUT",), 120.0),
    "model_calls": _Definition(_count, ("HITL_MODEL_CALLS",), 500),
    "max_tokens": _Definition(_count, ("HITL_MAX_TOKENS",), 8192),
    "early_request": _Definition(_switch, ("HITL_EARLY_REQUEST",), True),
    "cwd": _Definition(_folder, ("HITL_CWD",), "."),
    "timeout": _Definition(_seconds, ("HITL_TIMEOUT",)),
    "plain": _Definition(_switch, ("HITL_PLAIN",), False),
    "theme": _Definition(_one_of("auto", "dark", "light", "high-contrast"), ("HITL_THEME",), "auto"),
    "notice": _Definition(_one_of("off", "bell", "desktop"), ("HITL_NOTICE",), "bell"),
    "editing_mode": _Definition(_one_of("emacs", "vi"), ("HITL_EDITING_MODE",), "emacs"),
    "shell_history": _Definition(_switch, ("HITL_SHELL_HISTORY",), False),
    "keys": _Definition(_keys, (), {}),
    "approve": _Definition(_tools, ("HITL_APPROVE",), {}),
    "llm": _Definition(lambda raw, environment: parse_class(_not_empty(raw)), ("HITL_LLM",)),
    "llm_options": _Definition(
        lambda raw, environment: parse_options(raw, environment.variables),
        (),
        {},
    ),
    # Kept out of the file: the person's own file of rules is the place for both.
    "policy": _Definition(_file, ("HITL_POLICY",), in_file=False),
    "allow_reads": _Definition(_switch, ("HITL_ALLOW_READS",), False, in_file=False),
}

FILE_SETTINGS = tuple(name for name, definition in _DEFINITIONS.items() if definition.in_file)
"""The settings that are allowed in the settings file."""

KEY_VARIABLES = _DEFINITIONS["api_key"].variables
"""The environment variables that can contain the model's key."""

TABLES = ("keys", "llm_options", "approve")
"""The settings that are tables in the file; `approve` can also be one value."""


def changed(environment: Environment, content: Mapping[str, Any], name: str, raw: str) -> Any:
    """Return the value of `name` for the settings file with `content`, parsed from the person's text `raw`.

    `name` is a setting, `keys.` and an action, whose keys are separated by commas, `llm_options.` and an argument, or
    `approve.` and a workflow.

    Raises:
        UsageError: The value is invalid, or the file has no such setting.
    """
    setting, _, action = name.partition(".")
    if setting == "keys" and not action:
        raise UsageError("keys was not set: add the name of an action, as in: hitl config set keys.reject f4")
    if setting == "llm_options" and not action:
        raise UsageError(
            "llm_options was not set: add the name of an argument, as in: hitl config set llm_options.temperature 0.1"
        )
    if action and setting == "approve" and not isinstance(content.get(setting, {}), Mapping):
        raise UsageError(
            f"{name} was not set: the file sets approve for every workflow. To remove that: hitl config unset approve"
        )
    if name not in FILE_SETTINGS and setting not in TABLES:
        hint = " Set the key in the environment, as OPENAI_API_KEY." if name == "api_key" else ""
        raise unknown_setting(name, f"There is no setting {name!r} in the file", hint)
    try:
        if setting == "llm_options":
            option = option_from_text(raw)
            parse_option(action, option, environment.variables)
            return option
        if setting == "keys":
            keys = [each.strip() for each in raw.split(",") if each.strip()]
            own = {**_keys(content.get("keys", {}), environment), action: tuple(keys)}
            mode = environment.variables.get("HITL_EDITING_MODE") or content.get("editing_mode", "")
            _refuse_bad_keys(own, str(mode))
            return keys[0] if len(keys) == 1 else keys
        value = _DEFINITIONS[setting].parse(raw, environment)
        if setting == "approve":
            return ", ".join(value[EVERY_WORKFLOW])
    except (TypeError, ValueError) as problem:
        hint = f" To remove it from the file: hitl config unset {name}" if not raw.strip() else ""
        raise UsageError(f"{ended(f'{name} was not set: {problem}')}{hint}") from problem
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, (str, int, float, bool)) else str(value)


def unknown_variables(variables: Mapping[str, str]) -> list[str]:
    """Return a sentence for each variable that looks like a setting of this program but is not one."""
    known = [_CONFIG, *(name for each in _DEFINITIONS.values() for name in each.variables)]
    own = [name for name in variables if name.startswith(_PREFIX) and name not in known]
    return [f"{name} has no effect. {did_you_mean(name, known)}".rstrip() for name in sorted(own)]


def unknown_setting(name: str, said: str, hint: str = "") -> UsageError:
    """Return the error for `name`, which is not a setting of the file: what is `said`, what was meant, and a `hint`."""
    setting, _, rest = name.partition(".")
    near = did_you_mean(setting, TABLES if rest else FILE_SETTINGS)
    near = near.replace("? ", f".{rest}? ") if rest else near
    return UsageError(f"{said}. {near}The settings are {', '.join(FILE_SETTINGS)}.{hint}")


def withheld(variables: Mapping[str, str], key_variables: Collection[str] = KEY_VARIABLES) -> dict[str, str]:
    """Return the environment of a command: `variables` without the model's keys and this program's settings."""
    return {
        name: value
        for name, value in variables.items()
        if name not in key_variables and not name.startswith(_PREFIX)
    }


def _read(path: Path) -> tuple[dict[str, Any], list[UsageError]]:
    """Return the content of the settings file, and its problems."""
    try:
        content = tomllib.loads(private.read_settings(path))
    except FileNotFoundError:
        return {}, []
    except private.NotPrivateError as problem:
        return {}, [UsageError(f"Cannot use the settings file: {problem} Nothing ran.")]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else problem
        return {}, [UsageError(f"Cannot read the settings file {path}: {why}.")]
    return content, [
        unknown_setting(name, f"The settings file {path} has an unknown setting {name!r}")
        for name in content
        if name not in FILE_SETTINGS
    ]
