"""What a command prints in a preview: as lines of safe text, each marked as a preview's."""

import codecs
from collections.abc import Callable

from hitl_cli.shell.resolve import resolved
from hitl_cli.text.prose import printable

MARK = "┆ "
"""Before each line that a command prints in a preview."""

_LONGEST_LINE = 1 << 12


class PreviewOutput:
    """Turns the bytes of an output into lines, and calls `show` with each when it is complete."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def add(self, chunk: bytes) -> None:
        """Add what was printed next."""
        self._rest += self._decoder.decode(chunk)
        *lines, self._rest = self._rest.split("\n")
        for line in lines:
            self._line(line)
        while len(self._rest) > _LONGEST_LINE:
            self._line(self._rest[:_LONGEST_LINE])
            self._rest = self._rest[_LONGEST_LINE:]

    def end(self) -> None:
        """Show an incomplete last line."""
        if self._rest:
            self._line(self._rest)
            self._rest = ""

    def _line(self, line: str) -> None:
        for each in resolved(line).split("\n"):
            self._show(MARK + printable(each))
