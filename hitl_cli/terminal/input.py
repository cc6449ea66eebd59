"""Terminal input for prompt_toolkit: passes on key presses only, and none that were too early."""

import asyncio
import os
import re
import signal
from collections.abc import Callable
from typing import Any, TextIO

from prompt_toolkit.application import Application, get_app, run_in_terminal
from prompt_toolkit.input.typeahead import store_typeahead
from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding import KeyBindings, KeyPress, KeyPressEvent
from prompt_toolkit.keys import Keys

from hitl_cli.terminal.guard import Guard
from hitl_cli.terminal.replies import CURSOR, ESC, IGNORED, PASTE, PASTE_END, STATUS, Replies
from hitl_cli.terminal.toolkit import END_OF_SEQUENCE

# Text that arrives at once with a line end inside is a paste, on a terminal without bracketed paste.
_TEXT = (
    r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"  # no control characters except tabs and line ends; others are keys
)
_UNMARKED_PASTE = re.compile(rf"({_TEXT}*\r(?!\r){_TEXT}+?)(\r*)")

_DEVICE = re.compile(r"\x1b\[>(\d+)[\d;]*c")  # the secondary device attributes


class Parser(Vt100Parser):
    """prompt_toolkit's key parser without terminal replies, and without keys while `guard` is closed."""

    def __init__(
        self,
        guard: Guard,
        pressed: Callable[[KeyPress], None],
        too_early: Callable[[KeyPress], None],
        end_sequence: Callable[[], None],
    ) -> None:
        """Take callbacks for a key that counts, for a key that is too early, and for the end of a lone Esc."""
        super().__init__(pressed)
        self.replies = Replies()
        self.focused: bool | None = None
        self.cursor: tuple[int, int] | None = None
        self.expects_cursor = False  # the next cursor report is not for prompt_toolkit
        self.on_guard_changed: Callable[[], None] = lambda: None
        self.on_device: Callable[[int], None] = lambda number: None
        self.on_stray_paste_end: Callable[[], None] = lambda: None
        self._guard = guard
        self._too_early = Vt100Parser(too_early)
        self._end_sequence = end_sequence
        self._is_pasting = self._paste_is_early = False

    def feed(self, data: str) -> None:
        """Parse input from the terminal."""
        if not self.replies.pasting and (match := _UNMARKED_PASTE.fullmatch(data)):
            data = f"{PASTE}{match[1]}{PASTE_END}{match[2]}"
        for is_reply, piece in self.replies.split(data):
            if is_reply:
                self._reply(piece)
            else:
                self._handle_keys(piece)
        if self.replies.has_partial and not self._guard.is_open:
            self._note_early()

    def begin_drawing(self) -> None:
        """Forget an incomplete key or paste."""
        self._paste_is_early = self._is_pasting
        self.reset()

    def flush(self) -> None:
        """Parse the buffered start of a sequence, because its rest did not arrive."""
        if rest := self.replies.release():
            if self._guard.is_open:
                super().feed(rest)
            else:
                self._drop(rest)
        super().flush()

    def _handle_keys(self, keys: str) -> None:
        if keys == PASTE:
            self._is_pasting, self._paste_is_early = True, not self._guard.is_open
            self._count_or_drop(IGNORED)  # cancels a pending key before the paste, which was part of it
        elif self._is_pasting:
            self._is_pasting = not keys.endswith(PASTE_END)
        elif keys == PASTE_END:
            self.on_stray_paste_end()
            keys = IGNORED
        self._count_or_drop(keys)

    def _count_or_drop(self, keys: str) -> None:
        is_early = not self._guard.is_open or self._paste_is_early
        if not self._is_pasting:
            self._paste_is_early = False
        if is_early:
            self._drop(keys)
            return
        super().feed(keys)
        if keys == ESC:
            super().flush()
            self._end_sequence()

    def _drop(self, keys: str) -> None:
        self._too_early.feed(keys)
        if keys == ESC:
            self._too_early.flush()
        self._note_early()

    def _note_early(self) -> None:
        self._guard.key()
        self.on_guard_changed()

    def _reply(self, reply: str) -> None:
        if reply == STATUS:
            self._guard.answered()
            self.on_guard_changed()
        elif reply in ("\x1b[I", "\x1b[O"):
            self.focused = reply == "\x1b[I"
        elif device := _DEVICE.match(reply):
            self.on_device(int(device[1]))
        elif CURSOR.fullmatch(reply):
            self._guard.expect_answers()
            if self.expects_cursor:
                row, column = reply[2:-1].split(";")
                self.cursor, self.expects_cursor = (int(row), int(column)), False
            else:
                super().feed(reply)


