"""The keys of a person at a terminal: which count, which come too early, and how they follow each other."""

import asyncio
import contextlib
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TextIO

from prompt_toolkit.application import Application, get_app
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import Output, create_output

from hitl_cli.environment import Terminal
from hitl_cli.review.replies import CURSOR, ESC, PASTE, PASTE_END, STATUS, Replies
from hitl_cli.review.toolkit import END_OF_SEQUENCE

_STATUS_QUERY = "\x1b[5n"
_REPLY_TIME = 0.3  # seconds to wait for the reply of a terminal; one that answers does so sooner
_BLIND_TIME = 0.02  # seconds after the drawing in which, without an answer, no key can be meant
_REMEMBERED = 16  # keys
TOGETHER = 0.025
"""Seconds between two keys that nobody pressed: fingers are slower; a paste and a slow line bring several at once."""

# Text with a line end before the last of it, all at once: a paste, on a terminal that does not mark one as such.
_TEXT = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"  # no control characters but tabs and line ends: others are keys
_UNMARKED_PASTE = re.compile(rf"({_TEXT}*\r(?!\r){_TEXT}+?)(\r*)")


class _Parser(Vt100Parser):
    """prompt_toolkit's parser of keys, which gets nothing but keys, and none that came too early."""

    def __init__(
        self,
        feed_key_callback: Callable[[KeyPress], None],
        end_sequence: Callable[[], None],
        dropped: Callable[[KeyPress], None],
    ) -> None:
        super().__init__(feed_key_callback)
        self._end_sequence = end_sequence
        self.replies = Replies()
        self.focused: bool | None = None
        self._dropped = Vt100Parser(dropped)
        self._drawn_at: float | None = None
        self._early: list[tuple[float, str]] = []

    def feed(self, data: str) -> None:
        if not self.replies.pasting and (match := _UNMARKED_PASTE.fullmatch(data)):
            data = f"{PASTE}{match[1]}{PASTE_END}{match[2]}"
        for is_reply, piece in self.replies.split(data):
            if is_reply:
                self._reply(piece)
            else:
                self._take(piece)

    def flush(self) -> None:
        if rest := self.replies.release():
            super().feed(rest)
        super().flush()

    def _take(self, keys: str) -> None:
        if self._drawn_at is not None:
            self._early.append((time.monotonic(), keys))
            return
        super().feed(keys)
        if keys == ESC:
            super().flush()
            self._end_sequence()

    def expect_drawing(self) -> None:
        """Keep keys back until the terminal has answered, and drop those from before."""
        self._drop()
        self._drawn_at = time.monotonic()

    def give_up_waiting(self) -> None:
        """Take the keys that were kept back from a terminal that does not answer."""
        if self._drawn_at is None:
            return
        seen_at, self._drawn_at = self._drawn_at + _BLIND_TIME, None
        late = [keys for at, keys in self._early if at >= seen_at]
        self._early = [early for early in self._early if early[0] < seen_at]
        self._drop()
        for keys in late:
            self._take(keys)

    def _drop(self) -> None:
        early, self._early = self._early, []
        for _, keys in early:
            self._dropped.feed(keys)

    def _reply(self, reply: str) -> None:
        if reply == STATUS and self._drawn_at is not None:
            self._drawn_at = None
            self._drop()
        elif reply in ("\x1b[I", "\x1b[O"):
            self.focused = reply == "\x1b[I"
        elif CURSOR.fullmatch(reply):
            super().feed(reply)


class _Input(Vt100Input):
    """A terminal whose keys all go through `_Parser`, by what every input of prompt_toolkit has to offer."""

    def __init__(self, terminal: TextIO, note: Callable[[KeyPress], None]) -> None:
        super().__init__(terminal)
        self._note = note
        self._keys: list[KeyPress] = []
        self._flushing: asyncio.TimerHandle | None = None
        self.parser = _Parser(self._pressed, lambda: self._keys.append(END_OF_SEQUENCE), note)

    def read_keys(self) -> list[KeyPress]:
        self.parser.feed(self.stdin_reader.read())
        return self._taken()

    def flush_keys(self) -> list[KeyPress]:
        self.parser.flush()
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        if seconds := self.parser.replies.seconds_kept:
            self._flushing = asyncio.get_running_loop().call_later(
                seconds, lambda: self.flush_into(get_app())
            )
        return self._taken()

    def flush_into(self, application: Application[Any]) -> None:
        """Let `application` have the keys that are kept back, if it still runs and they are kept no longer."""
        if application.is_running and (keys := self.flush_keys()):
            application.key_processor.feed_multiple(keys)
            application.key_processor.process_keys()

    def _pressed(self, key: KeyPress) -> None:
        self._note(key)
        self._keys.append(key)

    def _taken(self) -> list[KeyPress]:
        keys, self._keys = self._keys, []
        return keys


