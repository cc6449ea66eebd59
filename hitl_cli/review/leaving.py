"""The question what becomes of commands that still run in the background when the session ends."""

import contextlib
from collections.abc import Sequence
from enum import Enum, auto

from rich.console import Console
from rich.text import Text

from hitl_cli.review.keypress import Choose
from hitl_cli.review.panels import brief
from hitl_cli.review.themes import Theme
from hitl_cli.shell import RunningCommand
from hitl_cli.text.visible import visible
from hitl_cli.text.wrapping import wrapped

_NAMES = {"escape": "Esc"}


class Leaving(Enum):
    """What the person wants: to end what runs, to let it live on, or not to leave."""

    END = auto()
    KEEP = auto()
    BACK = auto()


async def leaving(
    choose: Choose, console: Console, theme: Theme, running: Sequence[RunningCommand], back: str | None
) -> Leaving:
    """Show what runs, and return what the person wants; Ctrl-C, or nobody there, ends it.

    `back` is the answer that goes back, None where there is nothing to go back to.
    """
    for each in running:
        where = f"  (output: {visible(str(each.log.path), single_line=True)})" if each.log.path else ""
        _print(f"still running in the background: {brief(each.command)}{where}", console, theme)
    it = "it" if len(running) == 1 else "them"
    answers = {"enter": Leaving.END, "k": Leaving.KEEP}
    hint = f"Enter ends {it} · k keeps {it} running"
    if back is not None:
        answers[back] = Leaving.BACK
        hint += f" · {_NAMES.get(back, back)} goes back"
    try:
        return answers.get(await choose(answers, hint), Leaving.END)
    except (EOFError, OSError):  # nobody is there any more
        return Leaving.END


def tell_ended(console: Console, theme: Theme, ended: Sequence[RunningCommand]) -> None:
    """Show which commands have been ended."""
    with contextlib.suppress(OSError):  # the terminal may be gone
        for each in ended:
            _print(f"ended: {brief(each.command)}", console, theme)


def _print(text: str, console: Console, theme: Theme) -> None:
    columns = console.width if console.is_terminal else None
    console.print(Text(wrapped(text, columns), style=theme.other), soft_wrap=True)
