"""The question what becomes of commands that still run in the background when the session ends."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from hitl_cli.review.choosing import Choose, Option
from hitl_cli.review.themes import Theme
from hitl_cli.shell import RunningCommand
from hitl_cli.text.visible import visible

_OPTIONS = (Option(("enter",), "ends it"), Option(("k",), "keeps it running"))


async def wants_to_keep(
    choose: Choose, console: Console, theme: Theme, running: Sequence[RunningCommand]
) -> bool:
    """Show what runs, and return whether the person lets it live on; whatever else they choose ends it."""
    for each in running:
        where = f"  (output: {each.log.path})" if each.log.path else ""
        line = visible(f"still running in the background: {each.command}{where}", single_line=True)
        console.print(Text(line, style=theme.other), soft_wrap=True)
    try:
        return await choose(_OPTIONS, "") == "k"
    except (EOFError, OSError):  # nobody is there any more
        return False