class Input(Vt100Input):
    """A terminal input for prompt_toolkit whose keys all go through a `Parser`."""

    def __init__(
        self,
        terminal: TextIO,
        guard: Guard,
        note: Callable[[KeyPress], None],
        too_early: Callable[[KeyPress], None],
    ) -> None:
        """Take callbacks for every key that counts, and for every key that is too early."""
        super().__init__(terminal)
        self._note = note
        self._keys: list[KeyPress] = []
        self._flushing: asyncio.TimerHandle | None = None
        self.parser = Parser(guard, self._pressed, too_early, lambda: self._keys.append(END_OF_SEQUENCE))

    def read_keys(self) -> list[KeyPress]:
        """Return the keys that have arrived."""
        self.parser.feed(self.stdin_reader.read())
        return self._take_keys()

    def keep(self, text: str) -> None:
        """Keep the keys of `text`, which was read before, for the next application."""
        self.parser.feed(text)
        store_typeahead(self, self._take_keys())

    def flush_keys(self) -> list[KeyPress]:
        """Return the keys of the buffered start of a sequence whose rest did not arrive."""
        self.parser.flush()
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        if seconds := self.parser.replies.seconds_buffered:
            self._flushing = asyncio.get_running_loop().call_later(
                seconds, lambda: self._flush_into(get_app())
            )
        return self._take_keys()

    def _flush_into(self, application: Application[Any]) -> None:
        """Pass buffered keys to `application`, if it is still running."""
        if application.is_running and (keys := self.flush_keys()):
            application.key_processor.feed_multiple(keys)
            application.key_processor.process_keys()

    def _pressed(self, key: KeyPress) -> None:
        self._note(key)
        self._keys.append(key)

    def _take_keys(self) -> list[KeyPress]:
        keys, self._keys = self._keys, []
        return keys


class TypedAhead:
    """Keeps the text of keys that were too early; it is never submitted automatically."""

    def __init__(self) -> None:
        self._text = ""
        self._after_escape = False

    def add(self, key: KeyPress) -> bool:
        """Add what `key` types, and return whether it types anything."""
        is_alt, self._after_escape = self._after_escape, key.key == Keys.Escape
        before = self._text
        if key.key == Keys.BracketedPaste:
            self._text += "\n".join(map(_printable, key.data.replace("\r", "\n").split("\n")))
        elif key.key in (Keys.ControlM, Keys.ControlJ):
            self._text += "\n" if self._text else ""
        elif key.key == Keys.ControlH:
            self._text = self._text[:-1]
        elif key.key == Keys.ControlU:
            self._text = ""
        elif len(key.key) == 1 and not is_alt:
            self._text += _printable(key.key)
        return self._text != before and key.key not in (Keys.ControlM, Keys.ControlJ)

    def take(self) -> str:
        """Return the text and clear it."""
        text, self._text = self._text.strip("\n"), ""
        return text


def _printable(text: str) -> str:
    return "".join(filter(str.isprintable, text))


def suspend_key(resumed: Callable[[], None] = lambda: None) -> KeyBindings:
    """Return the binding of Ctrl-Z; `resumed` is called when the program continues, before it is redrawn."""
    bindings = KeyBindings()

    @bindings.add("c-z")
    def _(event: KeyPressEvent) -> None:
        def stop() -> None:
            os.kill(0, signal.SIGTSTP)  # the whole job, as the terminal would do
            resumed()

        run_in_terminal(stop)

    return bindings
