"""What a command leaves to the next one: its folder and its exported variables, as its shell had them at the end.

The approved text itself is never touched. Each shell has a file or a flag of its own that it reads before the text;
there, a hook is set that writes the folder and the environment to a file when the shell exits. Shells without such
a place (dash, ksh, busybox) report nothing, nor does a text that replaces its shell with `exec`.
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


class LeavingHook:
    """Makes one shell report its folder and variables when it exits; to be closed when that has been read.

    `arguments` go before the text, and `variables` are the whole environment of the shell.
    """

    def __init__(self, program: str, text: str, variables: Mapping[str, str]) -> None:
        """Prepare the hook for `program`, which will run `text` and would be given `variables` without it.

        Raises:
            OSError: There is no place for its files.
        """
        self._given = variables
        self._place = tempfile.TemporaryDirectory(prefix="hitl-", ignore_cleanup_errors=True)
        self.folder = folder = Path(self._place.name)
        self._state = folder / "state"
        self._state.touch(0o600)  # now: the command may leave a umask that keeps it from being read
        self.arguments: list[str] = []
        self.variables = dict(variables)
        self.is_set = True
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
        """Return what the shell left, or None if it did not say."""
        try:
            descriptor = os.open(self._state, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        with open(descriptor, "rb") as file:
            # The command could have put something else there, which must not be waited for.
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            report = file.read(MOST_BYTES + 1)
        return read_report(report, self._given)

    def close(self) -> None:
        """Delete the files."""
        with contextlib.suppress(OSError):
            self._place.cleanup()

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8", errors="surrogateescape")


@lru_cache(maxsize=1)
def _env_program() -> str:
    """Return the absolute path of env(1), found without anything that a command could have changed."""
    usual = "/usr/bin/env"
    return usual if os.access(usual, os.X_OK) else shutil.which("env") or usual
