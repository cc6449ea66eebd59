"""Decides whether a key press was deliberate: a single press, not part of a paste and not a key repeat."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.key_binding import KeyPressEvent

from hitl_cli.keys import shown
from hitl_cli.terminal.keyboard import Keyboard

_AGAIN = 0.5  # seconds; the same key pressed again within this time was not deliberate, or is held down
_AFTER = 0.5  # seconds after a paste in which a key may belong to it
_ALONE = 0.12  # seconds without another key; the key repeat of every common terminal is faster

_POLL = 0.02  # seconds between two checks for the terminal's answer
_TIMEOUT = 5.0  # seconds to wait for that answer
_MOST_DISTURBED = 2  # times; a terminal that reports its cursor wrongly must not block the person forever

_PASTED = "arrived together with other input and was ignored. Press it again."
_AFTER_PASTE = "arrived right after a paste and was ignored. Press it again."
_REPEATED = "is held down, or came again too soon, and was ignored. Let go, then press it once."
_UNCONFIRMED = (
    "was ignored: the terminal did not confirm what it shows. Look at it, then press the key again."
)
_DISTURBED = (
    "was ignored: something else wrote on this screen, so the question was drawn again. "
    "Read it, then press the key again."
)


class DeliberateKeys:
    """Lets a key act only if its press was deliberate; otherwise shows why it was ignored."""

    def __init__(
        self,
        keyboard: Keyboard,
        say: Callable[[str], None],
        begin_line: Callable[[], None],
        guard: Callable[[], None] | None = None,
    ) -> None:
        """Take `say`, which shows one sentence until the next key, and `begin_line`, which starts a new line of text.

        With `guard`, which lets no key count until the next drawing was shown, the screen is redrawn before a key acts.
        """
        self._keyboard = keyboard
        self._guard = guard
        self._disturbed = 0
        self._say = say
        self._begin_line = begin_line
        self._waiting: asyncio.TimerHandle | None = None
        self._may_be_line_end = False
        self._key = ""

    def consider(self, event: KeyPressEvent, act: Callable[[], None]) -> None:
        """Call `act` after a short delay, if the press was deliberate and no other key comes in between."""
        keys = event.key_sequence
        self._key = shown([key.key for key in keys])
        came_alone = self._keyboard.came_alone(keys)
        if not came_alone and not self._keyboard.repeats(keys):
            self._may_be_line_end = True
            self._refuse(_PASTED)
        elif not came_alone or self._keyboard.seconds_since_same(keys[0]) < _AGAIN:
            self._refuse(_REPEATED)
        elif self._keyboard.seconds_since_paste < _AFTER:
            self._refuse(_AFTER_PASTE)
        else:
            if self._guard is not None:
                self._keyboard.draw_afresh(event.app)
            deadline = time.monotonic() + _TIMEOUT
            # Drawing takes time too; what was pressed meanwhile is read before the timer fires.
            self._waiting = self._later(
                max(0.0, _ALONE - self._keyboard.seconds_since(keys[-1])),
                partial(self._act_when_confirmed, act, event.app, deadline),
            )

    def key_pressed(self) -> None:
        """Cancel the pending key; if this is a paste that arrived in pieces, that key was the end of a line.

        Call this before each key acts. The sentence on the screen is removed at the next key that is not part of a
        burst.
        """
        if not self._keyboard.in_a_burst:
            self._say("")
        if self._may_be_line_end and self._keyboard.in_a_burst:
            self._begin_line()
        self._may_be_line_end = False
        if self._waiting is not None:
            self.cancel()
            self._refuse(_PASTED)

    def cancel(self) -> None:
        """Cancel the pending key."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _refuse(self, why: str) -> None:
        self._say(f"{self._key} {why}")

    def _act_when_confirmed(
        self, act: Callable[[], None], application: Application[Any], deadline: float
    ) -> None:
        self._waiting = None
        if self._guard is None:
            act()
        elif not self._keyboard.is_confirmed and time.monotonic() < deadline:
            self._waiting = self._later(_POLL, partial(self._act_when_confirmed, act, application, deadline))
        elif not self._keyboard.is_confirmed:
            self._keyboard.expect_no_answer()
            self._refuse(_UNCONFIRMED)
            application.invalidate()
        elif self._keyboard.was_disturbed and self._disturbed < _MOST_DISTURBED:
            self._disturbed += 1
            self._refuse(_DISTURBED)
            self._guard()
            application.invalidate()
        else:
            act()

    def _later(self, seconds: float, action: Callable[[], None]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds, action)
