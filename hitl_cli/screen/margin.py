"""The margin beside text that is not the program's own: a sign in the first column of each row, where no text can draw.

The model's text has `▌`. What a workflow prints, and the last output of a background command, has `┊`. A row that
continues a line that was too long has the sign too.
"""

import re
import unicodedata
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from prompt_toolkit.utils import get_cwidth
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment

from hitl_cli.text.prose import PrintableProse


@dataclass(frozen=True)
class Mark:
    """A source of text: its sign in the margin, the sign in ASCII, and its word in plain lines."""

    sign: str
    ascii_sign: str
    word: str

    def shown(self, *, plain: bool, ascii_only: bool, columns: int) -> str:
        """Return the start of a row of `columns`, with the blank after it."""
        if plain and columns >= _MIN_COLUMNS_FOR_WORDS:
            return f"{self.word}: "
        return f"{self.ascii_sign if plain or ascii_only else self.sign} "


MODEL = Mark("▌", "|", "model")
WORKFLOW = Mark("┊", ":", "workflow")
OUTPUT = Mark("┊", ":", "output")

_MIN_COLUMNS_FOR_WORDS = 24
_TAB = " " * 4
_VARIATION_SELECTOR = "\ufe0f"
_COLOURS = re.compile(r"\x1b\[[\d;:]*m")
# A complete escape sequence, for example one that moves the cursor; an incomplete one at the end of a text.
_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_INCOMPLETE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*)?\Z")
_TOKEN = re.compile(r"\x1b\[[\d;:]*m|\n|\r|[ \t]+|[^\s\x1b]+|.", re.DOTALL)
_MAX_SEQUENCE = 64
_NO_COLOUR = ("\x1b[m", "\x1b[0m")
_MAX_STYLES = 8


@lru_cache(maxsize=8192)
def max_cells(char: str) -> int:
    """Return how many columns a terminal may use for `char` at most, whether or not it joins it to the one before."""
    if char == _VARIATION_SELECTOR or unicodedata.category(char) == "Mc":
        return 1
    return max(get_cwidth(char), cell_len(char))


