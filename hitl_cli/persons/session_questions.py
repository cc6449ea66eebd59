"""Questions about a session: what became of a command, whether to resume, what to do with background jobs."""

import contextlib
import time
from collections.abc import Sequence
from enum import Enum, auto
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from hitl_cli.decisions import Settlement, Stop
from hitl_cli.errors import UndecidedError
from hitl_cli.prompt.choices import Choose, Option
from hitl_cli.requests import UnknownOutcome
from hitl_cli.screen.command_text import NumberedCode
from hitl_cli.screen.panels import brief, print_sentence, shown_folder
from hitl_cli.screen.themes import Theme
from hitl_cli.shell import RunningCommand
from hitl_cli.text.amounts import format_age
from hitl_cli.text.visible import visible

_ANSWERS = {"y": Settlement.RAN, "n": Settlement.NOT_RUN, "a": Settlement.AGAIN}
_ENDED = "The input has ended before you answered; nothing ran."
_LAST_LINES = 10
_OUTCOMES = (
    Option(("y",), "it ran"),
    Option(("n",), "it did not run"),
    Option(("a",), "ask me again before it runs again"),
)
_AGREEING = (Option(("y",), "go on"), Option(("n", "enter", "escape"), "leave", harmless=True))


class Settling:
    """Whoever is there when a session is taken up again; `framed` where a panel can be drawn."""

    def __init__(self, console: Console, theme: Theme, choose: Choose, *, framed: bool) -> None:
        self._console = console
        self._theme = theme
        self._choose = choose
        self._framed = framed

    async def settle(self, lost: UnknownOutcome) -> Settlement | Stop:
        """Show what is known of a command, and return what the person says became of it.

        Raises:
            UndecidedError: The input has ended.
        """
        body = lost_body(lost, time.time(), self._theme)
        title = f"Outcome unknown · command {lost.number}"
        if self._framed:
            self._console.print(
                Panel(body, title=title, title_align="left", border_style=self._theme.warning)
            )
        else:
            self._console.print(Text(title), body)
        return _ANSWERS.get(await self._chosen(_OUTCOMES, "leave it open"), Stop())

    async def agrees(self, warning: str) -> bool:
        """Show `warning`, and return whether the person goes on all the same.

        Raises:
            UndecidedError: The input has ended.
        """
        self._console.print(Text(visible(warning), style=self._theme.warning))
        return await self._chosen(_AGREEING) == "y"

    async def _chosen(self, options: Sequence[Option], leaving: str = "") -> str:
        try:
            return await self._choose(options, leaving)
        except EOFError:
            raise UndecidedError(_ENDED) from None


def lost_body(lost: UnknownOutcome, now: float, theme: Theme) -> RenderableType:
    """Return what is known of a lost command at the time `now`, in seconds since the epoch."""
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(lost.started))
    still = (
        f"Process {lost.process} of it still runs."
        if lost.process is not None
        else "No process of it is left."
    )
    lines: list[RenderableType] = [
        NumberedCode(lost.command, theme),
        Text("It started, and no end of it was written down.", style=theme.warning),
        Text(
            f"started {when}, {format_age(now - lost.started)} ago, in {shown_folder(Path(lost.folder))}",
            style=theme.note,
        ),
        Text(still, style=theme.note),
    ]
    last = lost.output.rstrip("\n").split("\n")[-_LAST_LINES:] if lost.output.strip() else []
    lines.append(Text("Its last output:" if last else "None of its output was kept.", style=theme.note))
    lines += [Text(visible(line, single_line=True)) for line in last]
    return Group(*lines)


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
