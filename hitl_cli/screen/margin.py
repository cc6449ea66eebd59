"""The margin before what the program does not say itself: a sign at the beginning of every row, where no text can draw.

The first column of a terminal belongs to the program. What a model says stands behind `▌`, what a workflow prints, or a
command in the background, behind `┊`. Each row begins so, also one that only continues a line that was too long.
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
    """Who speaks: the sign in a margin, that of a terminal without it, and the word in plain lines."""

    sign: str
    ascii_sign: str
    word: str

    def shown(self, *, plain: bool, ascii_only: bool, columns: int) -> str:
        """Return what stands at the beginning of a row of `columns`, with the blank after it."""
        if plain and columns >= _ROOM_FOR_WORDS:
            return f"{self.word}: "
        return f"{self.ascii_sign if plain or ascii_only else self.sign} "


MODEL = Mark("▌", "|", "model")
WORKFLOW = Mark("┊", ":", "workflow")
OUTPUT = Mark("┊", ":", "output")

_ROOM_FOR_WORDS = 24
_TAB = " " * 4
_VARIATION = "\ufe0f"
_COLOURS = re.compile(r"\x1b\[[\d;:]*m")
# A whole sequence of a terminal that moves its cursor or the like; the beginning of one, at the end of a text.
_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_BEGUN = re.compile(r"\x1b(?:\[[0-?]*[ -/]*)?\Z")
_TOKEN = re.compile(r"\x1b\[[\d;:]*m|\n|\r|[ \t]+|[^\s\x1b]+|.", re.DOTALL)
_LONGEST_SEQUENCE = 64
_NO_COLOUR = ("\x1b[m", "\x1b[0m")
_MOST_STYLES = 8


@lru_cache(maxsize=8192)
def most_cells(char: str) -> int:
    """Return how many columns any terminal may give `char`, however it joins it to the one before."""
    if char == _VARIATION or unicodedata.category(char) == "Mc":
        return 1
    return max(get_cwidth(char), cell_len(char))


@dataclass(frozen=True)
class Margin:
    """Draws what is in it behind a margin."""

    content: RenderableType
    style: str
    mark: Mark = MODEL
    plain: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render the content, as many columns narrower, and break what a terminal might find wider."""
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
    """Yield `line` in rows of at most `room` columns, by the widest that any terminal may draw it."""
    if sum(most_cells(char) for segment in line for char in segment.text) <= room:
        yield line
        return
    row: list[Segment] = []
    used = 0
    for segment in line:
        begin = 0
        for at, char in enumerate(segment.text):
            cells = most_cells(char)
            if used + cells > room and used:
                yield [*row, Segment(segment.text[begin:at], segment.style)]
                row, used, begin = [], 0, at
            used += cells
        row.append(Segment(segment.text[begin:], segment.style))
    yield row


class MarginLines:
    """Puts a margin before every row of a text that comes in pieces, for a terminal of `columns`.

    Words stay whole where a row has room for them. Without `colours` the text is printed as `printable` shows it; with
    them, sequences that only colour are left in it, those that move the cursor are left out, and a carriage return has
    the row begin anew, which then ends where the terminal does.
    """

    def __init__(
        self, mark: Mark, columns: Callable[[], int], *, plain: bool, ascii_only: bool, colours: bool = False
    ) -> None:
        """Take who speaks, and what returns how wide the terminal is."""
        self._mark = mark
        self._columns = columns
        self._plain = plain
        self._ascii_only = ascii_only
        self._colours = colours
        self._prose = PrintableProse()
        self._width = columns()
        self._held = ""  # the beginning of a word, or of a sequence, whose rest has not come
        self._used = 0  # columns of the present row
        self._is_begun = False
        self._is_redrawn = False  # a carriage return went back to the beginning of the row
        self._style: deque[str] = deque(maxlen=_MOST_STYLES)

    @property
    def is_open(self) -> bool:
        """Whether a row has begun and not ended."""
        return self._is_begun

    def add(self, piece: str) -> str:
        """Return what can be written now that `piece` has come; the last word waits for its end."""
        self._width = self._columns()
        text = self._held + (piece if self._colours else self._prose.add(piece))
        self._held = ""
        if self._colours:
            text, self._held = _without_end(text, _BEGUN)
            text = _SEQUENCE.sub(lambda match: match[0] if _COLOURS.fullmatch(match[0]) else "", text)
        tokens = _TOKEN.findall(text)
        if tokens and not self._held and not tokens[-1].isspace() and len(tokens[-1]) < self._width:
            self._held = tokens.pop()
        return "".join(map(self._put, tokens))

    def flush(self) -> str:
        """Return what has been held back, without ending the row."""
        held, self._held = self._held, ""
        if not self._colours:
            held += self._prose.end()
        is_begun_sequence = bool(_BEGUN.fullmatch(held)) and len(held) < _LONGEST_SEQUENCE
        if is_begun_sequence:
            self._held = held
            return ""
        shown = "".join(map(self._put, _TOKEN.findall(held)))
        return f"{shown}\x1b[0m" if self._style else shown

    def end(self) -> str:
        """Return what has been held back, and the end of the row if one has begun."""
        shown = self.flush()
        return shown + self._put("\n") if self._is_begun else shown

    def restart(self) -> None:
        """Begin at the beginning of a row: somebody else has ended the present one."""
        self._is_begun = self._is_redrawn = False
        self._used = 0

    def _put(self, token: str) -> str:
        if token == "\n":
            shown = "" if self._is_begun or self._plain else self._begin().rstrip()
            self._is_begun = self._is_redrawn = False
            return f"{shown}{self._uncoloured}\n"
        if self._colours and token == "\r":
            self._is_redrawn = True
            return "\r" + self._begin() if self._is_begun else ""
        if self._colours and _COLOURS.fullmatch(token):
            self._style.append(token)
            if token in _NO_COLOUR:
                self._style.clear()
            return token
        return self._put_text(_safe(token) if self._colours else token)

    def _put_text(self, text: str) -> str:
        text = text.replace("\t", _TAB)
        shown = [] if self._is_begun else [self._begin()]
        room = max(1, self._width - len(self._margin))
        size = sum(map(most_cells, text))
        if text.isspace():
            size = max(0, min(size, room - self._used))  # the next word begins another row
            shown.append(text[:size])
            self._used += size
            return "".join(shown)
        if self._used and self._used + size > room and not self._is_redrawn:
            shown.append(self._wrap())
        for char in text:
            cells = most_cells(char)
            if self._used + cells > room and self._used:
                if self._is_redrawn:
                    break
                shown.append(self._wrap())
            shown.append(char)
            self._used += cells
        return "".join(shown)

    def _wrap(self) -> str:
        return f"{self._uncoloured}\n{self._begin()}"

    def _begin(self) -> str:
        self._is_begun, self._used = True, 0
        return f"{self._uncoloured}{self._margin}{''.join(self._style)}"

    @property
    def _uncoloured(self) -> str:
        return "\x1b[0m" if self._style else ""

    @property
    def _margin(self) -> str:
        return self._mark.shown(plain=self._plain, ascii_only=self._ascii_only, columns=self._width)


def _safe(text: str) -> str:
    prose = PrintableProse()
    return prose.add(text) + prose.end()


def _without_end(text: str, pattern: re.Pattern[str]) -> tuple[str, str]:
    found = pattern.search(text, max(0, len(text) - _LONGEST_SEQUENCE))
    return (text[: found.start()], found[0]) if found else (text, "")
