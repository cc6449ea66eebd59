"""Completion and history: earlier commands, programs, and files of the folder."""

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History

from hitl_cli import private
from hitl_cli.text.secrets.masking import Mask, secret_variables
from hitl_cli.text.visible import refusal, visible

_WORD = re.compile(r"(?:[^\s;|&()<>'\"\\`]|\\.|'[^']*'?|\"(?:[^\"\\]|\\.)*\"?)*\Z", re.DOTALL)
_BEFORE_COMMAND = re.compile(r"(?:\A|[;|&(`]|\$\(|\b(?:then|do|else|sudo|time|exec|xargs)\s)\s*\Z")
_MAX_FILES = 200


class ShellCompleter(Completer):
    """Completes the word before the cursor, or the whole line from `history`; inserted names are quoted."""

    def __init__(self, folder: Path, variables: Mapping[str, str], history: History) -> None:
        self._folder = folder
        self._home = variables.get("HOME", "")
        self._path = variables.get("PATH", "")
        self._history = history

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield the completions of the text before the cursor."""
        before = document.text_before_cursor
        match = _WORD.search(before)
        word = match[0] if match else ""
        at_command = bool(_BEFORE_COMMAND.search(before[: len(before) - len(word)]))
        plain = _unquoted(word)
        if at_command and "/" not in plain:
            if plain:
                yield from self._earlier(before)
                for name in _programs(self._path):
                    if name.startswith(plain):
                        yield _completion(shlex.quote(name), word, name)
            return
        yield from self._files(plain, word)

    def _files(self, plain: str, word: str) -> Iterator[Completion]:
        head, slash, tail = plain.rpartition("/")
        place = head + slash
        from_home = place.startswith("~/") and bool(self._home)
        folder = self._folder / (self._home + place[1:] if from_home else place)
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            return
        found = (
            entry
            for entry in entries
            if entry.name.startswith(tail) and (tail or not entry.name.startswith("."))
        )
        for _, entry in zip(range(_MAX_FILES), found, strict=False):
            name = entry.name + ("/" if entry.is_dir() else "")
            if refusal(name):
                continue  # no command may contain this name unescaped
            quoted = "~/" + shlex.quote(place[2:] + name) if from_home else shlex.quote(place + name)
            yield _completion(quoted, word, name)

    def _earlier(self, before: str) -> Iterator[Completion]:
        earlier = (
            text for text in self._history.get_strings()[::-1] if text.startswith(before) and text != before
        )
        for _, text in zip(range(5), dict.fromkeys(earlier), strict=False):
            yield _completion(text, before, text)


def _completion(text: str, replaced: str, name: str) -> Completion:
    return Completion(text, start_position=-len(replaced), display=visible(name, single_line=True))


def _unquoted(word: str) -> str:
    """Return `word` without its quotes; an open quote counts as closed at the end."""
    for closing in ("", "'", '"'):
        try:
            return "".join(shlex.split(word + closing))
        except ValueError:
            continue
    return word


@lru_cache(maxsize=1)
def _programs(path: str) -> tuple[str, ...]:
    names: set[str] = set()
    for folder in path.split(os.pathsep):
        try:
            names |= {entry.name for entry in os.scandir(folder) if os.access(entry.path, os.X_OK)}
        except OSError:
            continue
    return tuple(sorted(names))


class CommandHistory(History):
    """A history in a private file; if the file cannot be written, the history lasts until the program ends.

    As in a shell, a text that starts with a blank is not kept. A text with a secret (from `variables`, or in a known
    format) is not written to the file.
    """

    def __init__(self, path: Path, variables: Mapping[str, str]) -> None:
        super().__init__()
        self._mask = Mask(secret_variables(variables))
        self._file: FileHistory | None = None
        try:
            private.make_missing(path.parent)
            os.close(private.open_file(path, os.O_RDWR | os.O_CREAT))
            self._file = FileHistory(str(path))
        except (OSError, private.NotPrivateError):
            self._file = None  # a question must not fail because of its history

    def load_history_strings(self) -> Iterable[str]:
        """Yield the texts in the file, the latest first, each once."""
        yield from dict.fromkeys(self._file.load_history_strings() if self._file else ())

    def append_string(self, string: str) -> None:
        """Add `string` as the latest."""
        if string and not string[0].isspace():
            super().append_string(string)

    def store_string(self, string: str) -> None:
        """Write `string` to the file."""
        if self._file is not None and self._mask.applied(string)[0] == string:
            try:
                self._file.store_string(string)
            except OSError:
                self._file = None
