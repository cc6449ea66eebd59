"""The person's own shell history, in the format of their shell, so that Arrow-up there finds what was approved here."""

import fcntl
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from stat import S_ISREG

_STAMP = re.compile(rb"#\d")
_PATIENCE = 0.25  # seconds
_BEGINNING = 2  # bytes of a file that show how its entries look
_ZSH_META = 0x83
_ZSH_SPECIAL = frozenset((0, *range(_ZSH_META, 0xA3)))  # bytes that zsh keeps for itself
_ZSH_FILES = (".zsh_history", ".zhistory", ".histfile")


def append(shell_name: str, variables: Mapping[str, str], command: str, when: float) -> Path | None:
    """Add `command` to the history of the shell of this name, as run at `when`, in seconds since the epoch.

    `variables` are those of the person's environment, which say where the history is. Nothing is written, and None
    returned, for a command that begins with a blank, for a shell without a history, and where an entry could be read
    as something else.

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
        history.follow(os.pread(descriptor, _BEGINNING, 0))
        entry = history.entry(command.rstrip("\n"), int(when))
        if entry is None:
            return None
        if status.st_size and os.pread(descriptor, 1, status.st_size - 1) != b"\n":
            entry = b"\n" + entry
        os.write(descriptor, entry)  # in one go: others append as well
    finally:
        os.close(descriptor)
    return path


def described(shell_name: str, variables: Mapping[str, str]) -> str:
    """Return in words to which file commands are added, and what could be wrong about that."""
    if shell_name not in _HISTORIES:
        return f"{shell_name} keeps no history that hitl can add to"
    history = _HISTORIES[shell_name](variables)
    path = history.file()
    if history.is_told:
        return str(path) if path else "none: HISTFILE is empty"
    advice = "HISTFILE is not exported, so hitl cannot see whether your shell uses another file; if it does, export it"
    return f"{path} ({advice})" if path else f"no file found ({advice})"


def _lock(descriptor: int) -> None:
    """Wait a moment for others who write, as fish does; what is added stays in one piece also without a lock."""
    deadline = time.monotonic() + _PATIENCE
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
    """The history of one shell: where it is, and what an entry looks like; `variables` are the person's."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def file(self) -> Path | None:
        """Return its file, None if it has none."""
        raise NotImplementedError

    def follow(self, beginning: bytes) -> None:
        """Write entries like those of a file that begins like this, where a shell knows more than one kind."""

    def entry(self, command: str, when: int) -> bytes | None:
        """Return the entry of a command, None where it could be read as something else."""
        raise NotImplementedError

    @property
    def is_told(self) -> bool:
        """Whether the variables say where the file is; if not, it is a guess."""
        return "HISTFILE" in self._variables

    def _home(self, name: str) -> Path | None:
        home = self._variables.get("HOME")
        return Path(home) / name if home else None

    def _named(self) -> Path | None:
        return Path(self._variables["HISTFILE"]) if self._variables["HISTFILE"] else None


class _BashHistory(_History):
    def __init__(self, variables: Mapping[str, str]) -> None:
        super().__init__(variables)
        self._is_stamped = "HISTTIMEFORMAT" in variables

    def file(self) -> Path | None:
        return self._named() if "HISTFILE" in self._variables else self._home(".bash_history")

    def follow(self, beginning: bytes) -> None:
        if beginning:
            self._is_stamped = bool(_STAMP.match(beginning))

    def entry(self, command: str, when: int) -> bytes | None:
        code = command.encode("utf-8", "replace")
        if any(_STAMP.match(line) for line in code.split(b"\n")):
            return None  # bash would take the line for the time of the next one
        if not self._is_stamped:
            return code + b"\n"
        return b"#%d\n%s\n" % (when, code)


class _ZshHistory(_History):
    def file(self) -> Path | None:
        if "HISTFILE" in self._variables:
            return self._named()
        homes = [self._home(name) for name in _ZSH_FILES]
        if folder := self._variables.get("ZDOTDIR"):
            homes = [*(Path(folder) / name for name in _ZSH_FILES), *homes]
        return next((path for path in homes if path is not None and path.is_file()), None)

    def entry(self, command: str, when: int) -> bytes:
        code = command.encode("utf-8", "replace").replace(b"\n", b"\\\n")
        if code.endswith(b"\\"):
            code += b" "  # or the next entry would belong to this one
        kept = b"".join(
            bytes((_ZSH_META, byte ^ 32)) if byte in _ZSH_SPECIAL else bytes((byte,)) for byte in code
        )
        return b": %d:0;%s\n" % (when, kept)


class _FishHistory(_History):
    @property
    def is_told(self) -> bool:
        return True  # fish knows no variable of its own for it

    def file(self) -> Path | None:
        session = self._variables.get("fish_history", "fish")
        data = self._variables.get("XDG_DATA_HOME")
        folder = Path(data) if data else self._home(".local/share")
        return folder / "fish" / f"{session}_history" if folder is not None and session else None

    def entry(self, command: str, when: int) -> bytes:
        code = command.encode("utf-8", "replace").replace(b"\\", b"\\\\").replace(b"\n", b"\\n")
        return b"- cmd: %s\n  when: %d\n" % (code, when)


_HISTORIES: dict[str, type[_History]] = {"bash": _BashHistory, "zsh": _ZshHistory, "fish": _FishHistory}
