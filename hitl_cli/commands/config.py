"""`hitl config`: each setting, its value and where it came from."""

from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

from hitl_cli.settings import Setting, Settings


class SettingLine(NamedTuple):
    """A setting as it is shown; `value` is None where nothing is set."""

    name: str
    value: str | float | None
    source: str


def setting_lines(settings: Settings) -> list[SettingLine]:
    """Return every setting; of the key only whether there is one."""
    lines = []
    for field in fields(settings):
        setting: Setting[str | float | Path | None] = getattr(settings, field.name)
        value = str(setting.value) if isinstance(setting.value, Path) else setting.value
        if field.name == "api_key" and value:
            value = "(set)"
        if field.name == "model" and settings.is_offline:
            value = settings.model_name
        lines.append(SettingLine(field.name, value, setting.source))
    return lines
