"""The question what becomes of commands that still run in the background when the session ends."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from hitl_cli.environment import Terminal
from hitl_cli.review.keypress import pressed
from hitl_cli.shell import RunningCommand
from hitl_cli.text.visible import visible

_KEEP = "kK"
_END = "\r\n\x03\x04\x1b"


async def wants_to_keep(terminal: Terminal, console: Console, running: Sequence[RunningCommand]) -> bool:
    """Show what runs, and return whether the person lets it live on; whatever else they press ends it."""
    for each in running:
        where = f"  (output: {each.log.path})" if each.log.path else ""
        line = visible(f"still running in the background: {each.command}{where}", single_line=True)
        console.print(Text(line, style="yellow"), soft_wrap=True)
    console.print(Text("Enter ends it · k keeps it running"), style="bright_black")
    key = await pressed(terminal, _KEEP + _END)
    return bool(key) and key in _KEEP
