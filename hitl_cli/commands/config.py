"""`hitl config`: each setting, its value and where it came from; `hitl config set`: write one."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

from hitl_cli.environment import Environment
from hitl_cli.errors import UsageError
from hitl_cli.settings import Setting, Settings, checked


class SettingLine(NamedTuple):
    """A setting as it is shown; `value` is None where nothing is set."""

    name: str
    value: str | float | None
    source: str


def setting_lines(settings: Settings) -> list[SettingLine]:
    """Return every setting; of the key only whether there is one."""
    lines = []
    for field in fields(settings):
        setting: Setting[str | float | Path | Mapping[str, tuple[str, ...]] | None] = getattr(
            settings, field.name
        )
        value = str(setting.value) if isinstance(setting.value, Path) else setting.value
        if isinstance(value, Mapping):
            value = ", ".join(f"{name} = {' or '.join(keys)}" for name, keys in value.items()) or None
        if field.name == "api_key" and value:
            value = "(set)"
        if field.name == "model" and settings.is_offline:
            value = settings.model_name
        lines.append(SettingLine(field.name, value, setting.source))
    return lines


def set_in_file(environment: Environment, name: str, value: str) -> None:
    """Write `name = value` into the settings file, and leave everything else in it as it is.

    Raises:
        UsageError: There is no such setting, the value is of no use, or the file cannot be written.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    parsed = checked(environment, name, value)
    file = environment.settings_file
    try:
        before = file.read_text(encoding="utf-8") if file.is_file() else ""
        document = tomlkit.parse(before)
        document[name] = parsed
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = file.with_name(file.name + ".part")
        part.write_text(tomlkit.dumps(document), encoding="utf-8")
        part.replace(file)
    except (OSError, UnicodeDecodeError, TOMLKitError) as problem:
        raise UsageError(f"The settings file {file} was not changed: {problem}.") from problem
