"""Whether a key that decides was meant: pressed by itself and once, not part of a paste and not held down."""

import asyncio
from collections.abc import Callable

from prompt_toolkit.key_binding import KeyPressEvent

from hitl_cli.review.keyboard import Keyboard

_TOGETHER = (
    0.025  # seconds; a person's fingers are slower, a paste and a slow line bring several keys at once
)
_AGAIN = 0.5  # seconds within which the same key once more was not thought over, or is held down
_ALONE = (
    0.12  # seconds without another key; a key that is held down comes again sooner, on every usual terminal
)

PASTED = "Nothing was decided: that key came together with others, as in a paste. Press it by itself."
REPEATED = (
    "Nothing was decided: that key is held down, or came again too soon. Let it go, look, and press it once."
)


class Intent:
    """Lets a key act only where it was meant; says why where it was not."""

    def __init__(self, keyboard: Keyboard, say: Callable[[str], None]) -> None:
        """Take `say`, which shows one sentence until the next key."""
        self._keyboard = keyboard
        self._say = say
        self._waiting: asyncio.TimerHandle | None = None

    def weigh(self, event: KeyPressEvent, act: Callable[[], None]) -> None:
        """Call `act` in a moment, if the keys of `event` were meant and no other key comes before."""
        keys = event.key_sequence
        if self._keyboard.seconds_since_same(keys[0]) < _AGAIN:
            self._say(REPEATED)
        elif self._keyboard.seconds_before(keys) < _TOGETHER:
            self._say(PASTED)
        else:
            self._waiting = asyncio.get_running_loop().call_later(_ALONE, self._settle, act)

    def withdraw(self) -> None:
        """Forget the key that was to act in a moment, because another came, or because it no longer matters."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
            self._say(PASTED)

    def _settle(self, act: Callable[[], None]) -> None:
        self._waiting = None
        act()
