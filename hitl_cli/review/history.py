"""What the person typed before, for a line to search, suggest and complete from."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from prompt_toolkit.history import FileHistory, History

from hitl_cli import private
from hitl_cli.text.masking import Mask, secret_variables


class KeptHistory(History):
    """A history in a file that only the person can read; without one that can be written it lasts as long as a run.

    A text that begins with a blank is not kept, as in a shell, and one that holds a secret (of `variables`, or of a
    well-known form) is not written to the file.
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
            self._file = None  # a question is worth more than its history

    def load_history_strings(self) -> Iterable[str]:
        """Yield what is in the file, the latest first, each text once."""
        yield from dict.fromkeys(self._file.load_history_strings() if self._file else ())

    def append_string(self, string: str) -> None:
        """Keep `string` as the latest."""
        if string and not string[0].isspace():
            super().append_string(string)

    def store_string(self, string: str) -> None:
        """Write `string` to the file."""
        if self._file is not None and self._mask.applied(string)[0] == string:
            try:
                self._file.store_string(string)
            except OSError:
                self._file = None
