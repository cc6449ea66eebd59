"""Whether a key that decides was meant: pressed by itself and once, not part of a paste and not held down."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.key_binding import KeyPressEvent

from hitl_cli.keys import shown
from hitl_cli.terminal.keyboard import Keyboard

_AGAIN = 0.5  # seconds within which the same key once more was not thought over, or is held down
_AFTER = 0.5  # seconds after a paste in which a key may belong to it
_ALONE = 0.12  # seconds without another key; one that is held down comes again sooner on every usual terminal

_POLL = 0.02  # seconds between two looks whether the terminal has answered
_PATIENCE = 5.0  # seconds to wait for its answer
_MOST_DISTURBED = 2  # times; a terminal that reports its cursor wrongly must not stop its person for ever

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
    """Lets a key act only where it was meant; says why where it was not."""

    def __init__(
        self,
        keyboard: Keyboard,
        say: Callable[[str], None],
        begin_line: Callable[[], None],
        guard: Callable[[], None] | None = None,
    ) -> None:
        """Take `say`, which shows one sentence until the next key, and what begins a new line in the text.

        With `guard`, which has no key count before the next drawing was seen, all is drawn afresh before a key acts.
        """
        self._keyboard = keyboard
        self._guard = guard
        self._disturbed = 0
        self._say = say
        self._begin_line = begin_line
        self._waiting: asyncio.TimerHandle | None = None
        self._may_be_line_end = False
        self._key = ""

    def weigh(self, event: KeyPressEvent, act: Callable[[], None]) -> None:
        """Call `act` in a moment, if the keys of `event` were meant and no other key comes before."""
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
            now = time.monotonic()
            self._waiting = self._later(_ALONE, partial(self._settle, act, event.app, now + _PATIENCE))

    def key_pressed(self) -> None:
        """Take back the key that was to act in a moment; in a paste that came in pieces it was the end of a line.

        To be called before each key acts. What was said goes at the next one that is no part of a burst.
        """
        if not self._keyboard.in_a_burst:
            self._say("")
        if self._may_be_line_end and self._keyboard.in_a_burst:
            self._begin_line()
        self._may_be_line_end = False
        if self._waiting is not None:
            self.withdraw()
            self._refuse(_PASTED)

    def withdraw(self) -> None:
        """Forget the key that was to act in a moment."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _refuse(self, why: str) -> None:
        self._say(f"{self._key} {why}")

    def _settle(self, act: Callable[[], None], application: Application[Any], deadline: float) -> None:
        self._waiting = None
        if self._guard is None:
            act()
        elif not self._keyboard.is_confirmed and time.monotonic() < deadline:
            self._waiting = self._later(_POLL, partial(self._settle, act, application, deadline))
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
