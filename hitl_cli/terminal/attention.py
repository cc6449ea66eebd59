"""Calling a person who looks elsewhere: the bell or a notice of the desktop, and the title of the window."""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping

from prompt_toolkit.output import Output

from hitl_cli.terminal.keyboard import Keyboard

# Seconds without a sign of the person after which a window that does not tell its focus is taken as left.
_PATIENCE = 2.0
_TITLE = "hitl: a command waits for you"
_FOCUS_ON, _FOCUS_OFF = "\x1b[?1004h", "\x1b[?1004l"
_KEEP_TITLE, _GIVE_BACK_TITLE = "\x1b[22;0t", "\x1b[23;0t"


@contextlib.contextmanager
def attention(keyboard: Keyboard, notice: str, variables: Mapping[str, str]) -> Iterator[None]:
    """Say in the window's title that something waits, and call the person once if the window has not the focus.

    `notice` is "off", "bell" or "desktop".
    """
    output = keyboard.output
    output.write_raw(_KEEP_TITLE + f"\x1b]2;{_TITLE}\x07")  # goes out with the drawing
    keyboard.forget_focus()
    calling: asyncio.Task[None] | None = None
    if notice != "off":
        output.write_raw(_FOCUS_ON)
        calling = asyncio.create_task(call(keyboard, notice, variables, _TITLE))
    try:
        yield
    finally:
        if calling is not None:
            calling.cancel()
            output.write_raw(_FOCUS_OFF)
        _send(output, _GIVE_BACK_TITLE)


async def call(keyboard: Keyboard, notice: str, variables: Mapping[str, str], text: str) -> None:
    """Call the person once, with `text`, if there is no sign of them for a while; `notice` is as for `attention`."""
    pressed = keyboard.keys_pressed
    await asyncio.sleep(_PATIENCE)
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
