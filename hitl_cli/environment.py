"""The program's environment as one value: streams, variables, folders. Created once, at the start."""

import contextlib
import os
import sys
import termios
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO, cast

import platformdirs

from hitl_cli.errors import FolderGoneError, UsageError
from hitl_cli.text import charset


@dataclass
class TerminalReports:
    """What the terminal has sent so far, apart from keys: `device` is the first number of its secondary attributes.

    `typed_ahead` are keys that were read before anything could take them.
    """

    typed_ahead: bytearray = field(default_factory=bytearray)
    device: int | None = None


@dataclass(frozen=True)
class Terminal:
    """The person's terminal: the input of keys and the output of questions.

    `line_settings` are its settings before the program changed any; see `termios.tcgetattr`.
    """

    input: TextIO
    output: TextIO
    line_settings: list[Any]
    reports: TerminalReports = field(default_factory=TerminalReports)


@dataclass(frozen=True)
class Environment:
    """Everything that the program reads from its process.

    `current_folder` is None if it no longer exists. `stdin`, `stdout` and `stderr` are None if the process was started
    with that descriptor closed.
    """

    stdin: TextIO | None
    stdout: TextIO | None
    stderr: TextIO | None
    variables: Mapping[str, str]
    current_folder: Path | None
    settings_file: Path
    state_folder: Path
    cache_folder: Path

    @property
    def folder(self) -> Path:
        """The current folder.

        Raises:
            FolderGoneError: It no longer exists.
        """
        if self.current_folder is None:
            raise FolderGoneError(
                "The current folder no longer exists. Nothing was done. Change to another folder with cd, or use --cwd "
                "with hitl run and hitl resume."
            )
        return self.current_folder

    def path_of(self, text: str) -> Path:
        """Return the absolute path of `text`, relative to the current folder; `~` is expanded.

        Raises:
            FolderGoneError: It is relative, and the current folder no longer exists.
        """
        path = Path(os.path.expanduser(text))
        return path if path.is_absolute() else self.folder / path

    @property
    def has_own_settings_folder(self) -> bool:
        """Whether the settings file is in the program's own folder, not one named by `HITL_CONFIG`."""
        return not self.variables.get("HITL_CONFIG")

    @property
    def own_catalogue(self) -> Path:
        """The user's own entries of the offline catalogue: a file next to the settings."""
        return self.settings_file.with_name("catalogue.toml")

    @property
    def own_rules(self) -> Path:
        """The user's own rules about commands: a file next to the settings."""
        return self.settings_file.with_name("rules.toml")

    @classmethod
    def from_process(cls) -> "Environment":
        """Return the environment of this process; `HITL_CONFIG` can name another settings file."""
        current_folder = None
        with contextlib.suppress(OSError):
            # If something was mounted over the folder, it has a name but cannot be entered.
            current_folder = Path.cwd() if Path.cwd().is_dir() else None
        folders = _folders()
        settings = os.environ.get("HITL_CONFIG") or folders["CONFIG"] / "config.toml"
        return cls(
            stdin=sys.stdin,
            stdout=sys.stdout,
            stderr=sys.stderr,
            variables=dict(os.environ),
            current_folder=current_folder,
            settings_file=Path(settings),
            state_folder=folders["STATE"],
            cache_folder=folders["CACHE"],
        )

    @property
    def has_dumb_terminal(self) -> bool:
        """Whether `TERM` says that the terminal cannot move its cursor."""
        return self.variables.get("TERM", "") in ("", "dumb", "unknown")

    def open_terminal(self) -> Terminal | None:
        """Return the person's terminal: standard input and output if they are terminals, otherwise `/dev/tty`.

        Returns None if the process has no controlling terminal.
        """
        try:
            keys = self.stdin if self.stdin and _is_terminal(self.stdin) else _open_tty("r")
            drawing = self.stdout if self.stdout and _is_terminal(self.stdout) else _open_tty("w")
            return Terminal(keys, drawing, termios.tcgetattr(drawing.fileno()))
        except (OSError, termios.error):
            return None


def _folders() -> dict[str, Path]:
    """Return the program's folders by the words in the names of their XDG variables.

    Raises:
        UsageError: There is no home folder.
    """
    try:
        folders = {
            "CONFIG": platformdirs.user_config_path("hitl"),
            "STATE": platformdirs.user_state_path("hitl"),
            "CACHE": platformdirs.user_cache_path("hitl"),
        }
    except RuntimeError:
        folders = {}
    if not folders or not all(each.is_absolute() for each in folders.values()):
        raise UsageError(
            "No home folder for settings and journal: HOME is not an absolute path. Nothing was done. "
            "Set HOME, or XDG_CONFIG_HOME, XDG_STATE_HOME and XDG_CACHE_HOME."
        )
    return folders


def _open_tty(mode: str) -> TextIO:
    errors = charset.REPLACING if mode == "w" else "surrogateescape"
    return cast(TextIO, open("/dev/tty", mode, encoding=charset.name(), errors=errors))


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()
