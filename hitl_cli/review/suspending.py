"""Ctrl-Z where a person types: the program stops as any job of their shell does, and goes on where it was."""

import os
import signal
from collections.abc import Callable

from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent


def suspend_key(resumed: Callable[[], None] = lambda: None) -> KeyBindings:
    """Return the binding; `resumed` is called when the program goes on, before it is drawn again."""
    bindings = KeyBindings()

    @bindings.add("c-z")
    def _(event: KeyPressEvent) -> None:
        def stop() -> None:
            os.kill(0, signal.SIGTSTP)  # the whole job, as the terminal would have it
            resumed()

        run_in_terminal(stop)

    return bindings
