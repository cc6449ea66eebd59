"""The settings file: reads it, and finds the value for a change of it."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hitl_cli import private
from hitl_cli.approval.choice import EVERY_WORKFLOW
from hitl_cli.environment import Environment
from hitl_cli.errors import UsageError
from hitl_cli.llm_settings import option_from_text, parse_option
from hitl_cli.setting_definitions import DEFINITIONS, FILE_SETTINGS, TABLES, keys_from, refuse_bad_keys
from hitl_cli.text.suggestions import did_you_mean, ended


def read_file(path: Path) -> tuple[dict[str, Any], list[UsageError]]:
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
        if name in DEFINITIONS:
            variable = DEFINITIONS[name].variables[-1]
            raise UsageError(
                f"{name} was not set: it is never in the file. Set it in the environment, as {variable}."
            )
        raise unknown_setting(name, f"There is no setting {name!r} in the file")
    try:
        if setting == "llm_options":
            option = option_from_text(raw)
            parse_option(action, option, environment.variables)
            return option
        if setting == "keys":
            keys = [each.strip() for each in raw.split(",") if each.strip()]
            own = {**keys_from(content.get("keys", {}), environment), action: tuple(keys)}
            mode = environment.variables.get("HITL_EDITING_MODE") or content.get("editing_mode", "")
            refuse_bad_keys(own, str(mode))
            return keys[0] if len(keys) == 1 else keys
        value = DEFINITIONS[setting].parse(raw, environment)
        if setting == "approve":
            return ", ".join(value[EVERY_WORKFLOW])
    except (TypeError, ValueError) as problem:
        hint = f" To remove it from the file: hitl config unset {name}" if not raw.strip() else ""
        raise UsageError(f"{ended(f'{name} was not set: {problem}')}{hint}") from problem
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, (str, int, float, bool)) else str(value)


def unknown_setting(name: str, said: str) -> UsageError:
    """Return the error for `name`, which is not a setting of the file: what is `said`, and what was meant."""
    setting, _, rest = name.partition(".")
    near = did_you_mean(setting, TABLES if rest else FILE_SETTINGS)
    near = near.replace("? ", f".{rest}? ") if rest else near
    return UsageError(f"{said}. {near}The settings are {', '.join(FILE_SETTINGS)}.")
