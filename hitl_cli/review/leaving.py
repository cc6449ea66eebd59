"""The question what becomes of commands that still run in the background when the session ends."""

import contextlib
from collections.abc import Sequence
from enum import Enum, auto

from rich.console import Console

from hitl_cli.review.choosing import Choose, Option
from hitl_cli.review.panels import brief, print_sentence
from hitl_cli.review.themes import Theme
from hitl_cli.shell import RunningCommand
from hitl_cli.text.visible import visible


class Leaving(Enum):
    """What the person wants: to end what runs, to let it live on, or not to leave."""

    END = auto()
    KEEP = auto()
    BACK = auto()


async def leaving(
    choose: Choose,
    console: Console,
    theme: Theme,
    running: Sequence[RunningCommand],
    *,
    may_go_back: bool,
) -> Leaving:
    """Show what runs, and return what the person wants; Ctrl-C, or nobody there, ends it."""
    for each in running:
        where = f"  (output: {visible(str(each.log.path), single_line=True)})" if each.log.path else ""
        print_sentence(console, f"still running in the background: {brief(each.command)}{where}", theme.other)
    it = "it" if len(running) == 1 else "them"
    options = {
        Option(("enter",), f"ends {it}"): Leaving.END,
        Option(("k",), f"keeps {it} running"): Leaving.KEEP,
    }
    if may_go_back:
        options[Option(("escape", "b"), "goes back", harmless=True)] = Leaving.BACK
    by_key = {option.keys[0]: wanted for option, wanted in options.items()}
    try:
        return by_key.get(await choose(list(options), ""), Leaving.END)
    except (EOFError, OSError):  # nobody is there any more
        return Leaving.END


def tell_ended(console: Console, theme: Theme, ended: Sequence[RunningCommand]) -> None:
    """Show which commands have been ended."""
    with contextlib.suppress(OSError):  # the terminal may be gone
        for each in ended:
            print_sentence(console, f"ended: {brief(each.command)}", theme.other)
