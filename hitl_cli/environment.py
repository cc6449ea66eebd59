"""The world outside the program, as one value: streams, variables, folders. Built once, at the door."""

import contextlib
import os
import sys
import termios
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO, cast

import platformdirs

from hitl_cli.errors import FolderGoneError, UsageError
from hitl_cli.text import charset


@dataclass(frozen=True)
class Terminal:
    """The terminal at which the person sits: where keys come from and where questions are drawn.

    `line_settings` are those that it had when it was opened, before the program changed any; see `termios.tcgetattr`.
    """

    input: TextIO
    output: TextIO
    line_settings: list[Any]


@dataclass(frozen=True)
class Environment:
    """Everything that the program takes from the process it runs in.

    `current_folder` is None where that is no longer there.

    `stdin`, `stdout` and `stderr` are None where the process was started with that descriptor closed.
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
            FolderGoneError: It is no longer there.
        """
        if self.current_folder is None:
            raise FolderGoneError(
                "The current folder is no longer there, so nothing was done. Go to another one with cd; "
                "hitl run and hitl resume also take one with --cwd."
            )
        return self.current_folder

    def path_of(self, text: str) -> Path:
        """Return what a person wrote as a path, seen from the current folder; `~` is their home.

        Raises:
            FolderGoneError: It is relative, and the current folder is no longer there.
        """
        path = Path(os.path.expanduser(text))
        return path if path.is_absolute() else self.folder / path

    @property
    def has_own_settings_folder(self) -> bool:
        """Whether the settings stand in the program's own folder, and not in a file that the person named."""
        return not self.variables.get("HITL_CONFIG")

    @property
    def own_catalogue(self) -> Path:
        """The person's own entries of the offline catalogue: a file beside the settings."""
        return self.settings_file.with_name("catalogue.toml")

    @classmethod
    def from_process(cls) -> "Environment":
        """Return the environment of this process; `HITL_CONFIG` names another settings file."""
        current_folder = None
        with contextlib.suppress(OSError):
            # A folder that something was mounted over is named, and cannot be reached.
            current_folder = Path.cwd() if Path.cwd().is_dir() else None
        places = _places()
        settings = os.environ.get("HITL_CONFIG") or places["CONFIG"] / "config.toml"
        return cls(
            stdin=sys.stdin,
            stdout=sys.stdout,
            stderr=sys.stderr,
            variables=dict(os.environ),
            current_folder=current_folder,
            settings_file=Path(settings),
            state_folder=places["STATE"],
            cache_folder=places["CACHE"],
        )

    @property
    def has_dumb_terminal(self) -> bool:
        """Whether the terminal says that it cannot move its cursor."""
        return self.variables.get("TERM", "") in ("", "dumb", "unknown")

    def open_terminal(self) -> Terminal | None:
        """Return the person's terminal: standard input and output where both are one, else `/dev/tty`.

        Returns None when the process has no controlling terminal.
        """
        try:
            keys = self.stdin if self.stdin and _is_terminal(self.stdin) else _open_tty("r")
            drawing = self.stdout if self.stdout and _is_terminal(self.stdout) else _open_tty("w")
            return Terminal(keys, drawing, termios.tcgetattr(drawing.fileno()))
        except (OSError, termios.error):
            return None


def _places() -> dict[str, Path]:
    """Return the program's own folders, by what stands for each in the name of its variable.

    Raises:
        UsageError: There is no home for them.
    """
    try:
        places = {
            "CONFIG": platformdirs.user_config_path("hitl"),
            "STATE": platformdirs.user_state_path("hitl"),
            "CACHE": platformdirs.user_cache_path("hitl"),
        }
    except RuntimeError:
        places = {}
    if not places or not all(each.is_absolute() for each in places.values()):
        raise UsageError(
            "There is no home folder for settings and journal: HOME must be an absolute path. Nothing was done. "
            "Set HOME, or XDG_CONFIG_HOME, XDG_STATE_HOME and XDG_CACHE_HOME."
        )
    return places


def _open_tty(mode: str) -> TextIO:
    errors = charset.REPLACING if mode == "w" else "surrogateescape"
    return cast(TextIO, open("/dev/tty", mode, encoding=charset.name(), errors=errors))


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()
