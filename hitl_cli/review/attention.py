"""Calling a person who looks elsewhere: the bell or a notice of the desktop, and the title of the window."""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping

from prompt_toolkit.output import Output

from hitl_cli.review.keyboard import Keyboard

_PATIENCE = 2.0  # seconds without a sign of the person after which a window that does not tell its focus is taken as left
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
        calling = asyncio.create_task(_call(keyboard, notice, variables))
    try:
        yield
    finally:
        if calling is not None:
            calling.cancel()
            output.write_raw(_FOCUS_OFF)
        _send(output, _GIVE_BACK_TITLE)


async def _call(keyboard: Keyboard, notice: str, variables: Mapping[str, str]) -> None:
    pressed = keyboard.keys_pressed
    await asyncio.sleep(_PATIENCE)
    if (keyboard.focused is None and keyboard.keys_pressed == pressed) or keyboard.focused is False:
        _send(keyboard.output, _notice(variables) if notice == "desktop" else "\a")


def _notice(variables: Mapping[str, str]) -> str:
    if variables.get("VTE_VERSION") or variables.get("TERM", "").startswith(("rxvt", "foot")):
        return f"\x1b]777;notify;hitl;{_TITLE}\x1b\\"
    return f"\x1b]9;{_TITLE}\x1b\\"


def _send(output: Output, sequence: str) -> None:
    output.write_raw(sequence)
    output.flush()
