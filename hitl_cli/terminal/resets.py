"""The sequences that reset a terminal after a command.

Most are always sent. Sequences that would change a person's own settings (colours, tab stops, cursor shape), move the
cursor or clear the screen are sent only if the command's output may have changed that.

The sequences are those of ECMA-48, of xterm's control sequences and of the keyboard and colour protocols of kitty; for
the Linux console, those of console_codes(4).
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import Enum, auto

ALTERNATE = (47, 1047, 1049)
"""The private modes that switch to the alternate screen."""

_KEEPING_CURSOR = (47, 1047)
_COLUMNS_132, _ORIGIN, _SAVED_CURSOR = 3, 6, 1048
_MOUSE = (9, 1000, 1001, 1002, 1003, 1005, 1006, 1015, 1016)
# Cursor keys, the mouse, focus, bracketed paste, reports, and Windows key reports.
_OFF = (1, *_MOUSE, 1004, 2004, 2031, 2048, 9001)
_ON = (7, 25)  # wrapping, the cursor
_ON_BY_DEFAULT = {2, *_ON, 8, 1007, 1034, 1035, 1046}
_STANDARD_OFF = (2, 4, 20)  # keyboard lock, insert mode, line feeds with a carriage return
_STANDARD_ON_BY_DEFAULT = {12}  # no local echo
_SET_APART = {2, _COLUMNS_132, _ORIGIN, 69, _SAVED_CURSOR, *ALTERNATE, *_ON, *_OFF}

_STRING_END = b"\x1b\\"
_CANCEL = b"\x18"  # sent only after an unfinished sequence, because some terminals display it otherwise
_CHARSETS = b"\x1b(B\x1b)B\x0f"
_CONSOLE_CHARSETS = b"\x1b(B\x1b)0\x0f"
_MARGINS = b"\x1b7\x1b[?69l\x1b[r\x1b8"  # saves the cursor, because both move it to the corner
_NO_ORIGIN = b"\x1b[?6l"  # moves the cursor to the corner
_NEW_LINE_BELOW = b"\x1b[9999;1H\r\n"
_KEYBOARD = b"\x1b[<99u\x1b[=0u"
_KEYS = b"\x1b>\x1b[>4;0m\x1b[>m"
_STYLE = b"\x1b[0m\x1b}"  # colours and styles; the default right half of the character table

# A terminal that does not support these may show parts of them as text: they are sent at the start of a line, which is
# then erased. The cursor is saved first, because some terminals read the keyboard sequences as "restore the cursor".
_AT_LINE_START = b"\x1b7" + _KEYBOARD + b"\x1b F\x1b*B\x1b+B\x1b#5\x1b]8;;\x1b\\"
_CLEAR_LINE = b"\r\x1b[K"

_SAVE_TITLE = b"\x1b[22;0t"
TITLES_SAVED = 2
"""How many times the title is saved, in case the command restores a title that it did not save."""

_RESTORE_TITLE = b"\x1b[23;0t"
_MOST_TITLES = 10  # the size of a terminal's title stack


class Change(Enum):
    """A setting that is reset only if the command may have changed it."""

    COLOURS = auto()
    CURSOR = auto()
    POINTER_SHAPE = auto()
    POINTER_HIDING = auto()
    FONT = auto()
    LEDS = auto()
    PROTECTION = auto()
    CONFORMANCE = auto()
    TAB_STOPS = auto()
    LOCATOR = auto()
    KEY_FORMATS = auto()
    SHIFT_KEY = auto()
    TITLE_FORMAT = auto()
    TEKTRONIX = auto()
    ALTERNATE_KEYS = auto()


_COLOUR_NAMES = (
    b"foreground;background;selection_background;selection_foreground;cursor;cursor_text;visual_bell;"
    + b";".join(b"transparent_background_color%d" % number for number in range(1, 8))
)
_RESETS: dict[Change, bytes] = {
    Change.COLOURS: b"".join(
        b"\x1b]%s\x1b\\" % command
        for command in (
            b"104",
            b"105",
            *(b"%d" % number for number in range(110, 120)),
            b"21;" + _COLOUR_NAMES,
        )
    ),
    Change.CURSOR: b"\x1b[0 q",
    Change.POINTER_SHAPE: b"\x1b]22;\x1b\\",
    Change.POINTER_HIDING: b"\x1b[>1p",
    Change.FONT: b"\x1b]50;#\x1b\\",
    Change.LEDS: b"\x1b[0q",
    Change.KEY_FORMATS: b"\x1b7\x1b[>f\x1b8",
    Change.SHIFT_KEY: b"\x1b[>0s",
    Change.TITLE_FORMAT: b"\x1b[>T",
}
_RESETS_AT_LINE_START = {
    Change.ALTERNATE_KEYS: b"\x1b[?1049h" + _KEYBOARD + b"\x1b[?1049l",
    Change.CONFORMANCE: b"".join(
        b'\x1b[%d;1"p' % level for level in (62, 63, 64, 65)
    ),  # the highest supported one
    Change.PROTECTION: b'\x1bW\x1b[0"q',
    Change.LOCATOR: b"\x1b[0'z\x1b['{",
}
_CONSOLE_RESETS: dict[Change, bytes] = {Change.COLOURS: b"\x1b]R", Change.CURSOR: b"\x1b[?0c"}


@dataclass(frozen=True)
class Changed:
    """What a command may have changed: private and standard modes with their last values, and other settings.

    `unfinished` says whether its output ended within a sequence; `titles_saved` is the change in the number of titles
    on the terminal's stack.
    """

    private: Mapping[int, bool] = field(default_factory=dict)
    standard: Mapping[int, bool] = field(default_factory=dict)
    other: AbstractSet[Change] = frozenset()
    origin: bool = False
    unfinished: bool = False
    titles_saved: int = 0


class Resets:
    """The resets of one kind of terminal."""

    def __init__(self, terminal: str, *, is_utf8: bool) -> None:
        """Take the terminal's name, as in TERM, and whether its encoding is UTF-8."""
        self._is_dumb = terminal in ("", "dumb", "unknown")
        self._is_console = terminal.startswith("linux")
        self._encoding = b"\x1b%G" if is_utf8 else b"\x1b%@"

    def save_title(self) -> bytes:
        """Return the sequence that saves the title; send it before anything that may change the title."""
        return b"" if self._is_dumb or self._is_console else _SAVE_TITLE * TITLES_SAVED

    def reset(self, changed: Changed, columns: int, line_end: bytes) -> bytes:
        """Return the reset after a command; `line_end` moves the cursor to the start of an empty line.

        The cursor does not move otherwise, unless the command set the origin or 132 columns, or used an alternate
        screen after which the terminal does not restore the cursor.
        """
        if self._is_dumb:
            return line_end
        parts = [_CANCEL if changed.unfinished else b"", _STRING_END]
        parts += self._modes(changed)
        other = sorted(changed.other, key=lambda each: each.value)
        resets = _CONSOLE_RESETS if self._is_console else _RESETS
        parts += [resets.get(each, b"") for each in other]
        # After these, no terminal restores the cursor, so it may be anywhere.
        displaced = changed.origin or any(changed.private.get(mode) for mode in _KEEPING_CURSOR)
        parts.append(_NEW_LINE_BELOW if displaced else line_end)
        if not self._is_console:
            parts += [_RESETS_AT_LINE_START.get(each, b"") for each in other]
            parts += [_AT_LINE_START, _CLEAR_LINE]
        if Change.TAB_STOPS in changed.other:
            parts.append(self._tab_stops(columns))
        parts += [] if self._is_console else [_RESTORE_TITLE] * min(changed.titles_saved, _MOST_TITLES)
        return b"".join(parts)

    def _modes(self, changed: Changed) -> list[bytes]:
        private = changed.private
        parts = [b"\x1b\x03"] if Change.TEKTRONIX in changed.other else []
        parts += [] if self._is_console else [b"\x1b<"]  # leaves VT52 mode
        alternate = [mode for mode in ALTERNATE if private.get(mode)]
        parts += [b"\x1b[?%dl" % mode for mode in alternate]
        parts.append(b"\x1b[?1047l\x1b[?47l")
        parts += [b"\x1b[?3l"] if private.get(_COLUMNS_132) else []
        parts += [b"\x1b[?%dl" % mode for mode in _OFF]
        parts += _undone(b"?", private, _ON_BY_DEFAULT, _SET_APART)
        parts += [b"\x1b[?%dh" % mode for mode in _ON]
        parts += [b"\x1b[%dl" % mode for mode in _STANDARD_OFF]
        parts += _undone(b"", changed.standard, _STANDARD_ON_BY_DEFAULT, {*_STANDARD_OFF})
        parts.append(_MARGINS)
        parts += [_NO_ORIGIN] if changed.origin else []
        parts += [_CONSOLE_CHARSETS if self._is_console else _CHARSETS, self._encoding]
        parts += [b"\x1b>\x1b[0;10m"] if self._is_console else [_KEYS, _STYLE]
        return parts

    def _tab_stops(self, columns: int) -> bytes:
        """Set a tab stop at every eighth column, one by one, and with one sequence for terminals that support it."""
        each = b"\x1b[8C\x1bH" * ((columns - 1) // 8)
        at_once = b"" if self._is_console else b"\x1b[?5W"
        return b"\r\x1b[3g" + each + b"\r" + at_once


def is_default(mode: int, is_on: bool, *, private: bool) -> bool:
    """Return whether `is_on` is the default of `mode`."""
    return is_on == (mode in (_ON_BY_DEFAULT if private else _STANDARD_ON_BY_DEFAULT))


def _undone(
    marker: bytes, modes: Mapping[int, bool], on_by_default: set[int], except_for: set[int]
) -> list[bytes]:
    return [
        b"\x1b[%s%d%c" % (marker, mode, b"l" if is_on else b"h")
        for mode, is_on in modes.items()
        if mode not in except_for and is_on != (mode in on_by_default)
    ]
