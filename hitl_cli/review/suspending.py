"""Ctrl-Z where a person types: the program stops as any job of their shell does, and goes on where it was."""

import os
import signal

from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from hitl_cli.review.keyboard import Keyboard


def suspend_key(keyboard: Keyboard) -> KeyBindings:
    """Return the binding; when the program goes on, no key of `keyboard` counts before it is drawn again."""
    bindings = KeyBindings()

    @bindings.add("c-z")
    def _(event: KeyPressEvent) -> None:
        def stop() -> None:
            os.kill(0, signal.SIGTSTP)  # the whole job, as the terminal would have it
            keyboard.deliberate_keys_only(event.app)

        run_in_terminal(stop)

    return bindings
