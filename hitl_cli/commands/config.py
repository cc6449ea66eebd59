"""`hitl config` shows the settings; `hitl config set` and `hitl config unset` change the settings file."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hitl_cli import private
from hitl_cli.environment import Environment
from hitl_cli.errors import UsageError
from hitl_cli.journal import shell_history
from hitl_cli.llm_settings import shown_option
from hitl_cli.setting_definitions import FILE_SETTINGS, TABLES
from hitl_cli.settings import OFFLINE, OFFLINE_NAME, Setting, Settings
from hitl_cli.settings_file import changed, unknown_setting
from hitl_cli.text.urls import without_secrets

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_OF_SERVER = ("model", "base_url", "api_key", "model_timeout", "max_tokens")
SettingValue = str | float | bool | Mapping[str, tuple[str, ...] | str] | None


class SettingLine(NamedTuple):
    """A setting as it is shown; `value` is None if nothing is set, `remark` explains the value where needed."""

    name: str
    value: SettingValue
    source: str
    remark: str | None = None


def setting_lines(settings: Settings, variables: Mapping[str, str]) -> list[SettingLine]:
    """Return all settings without their secrets; `variables` are the person's environment variables."""
    lines = []
    for field in fields(settings):
        setting: Setting[SettingValue | Path] = getattr(settings, field.name)
        value = str(setting.value) if isinstance(setting.value, Path) else setting.value
        remark = None
        if field.name == "api_key" and value:
            value = "(set)"
        if field.name == "base_url" and isinstance(value, str):
            value = without_secrets(value)
        if field.name == "model" and settings.is_offline and value != OFFLINE:
            remark = f"not used: no key, server or model class is set, so this answers: {OFFLINE_NAME}"
        if field.name == "shell_history" and value:
            remark = shell_history.describe(Path(variables.get("SHELL") or "bash").name, variables)
        if field.name == "llm_options" and isinstance(value, Mapping):
            value = {name: shown_option(each) for name, each in value.items()}
        if field.name in _OF_SERVER and value and settings.llm_class is not None:
            remark = f"not used: {settings.llm_class} is"
        lines.append(
            SettingLine(
                field.name, value or None if isinstance(value, Mapping) else value, setting.source, remark
            )
        )
    return lines


def as_written(line: SettingLine) -> list[tuple[str, str]]:
    """Return name and value of a setting as `hitl config set` takes them; for keys, one pair for each action."""
    if isinstance(line.value, Mapping):
        return [
            (f"{line.name}.{name}", each if isinstance(each, str) else ", ".join(each) or '""')
            for name, each in line.value.items()
        ]
    if line.value is None:
        return [(line.name, "-")]
    if isinstance(line.value, bool):
        return [(line.name, str(line.value).lower())]
    whole = isinstance(line.value, float) and line.value.is_integer()
    return [(line.name, f"{line.value:.0f}" if whole else str(line.value))]


def set_in_file(environment: Environment, name: str, value: str) -> None:
    """Write `name = value` into the settings file and leave everything else unchanged.

    Raises:
        UsageError: The setting is unknown, the value is invalid, or the file cannot be written.
    """
    import tomlkit

    def change(document: "TOMLDocument") -> None:
        written = changed(environment, document.unwrap(), name, value)
        table, _, action = name.partition(".")
        if action:
            document.setdefault(table, tomlkit.table())[action] = written
        else:
            document[name] = written

    _change(environment, change)


def unset_in_file(environment: Environment, name: str) -> bool:
    """Remove the setting `name` from the settings file and return whether it was set there.

    An unknown setting can be removed too, if the file has it.

    Raises:
        UsageError: The setting is unknown, or the file cannot be written.
    """
    was_there = False

    def change(document: "TOMLDocument") -> None:
        nonlocal was_there
        table, _, action = name.partition(".")
        holder = document.get(table) if action else document
        key = action or name
        if isinstance(holder, dict) and key in holder:
            was_there = True
            del holder[key]
            if action and not holder:
                del document[table]
        elif table not in FILE_SETTINGS or (action and table not in TABLES):
            raise unknown_setting(name, f"There is no setting {name!r} in the file")

    _change(environment, change)
    return was_there


def _change(environment: Environment, change: "Callable[[TOMLDocument], None]") -> None:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    file = environment.settings_file
    try:
        before = private.read_settings(file) if file.exists() else ""
        document = tomlkit.parse(before)
        change(document)
        after = tomlkit.dumps(document)
        if after == before:
            return
        if environment.has_own_settings_folder:
            private.make_folder(file.parent)
        else:
            private.make_missing(file.parent)
        private.replace_file(file, after)
    except private.NotPrivateError as problem:
        raise UsageError(f"The settings file was not changed: {problem}") from problem
    except (OSError, UnicodeDecodeError, TOMLKitError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else problem
        raise UsageError(f"The settings file {file} was not changed: {why}.") from problem
