"""Notifies a person who looks away: with the bell or a desktop notification, and in the window title."""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping

from prompt_toolkit.output import Output

from hitl_cli.terminal.keyboard import Keyboard

_IDLE_TIME = 2.0  # seconds without input; then a person is away, if the terminal does not report its focus
_TITLE = "hitl: a question waits for you"
_FOCUS_ON, _FOCUS_OFF = "\x1b[?1004h", "\x1b[?1004l"
_KEEP_TITLE, _GIVE_BACK_TITLE = "\x1b[22;0t", "\x1b[23;0t"

QUESTION_END = f"{_FOCUS_OFF}\x1b[?25h{_GIVE_BACK_TITLE}\x1b[J".encode()
"""Removes what a question leaves on the terminal if the program is killed: its title, and the keys under the line."""


@contextlib.contextmanager
def attention(keyboard: Keyboard, notice: str, variables: Mapping[str, str]) -> Iterator[None]:
    """Show in the window title that a question waits, and notify the person once if the window does not have the focus.

    `notice` is "off", "bell" or "desktop".
    """
    output = keyboard.output
    output.write_raw(_KEEP_TITLE + f"\x1b]2;{_TITLE}\x07")  # goes out with the drawing
    keyboard.forget_focus()
    notifying: asyncio.Task[None] | None = None
    if notice != "off":
        output.write_raw(_FOCUS_ON)
        notifying = asyncio.create_task(notify(keyboard, notice, variables, _TITLE))
    try:
        yield
    finally:
        if notifying is not None:
            notifying.cancel()
            output.write_raw(_FOCUS_OFF)
        _send(output, _GIVE_BACK_TITLE)


async def notify(keyboard: Keyboard, notice: str, variables: Mapping[str, str], text: str) -> None:
    """Notify the person once, with `text`, if they seem to be away; `notice` is as for `attention`."""
    pressed = keyboard.keys_pressed
    await asyncio.sleep(_IDLE_TIME)
    is_away = keyboard.focused is False or (keyboard.focused is None and keyboard.keys_pressed == pressed)
    if is_away and notice != "off":
        _send(keyboard.output, _notice(variables, text) if notice == "desktop" else "\a")


def _notice(variables: Mapping[str, str], text: str) -> str:
    if variables.get("VTE_VERSION") or variables.get("TERM", "").startswith(("rxvt", "foot")):
        return f"\x1b]777;notify;hitl;{text}\x1b\\"
    return f"\x1b]9;{text}\x1b\\"


def _send(output: Output, sequence: str) -> None:
    output.write_raw(sequence)
    output.flush()
