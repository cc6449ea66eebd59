"""The question what becomes of commands that still run in the background when the session ends."""

import asyncio
import contextlib
import os
import termios
import tty
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from hitl_cli.environment import Terminal
from hitl_cli.shell import RunningCommand
from hitl_cli.text.visible import visible

_KEEP = b"kK"
_END = b"\r\n\x03\x04\x1b"


async def wants_to_keep(terminal: Terminal, console: Console, running: Sequence[RunningCommand]) -> bool:
    """Show what runs, and return whether the person lets it live on; whatever else they press ends it."""
    for each in running:
        where = f"  (output: {each.log.path})" if each.log.path else ""
        line = visible(f"still running in the background: {each.command}{where}", single_line=True)
        console.print(Text(line, style="yellow"), soft_wrap=True)
    console.print(Text("Enter ends it · k keeps it running"), style="bright_black")
    keys = terminal.input.fileno()
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bool] = loop.create_future()

    def read() -> None:
        try:
            pressed = os.read(keys, 64)
        except OSError:
            pressed = b""
        if not answer.done() and (not pressed or (len(pressed) == 1 and pressed in _KEEP + _END)):
            answer.set_result(bool(pressed) and pressed in _KEEP)

    settings = None
    with contextlib.suppress(termios.error):
        settings = termios.tcgetattr(keys)
        tty.setraw(keys, termios.TCSAFLUSH)
    loop.add_reader(keys, read)
    try:
        return await answer
    finally:
        loop.remove_reader(keys)
        if settings is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(keys, termios.TCSAFLUSH, settings)
