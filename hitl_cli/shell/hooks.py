"""What a command leaves to the next one: its folder and its exported variables, as its shell had them at the end.

The approved text itself is never touched. Each shell has a file or a flag of its own that it reads before the text;
there, a hook is set that writes the folder and the environment to a file when the shell leaves. Shells without such
a place (dash, ksh, busybox) leave nothing, nor does a text that replaces its shell with `exec` or that sets an exit
trap of its own.
"""

import contextlib
import os
import shlex
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_DUMP = """{{ builtin pwd -P; builtin printf '\\0'; command env -0; }} 2>/dev/null >|{state}"""

_BASH = """\
{restore}
__hitl_leave() {{ {{ set +xveu; trap - DEBUG ERR RETURN; unset -f __hitl_leave; }} >/dev/null 2>&1; {dump}; }}
trap '{{ __hitl_leave; }} 2>/dev/null' EXIT
{original}
"""

_ZSH = """\
{restore}
__hitl_leave() {{ {{ emulate -L zsh; {dump}; }} 2>/dev/null }}
zshexit_functions+=(__hitl_leave)
{original}
"""

_FISH = """\
function __hitl_leave --on-event fish_exit
    begin; builtin pwd -P; builtin printf '\\0'; command env -0; end 2>/dev/null >{state}
end
"""

_OF_THE_SHELL = {"_", "SHLVL", "PWD", "BASH_ENV", "ZDOTDIR", "__hitl_leave", "BASH_FUNC___hitl_leave%%"}
"""Variables that say something about one shell, and that the next finds out for itself."""


@dataclass(frozen=True)
class Inheritance:
    """The folder in which a command's shell ended, and the variables that it exported."""

    folder: Path
    variables: dict[str, str]


class LeavingHook:
    """Makes one shell write down its folder and variables when it leaves; to be closed when that has been read."""

    def __init__(self, program: str, variables: Mapping[str, str]) -> None:
        """Prepare the hook for `program`, which will be given `variables`.

        Raises:
            OSError: There is no place for its files.
        """
        self._given = variables
        self._place = tempfile.TemporaryDirectory(prefix="hitl-", ignore_cleanup_errors=True)
        self.folder = folder = Path(self._place.name)
        self._state = folder / "state"
        state = shlex.quote(str(self._state))
        dump = _DUMP.format(state=state)
        self.arguments: list[str] = []
        self.variables: dict[str, str] = {}
        match Path(program).name:
            case "bash":
                original = variables.get("BASH_ENV")
                restore = "unset BASH_ENV" if original is None else f"export BASH_ENV={shlex.quote(original)}"
                # As bash itself does: the value is expanded, and a file that is not there is passed over.
                read = "" if not original else f'[ ! -f "{original}" ] || . "{original}"'
                self._write(folder / "bash_env", _BASH.format(restore=restore, dump=dump, original=read))
                self.variables["BASH_ENV"] = str(folder / "bash_env")
            case "zsh":
                original = variables.get("ZDOTDIR")
                restore = "unset ZDOTDIR" if original is None else f"export ZDOTDIR={shlex.quote(original)}"
                home = '"${ZDOTDIR:-$HOME}/.zshenv"'
                self._write(
                    folder / ".zshenv",
                    _ZSH.format(restore=restore, dump=dump, original=f"[[ ! -f {home} ]] || . {home}"),
                )
                self.variables["ZDOTDIR"] = str(folder)
            case "fish":
                self.arguments = ["--init-command", _FISH.format(state=state)]

    def inheritance(self) -> Inheritance | None:
        """Return what the shell left, or None if it did not say."""
        try:
            folder, _, environment = self._state.read_bytes().partition(b"\n\0")
        except OSError:
            return None
        if not environment.endswith(b"\0"):
            return None  # cut short: the disk is full
        pairs = (entry.partition(b"=") for entry in environment.split(b"\0"))
        variables = {
            os.fsdecode(name): os.fsdecode(value)
            for name, _, value in pairs
            if name and os.fsdecode(name) not in _OF_THE_SHELL
        }
        variables |= {name: value for name, value in self._given.items() if name in _OF_THE_SHELL}
        return Inheritance(Path(os.fsdecode(folder)), variables)

    def close(self) -> None:
        """Take away the files."""
        with contextlib.suppress(OSError):
            self._place.cleanup()

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8", errors="surrogateescape")
