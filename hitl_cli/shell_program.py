"""Which shell is the person's."""

import shutil
from collections.abc import Mapping
from pathlib import Path

_SHELLS = ("bash", "zsh", "sh", "dash", "ksh", "mksh", "fish", "ash")


def shell_program(variables: Mapping[str, str]) -> str:
    """Return the person's shell, `$SHELL`; bash if that is unset or not a known shell that accepts `-c`."""
    program = variables.get("SHELL", "")
    if Path(program).name in _SHELLS and Path(program).is_file():
        return program
    return shutil.which("bash") or "/bin/sh"