class Keyboard:
    """The keys of a terminal, and its screen as prompt_toolkit draws on it."""

    def __init__(self, terminal: Terminal) -> None:
        self.input = _Input(terminal.input, self._note)
        self.output: Output = create_output(terminal.output)
        self.terminal = terminal
        self.keys_pressed = 0
        self._latest: deque[tuple[str, bool]] = deque(
            maxlen=_REMEMBERED
        )  # the key, and whether it came alone
        self._quiet = True
        self._quiet_soon: asyncio.TimerHandle | None = None
        self._giving_up: asyncio.TimerHandle | None = None
        self._pressed_at: dict[str, tuple[float, float]] = {}
        self._parser = self.input.parser
        self._parser.replies.take_back_escape = self._take_back_escape
        self._go_back: Callable[[], None] | None = None
        ask_for_cursor = self.output.ask_for_cpr

        def ask() -> None:
            self._parser.replies.expect()
            ask_for_cursor()

        self.output.ask_for_cpr = ask  # type: ignore[method-assign]

    def _note(self, key: KeyPress) -> None:
        """Remember when a key was pressed, whether it counts or not."""
        if key.key == Keys.CPRResponse:
            return
        now = time.monotonic()
        self.keys_pressed += 1
        self._latest.append((key.key, self._quiet))
        self._expect_quiet()
        self._pressed_at[key.key] = (now, self._pressed_at.get(key.key, (-float("inf"), 0.0))[0])

    def _expect_quiet(self) -> None:
        """Know after a while that no key waits to be read: the loop reads what has come before it looks at timers."""

        def quiet() -> None:
            self._quiet = True

        self._quiet = False
        if self._quiet_soon is not None:
            self._quiet_soon.cancel()
        self._quiet_soon = asyncio.get_running_loop().call_later(TOGETHER, quiet)

    def came_alone(self, keys: Sequence[KeyPress]) -> bool:
        """Return whether nothing was pressed together with `keys`, which are the latest, just before the first."""
        return len(self._latest) < len(keys) or self._latest[-len(keys)][1]

    def repeats(self, keys: Sequence[KeyPress]) -> bool:
        """Return whether the key before `keys`, which are the latest, was the last of them too."""
        return len(self._latest) > len(keys) and self._latest[-len(keys) - 1][0] == keys[-1].key

    @property
    def in_a_burst(self) -> bool:
        """Whether the latest key came faster after the one before it than a person presses keys."""
        return bool(self._latest) and not self._latest[-1][1]

    def seconds_since_same(self, key: KeyPress) -> float:
        """Return the time between the last two times that `key` was pressed, at whatever it was."""
        if key.key not in self._pressed_at:
            return float("inf")
        latest, before = self._pressed_at[key.key]
        return latest - before

    @property
    def focused(self) -> bool | None:
        """Whether the terminal's window has the focus, None where the terminal did not say."""
        return self._parser.focused

    def forget_focus(self) -> None:
        """Forget what the terminal said of its focus."""
        self._parser.focused = None

    @contextlib.contextmanager
    def taking_back(self, go_back: Callable[[], None]) -> Iterator[None]:
        """While the block runs, call `go_back` if the Esc just before turns out to belong to what the terminal sent."""
        self._go_back = go_back
        try:
            yield
        finally:
            self._go_back = None

    def _take_back_escape(self) -> None:
        get_app().key_processor.reset()  # it may still wait there for another key
        if self._go_back is not None:
            self._go_back()

    def deliberate_keys_only(self, application: Application[Any]) -> None:
        """Let no key count that was pressed before `application`, about to be run, has drawn itself once.

        The terminal is asked for its status just ahead of the drawing. As it answers in the order in which things
        reach it, every key before the answer was pressed when nothing was on the screen yet, however far away the
        terminal is.
        """
        clear_typeahead(self.input)
        if self._giving_up is not None:
            self._giving_up.cancel()

        def before_drawing(_: Application[Any]) -> None:
            application.before_render -= before_drawing
            self._parser.expect_drawing()
            self._parser.replies.expect()
            self.output.write_raw(_STATUS_QUERY)  # goes out with the drawing, in one write
            self._giving_up = asyncio.get_running_loop().call_later(_REPLY_TIME, give_up)

        def give_up() -> None:
            self._parser.give_up_waiting()
            self.input.flush_into(application)

        application.before_render += before_drawing
