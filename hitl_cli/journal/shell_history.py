"""Appends approved commands to the user's shell history, in the format of their shell."""

import fcntl
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from stat import S_ISREG

_TIMESTAMP = re.compile(rb"#\d")
_LOCK_TIMEOUT = 0.25  # seconds
_PREFIX = 2  # bytes at the start of a file that show the format of its entries
_ZSH_META = 0x83
_ZSH_SPECIAL = frozenset((0, *range(_ZSH_META, 0xA3)))  # bytes that zsh escapes in its history
_ZSH_FILES = (".zsh_history", ".zhistory", ".histfile")


def append(shell_name: str, variables: Mapping[str, str], command: str, when: float) -> Path | None:
    """Append `command` to the history file of this shell, as run at `when`, in seconds since the epoch.

    `variables` is the user's environment, which tells where the file is. Returns the file, or None if nothing was
    written: for a command that begins with a blank, a shell without a known history, or an entry that the shell would
    misread.

    Raises:
        OSError: The file cannot be written.
    """
    if shell_name not in _HISTORIES or not command.strip() or command[0].isspace():
        return None
    history = _HISTORIES[shell_name](variables)
    path = history.file()
    if path is None:
        return None
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
    descriptor = os.open(path, flags, 0o600)
    try:
        _lock(descriptor)
        status = os.fstat(descriptor)
        if not S_ISREG(status.st_mode):
            return None
        history.detect_format(os.pread(descriptor, _PREFIX, 0))
        entry = history.entry(command.rstrip("\n"), int(when))
        if entry is None:
            return None
        if status.st_size and os.pread(descriptor, 1, status.st_size - 1) != b"\n":
            entry = b"\n" + entry
        os.write(descriptor, entry)  # one write, because shells append to the file too
    finally:
        os.close(descriptor)
    return path


def describe(shell_name: str, variables: Mapping[str, str]) -> str:
    """Return words for the user: the file that commands are added to, and why it may be the wrong one."""
    if shell_name not in _HISTORIES:
        return f"{shell_name} has no history that hitl can write"
    history = _HISTORIES[shell_name](variables)
    path = history.file()
    if history.names_file:
        return f"commands are added to {path}" if path else "no command is added, because HISTFILE is empty"
    advice = "HISTFILE is not exported, so hitl cannot see it; export it if your shell uses another file"
    return f"{f'commands are added to {path}' if path else 'no file was found'} ({advice})"


def _lock(descriptor: int) -> None:
    """Wait briefly for the lock, as fish does. Without it the entry still stays whole, because it is one write."""
    deadline = time.monotonic() + _LOCK_TIMEOUT
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() > deadline:
                return
            time.sleep(0.002)
        else:
            return


class _History:
    """The history of one shell: its file and the format of an entry; `variables` is the user's environment."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def file(self) -> Path | None:
        """Return the history file, or None if there is none."""
        raise NotImplementedError

    def detect_format(self, prefix: bytes) -> None:
        """Choose the entry format from the first bytes of the file, if the shell has more than one format."""

    def entry(self, command: str, when: int) -> bytes | None:
        """Return the entry of a command, or None if the shell would misread it."""
        raise NotImplementedError

    @property
    def names_file(self) -> bool:
        """Whether the variables name the file; if not, it is a guess."""
        return "HISTFILE" in self._variables

    def _in_home(self, name: str) -> Path | None:
        home = self._variables.get("HOME")
        return Path(home) / name if home else None

    def _histfile(self) -> Path | None:
        return Path(self._variables["HISTFILE"]) if self._variables["HISTFILE"] else None


class _BashHistory(_History):
    def __init__(self, variables: Mapping[str, str]) -> None:
        super().__init__(variables)
        self._has_timestamps = "HISTTIMEFORMAT" in variables

    def file(self) -> Path | None:
        return self._histfile() if "HISTFILE" in self._variables else self._in_home(".bash_history")

    def detect_format(self, prefix: bytes) -> None:
        if prefix:
            self._has_timestamps = bool(_TIMESTAMP.match(prefix))

    def entry(self, command: str, when: int) -> bytes | None:
        code = command.encode("utf-8", "replace")
        if any(_TIMESTAMP.match(line) for line in code.split(b"\n")):
            return None  # bash would read the line as a timestamp
        if not self._has_timestamps:
            return code + b"\n"
        return b"#%d\n%s\n" % (when, code)


class _ZshHistory(_History):
    def file(self) -> Path | None:
        if "HISTFILE" in self._variables:
            return self._histfile()
        homes = [self._in_home(name) for name in _ZSH_FILES]
        if folder := self._variables.get("ZDOTDIR"):
            homes = [*(Path(folder) / name for name in _ZSH_FILES), *homes]
        return next((path for path in homes if path is not None and path.is_file()), None)

    def entry(self, command: str, when: int) -> bytes:
        code = command.encode("utf-8", "replace").replace(b"\n", b"\\\n")
        if code.endswith(b"\\"):
            code += b" "  # otherwise the next entry would continue this one
        kept = b"".join(
            bytes((_ZSH_META, byte ^ 32)) if byte in _ZSH_SPECIAL else bytes((byte,)) for byte in code
        )
        return b": %d:0;%s\n" % (when, kept)


class _FishHistory(_History):
    @property
    def names_file(self) -> bool:
        return True  # fish has no variable that names the file

    def file(self) -> Path | None:
        session = self._variables.get("fish_history", "fish")
        data = self._variables.get("XDG_DATA_HOME")
        folder = Path(data) if data else self._in_home(".local/share")
        return folder / "fish" / f"{session}_history" if folder is not None and session else None

    def entry(self, command: str, when: int) -> bytes:
        code = command.encode("utf-8", "replace").replace(b"\\", b"\\\\").replace(b"\n", b"\\n")
        return b"- cmd: %s\n  when: %d\n" % (code, when)


_HISTORIES: dict[str, type[_History]] = {"bash": _BashHistory, "zsh": _ZshHistory, "fish": _FishHistory}
