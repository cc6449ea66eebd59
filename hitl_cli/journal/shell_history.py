"""The person's own shell history, in the format of their shell, so that Arrow-up there finds what was approved here."""

import fcntl
import os
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from stat import S_ISREG

_STAMP = re.compile(rb"#\d")
_PATIENCE = 0.25  # seconds
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
    if shell_name not in _FORMATS or not command.strip() or command[0].isspace():
        return None
    file_of, entry_of = _FORMATS[shell_name]
    path = file_of(variables)
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
        is_stamped = (
            bool(_STAMP.match(os.pread(descriptor, 2, 0)))
            if status.st_size
            else ("HISTTIMEFORMAT" in variables)
        )
        entry = entry_of(command.rstrip("\n"), int(when), is_stamped)
        if entry is None:
            return None
        if status.st_size and os.pread(descriptor, 1, status.st_size - 1) != b"\n":
            entry = b"\n" + entry
        os.write(descriptor, entry)  # in one go: others append as well
    finally:
        os.close(descriptor)
    return path


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


def _bash_file(variables: Mapping[str, str]) -> Path | None:
    named = variables.get("HISTFILE")
    if named is not None:
        return Path(named) if named else None
    return _home(variables, ".bash_history")


def _bash_entry(command: str, when: int, is_stamped: bool) -> bytes | None:
    code = command.encode("utf-8", "replace")
    if any(_STAMP.match(line) for line in code.split(b"\n")):
        return None  # bash would take the line for the time of the next one
    if not is_stamped:
        return code + b"\n"
    return b"#%d\n%s\n" % (when, code)


def _zsh_file(variables: Mapping[str, str]) -> Path | None:
    named = variables.get("HISTFILE")
    if named is not None:
        return Path(named) if named else None
    homes = [_home(variables, name) for name in _ZSH_FILES]
    if variables.get("ZDOTDIR"):
        homes = [*(Path(variables["ZDOTDIR"]) / name for name in _ZSH_FILES), *homes]
    return next((path for path in homes if path is not None and path.is_file()), None)


def _zsh_entry(command: str, when: int, is_stamped: bool) -> bytes | None:
    code = command.encode("utf-8", "replace").replace(b"\n", b"\\\n")
    if code.endswith(b"\\"):
        code += b" "  # or the next entry would belong to this one
    kept = b"".join(
        bytes((_ZSH_META, byte ^ 32)) if byte in _ZSH_SPECIAL else bytes((byte,)) for byte in code
    )
    return b": %d:0;%s\n" % (when, kept)


def _fish_file(variables: Mapping[str, str]) -> Path | None:
    session = variables.get("fish_history", "fish")
    data = variables.get("XDG_DATA_HOME")
    folder = Path(data) if data else _home(variables, ".local/share")
    return folder / "fish" / f"{session}_history" if folder is not None and session else None


def _fish_entry(command: str, when: int, is_stamped: bool) -> bytes | None:
    code = command.encode("utf-8", "replace").replace(b"\\", b"\\\\").replace(b"\n", b"\\n")
    return b"- cmd: %s\n  when: %d\n" % (code, when)


def _home(variables: Mapping[str, str], name: str) -> Path | None:
    home = variables.get("HOME")
    return Path(home) / name if home else None


_FORMATS: dict[
    str,
    tuple[
        Callable[[Mapping[str, str]], Path | None],
        Callable[[str, int, bool], bytes | None],
    ],
] = {
    "bash": (_bash_file, _bash_entry),
    "zsh": (_zsh_file, _zsh_entry),
    "fish": (_fish_file, _fish_entry),
}
