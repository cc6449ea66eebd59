"""Exit hooks that report a shell's final folder and exported variables, which the next command inherits.

The approved text is never changed. Each shell has a file or an option that it reads before the text; a hook there
writes the folder and the environment to a file when the shell exits. Shells without such a file or option (dash, ksh,
busybox) report nothing. A text that replaces its shell with `exec` reports nothing either.
"""

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from hitl_cli.shell.hook_scripts import bash_script, bash_variables, fish_script, zsh_script
from hitl_cli.shell.inheritance import MOST_BYTES, Inheritance, read_report

_WITHOUT_STARTUP_FILES = {"zsh": ["-f"], "fish": ["--no-config"]}
"""Options of shells that read a file of the person even for one text, and could change what its words mean."""


class ExitHook:
    """Makes one shell report its folder and variables when it exits. Close it after reading the report.

    `arguments` are passed before the text; `variables` is the whole environment of the shell. A command that is
    isolated passes nothing on: it only gets the folder, for its temporary files.
    """

    def __init__(
        self, program: str, text: str, variables: Mapping[str, str], *, is_isolated: bool = False
    ) -> None:
        """Prepare the hook for `program`, which will run `text`; `variables` is its environment without the hook.

        Raises:
            OSError: The files of the hook cannot be created.
        """
        self._given = variables
        self._directory = tempfile.TemporaryDirectory(prefix="hitl-", ignore_cleanup_errors=True)
        self.folder = folder = Path(self._directory.name)
        self._state = folder / "state"
        self._state.touch(0o600)  # created now, because the command may set a umask that makes it unreadable
        self.arguments: list[str] = []
        self.variables = dict(variables)
        self.is_set = True
        self.is_isolated = is_isolated
        if is_isolated:
            self.variables["TMPDIR"] = str(folder)
            self.arguments = _WITHOUT_STARTUP_FILES.get(Path(program).name, [])
            return
        state, env = str(self._state), _env_program()
        match Path(program).name:
            case "bash":
                self._write(folder / "bash_env", bash_script(text, variables, env, state))
                self.variables = bash_variables(variables, str(folder / "bash_env"))
            case "zsh":
                self._write(folder / ".zshenv", zsh_script(variables, env, state, str(folder / "traps")))
                self.variables["ZDOTDIR"] = str(folder)
            case "fish":
                self.arguments = ["--init-command", fish_script(env, state)]
            case _:
                self.is_set = False

    def inheritance(self) -> Inheritance | None:
        """Return what the shell reported, or None if it reported nothing."""
        try:
            descriptor = os.open(self._state, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        with open(descriptor, "rb") as file:
            # The command could have put a pipe there, and reading it could block.
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            report = file.read(MOST_BYTES + 1)
        return read_report(report, self._given)

    def close(self) -> None:
        """Delete the files."""
        with contextlib.suppress(OSError):
            self._directory.cleanup()

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8", errors="surrogateescape")


@lru_cache(maxsize=1)
def _env_program() -> str:
    """Return the absolute path of env(1), found without variables that a command could have changed."""
    usual = "/usr/bin/env"
    return usual if os.access(usual, os.X_OK) else shutil.which("env") or usual
