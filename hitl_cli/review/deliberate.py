"""Whether a key that decides was meant: pressed by itself and once, not part of a paste and not held down."""

import asyncio
from collections.abc import Callable

from prompt_toolkit.key_binding import KeyPressEvent

from hitl_cli.keys import shown
from hitl_cli.review.keyboard import Keyboard

_AGAIN = 0.5  # seconds within which the same key once more was not thought over, or is held down
_AFTER = 0.5  # seconds after a paste in which a key may belong to it
_ALONE = 0.12  # seconds without another key; one that is held down comes again sooner on every usual terminal

_PASTED = "arrived together with other input and was ignored. Press it again."
_AFTER_PASTE = "arrived right after a paste and was ignored. Press it again."
_REPEATED = "is held down, or came again too soon, and was ignored. Let go, then press it once."


class DeliberateKeys:
    """Lets a key act only where it was meant; says why where it was not."""

    def __init__(
        self, keyboard: Keyboard, say: Callable[[str], None], begin_line: Callable[[], None]
    ) -> None:
        """Take `say`, which shows one sentence until the next key, and what begins a new line in the text."""
        self._keyboard = keyboard
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
            self._waiting = asyncio.get_running_loop().call_later(_ALONE, self._settle, act)

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

    def _settle(self, act: Callable[[], None]) -> None:
        self._waiting = None
        act()