@dataclass(frozen=True)
class Margin:
    """Draws its content behind a margin."""

    content: RenderableType
    style: str
    mark: Mark = MODEL
    plain: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render the content in the columns that are left, and break rows that a terminal might draw wider."""
        mark = self.mark.shown(plain=self.plain, ascii_only=options.ascii_only, columns=options.max_width)
        room = max(1, options.max_width - len(mark))
        style = console.get_style(self.style)
        inner = options.update(width=room, height=None)
        for line in console.render_lines(self.content, inner, pad=False):
            for row in _rows(line, room):
                yield Segment(mark if any(segment.text for segment in row) else mark.rstrip(), style)
                yield from row
                yield Segment.line()


def _rows(line: list[Segment], room: int) -> Iterator[list[Segment]]:
    """Yield `line` in rows of at most `room` columns, measured by the widest that any terminal may draw it."""
    if sum(max_cells(char) for segment in line for char in segment.text) <= room:
        yield line
        return
    row: list[Segment] = []
    used = 0
    for segment in line:
        start = 0
        for at, char in enumerate(segment.text):
            cells = max_cells(char)
            if used + cells > room and used:
                yield [*row, Segment(segment.text[start:at], segment.style)]
                row, used, start = [], 0, at
            used += cells
        row.append(Segment(segment.text[start:], segment.style))
    yield row


class MarginLines:
    """Adds a margin to every row of a streamed text, for a terminal of `columns`.

    Words are not broken if they fit in a row. Without `colours`, the text is shown as `printable` shows it. With them,
    colour sequences stay, sequences that move the cursor are removed, and a carriage return redraws the row, which is
    then cut at the width of the terminal.
    """

    def __init__(
        self, mark: Mark, columns: Callable[[], int], *, plain: bool, ascii_only: bool, colours: bool = False
    ) -> None:
        """Take the source of the text, and a function that returns the width of the terminal."""
        self._mark = mark
        self._columns = columns
        self._plain = plain
        self._ascii_only = ascii_only
        self._colours = colours
        self._prose = PrintableProse()
        self._width = columns()
        self._held = ""  # an incomplete word or escape sequence
        self._used = 0  # columns of the current row
        self._has_row = False
        self._is_redrawn = False  # a carriage return went back to the start of the row
        self._style: deque[str] = deque(maxlen=_MAX_STYLES)

    @property
    def is_open(self) -> bool:
        """Whether the current row has not ended."""
        return self._has_row

    def add(self, piece: str) -> str:
        """Add `piece`, and return what can be written now; the last word is held until it is complete."""
        self._width = self._columns()
        text = self._held + (piece if self._colours else self._prose.add(piece))
        self._held = ""
        if self._colours:
            text, self._held = _split_end(text, _INCOMPLETE)
            text = _SEQUENCE.sub(lambda match: match[0] if _COLOURS.fullmatch(match[0]) else "", text)
        tokens = _TOKEN.findall(text)
        if tokens and not self._held and not tokens[-1].isspace() and len(tokens[-1]) < self._width:
            self._held = tokens.pop()
        return "".join(map(self._put, tokens))

    def flush(self) -> str:
        """Return what was held, without ending the row."""
        held, self._held = self._held, ""
        if not self._colours:
            held += self._prose.end()
        if _INCOMPLETE.fullmatch(held) and len(held) < _MAX_SEQUENCE:
            self._held = held
            return ""
        shown = "".join(map(self._put, _TOKEN.findall(held)))
        return f"{shown}\x1b[0m" if self._style else shown

    def end(self) -> str:
        """Return what was held, and the end of the row if it has not ended."""
        shown = self.flush()
        return shown + self._put("\n") if self._has_row else shown

    def restart(self) -> None:
        """Continue on a new row: other output has ended the current one."""
        self._has_row = self._is_redrawn = False
        self._used = 0

    def _put(self, token: str) -> str:
        if token == "\n":
            shown = "" if self._has_row or self._plain else self._start_row().rstrip()
            self._has_row = self._is_redrawn = False
            return f"{shown}{self._uncoloured}\n"
        if self._colours and token == "\r":
            self._is_redrawn = True
            return "\r" + self._start_row() if self._has_row else ""
        if self._colours and _COLOURS.fullmatch(token):
            self._style.append(token)
            if token in _NO_COLOUR:
                self._style.clear()
            return token
        return self._put_text(_escaped(token) if self._colours else token)

    def _put_text(self, text: str) -> str:
        text = text.replace("\t", _TAB)
        shown = [] if self._has_row else [self._start_row()]
        room = max(1, self._width - len(self._margin))
        size = sum(map(max_cells, text))
        if text.isspace():
            size = max(0, min(size, room - self._used))  # the next word starts a new row
            shown.append(text[:size])
            self._used += size
            return "".join(shown)
        if self._used and self._used + size > room and not self._is_redrawn:
            shown.append(self._wrap())
        for char in text:
            cells = max_cells(char)
            if self._used + cells > room and self._used:
                if self._is_redrawn:
                    break
                shown.append(self._wrap())
            shown.append(char)
            self._used += cells
        return "".join(shown)

    def _wrap(self) -> str:
        return f"{self._uncoloured}\n{self._start_row()}"

    def _start_row(self) -> str:
        self._has_row, self._used = True, 0
        return f"{self._uncoloured}{self._margin}{''.join(self._style)}"

    @property
    def _uncoloured(self) -> str:
        return "\x1b[0m" if self._style else ""

    @property
    def _margin(self) -> str:
        return self._mark.shown(plain=self._plain, ascii_only=self._ascii_only, columns=self._width)


def _escaped(text: str) -> str:
    prose = PrintableProse()
    return prose.add(text) + prose.end()


def _split_end(text: str, pattern: re.Pattern[str]) -> tuple[str, str]:
    found = pattern.search(text, max(0, len(text) - _MAX_SEQUENCE))
    return (text[: found.start()], found[0]) if found else (text, "")
