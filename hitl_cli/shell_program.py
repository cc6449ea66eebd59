"""Which shell is the person's, and how a model is told where it runs."""

import platform
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


def machine(program: str) -> str:
    """Return in a few words where a command of the shell `program` runs: `bash on Linux 6.1.0 (x86_64)`."""
    return f"{Path(program).name} on {platform.system()} {platform.release()} ({platform.machine()})"
