"""The settings, each with its value and source. Flags override the environment, which overrides the settings file."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from hitl_cli.environment import Environment
from hitl_cli.errors import UsageError
from hitl_cli.llm_settings import VariableOption
from hitl_cli.setting_definitions import DEFINITIONS, KEY_VARIABLES, refuse_bad_keys
from hitl_cli.settings_file import read_file
from hitl_cli.text.suggestions import did_you_mean, ended
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
        from_file, problems = read_file(environment.settings_file)
        found: dict[str, Any] = {}
        for field in fields(cls):
            definition = DEFINITIONS[field.name]
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
            refuse_bad_keys(settings.keys.value, settings.editing_mode.value)
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


def unknown_variables(variables: Mapping[str, str]) -> list[str]:
    """Return a sentence for each variable that looks like a setting of this program but is not one."""
    known = [_CONFIG, *(name for each in DEFINITIONS.values() for name in each.variables)]
    own = [name for name in variables if name.startswith(_PREFIX) and name not in known]
    near = [name for name in known if name.startswith(_PREFIX)]
    return [
        f"{name} has no effect. {did_you_mean(name, near, prefix=_PREFIX)}".rstrip() for name in sorted(own)
    ]


def withheld(variables: Mapping[str, str], key_variables: Collection[str] = KEY_VARIABLES) -> dict[str, str]:
    """Return the environment of a command: `variables` without the model's keys and this program's settings."""
    return {
        name: value
        for name, value in variables.items()
        if name not in key_variables and not name.startswith(_PREFIX)
    }
