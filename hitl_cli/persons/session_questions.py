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
from hitl_cli.screen.brief import brief, print_sentence, shown_folder
from hitl_cli.screen.command_text import NumberedCode
from hitl_cli.screen.themes import Theme
from hitl_cli.shell import RunningCommand
from hitl_cli.text.amounts import format_age
from hitl_cli.text.visible import visible

_ANSWERS = {"y": Settlement.RAN, "n": Settlement.NOT_RUN, "a": Settlement.AGAIN}
_ENDED = "The input ended before you answered; nothing ran."
_LAST_LINES = 10
_OUTCOMES = (
    Option(("y",), "it ran"),
    Option(("n",), "it did not run"),
    Option(("a",), "ask me before it runs again"),
)
_AGREEING = (Option(("y",), "continue"), Option(("n", "enter", "escape"), "leave", harmless=True))


class SessionQuestions:
    """Asks a person the questions of a session that is resumed; see `Person`. With `framed`, panels are drawn."""

    is_present = True

    def __init__(self, console: Console, theme: Theme, choose: Choose, *, framed: bool) -> None:
        self._console = console
        self._theme = theme
        self._choose = choose
        self._framed = framed

    async def settle(self, lost: UnknownOutcome) -> Settlement | Stop:
        """Show what is known of a command with an unknown outcome, and return what the person says about it.

        Raises:
            UndecidedError: The input has ended.
        """
        body = unknown_outcome_body(lost, time.time(), self._theme)
        title = f"Outcome unknown · {'call' if lost.is_call else 'command'} {lost.number}"
        if self._framed:
            self._console.print(
                Panel(body, title=title, title_align="left", border_style=self._theme.warning)
            )
        else:
            self._console.print(Text(title), body)
        return _ANSWERS.get(await self._chosen(_OUTCOMES, "leave it open"), Stop())

    async def agrees(self, warning: str) -> bool:
        """Show `warning`, and return whether the person wants to continue.

        Raises:
            UndecidedError: The input has ended.
        """
        self._console.print(Text(visible(warning), style=self._theme.warning))
        return await self._chosen(_AGREEING) == "y"

    async def _chosen(self, options: Sequence[Option], leave_label: str = "") -> str:
        try:
            return await self._choose(options, leave_label)
        except EOFError:
            raise UndecidedError(_ENDED) from None


def unknown_outcome_body(lost: UnknownOutcome, now: float, theme: Theme) -> RenderableType:
    """Return what is known of a command at the time `now`, in seconds since the epoch."""
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(lost.started))
    if lost.is_call:
        return Group(
            Text(visible(lost.command)),
            Text("The tool was called, but hitl ended before it returned.", style=theme.warning),
            Text(f"called {when}, {format_age(now - lost.started)} ago", style=theme.note),
        )
    processes = (
        f"Its process {lost.process} is still running."
        if lost.process is not None
        else "It has no running process."
    )
    lines: list[RenderableType] = [
        NumberedCode(lost.command, theme),
        Text("It started, but its end was not recorded.", style=theme.warning),
        Text(
            f"started {when}, {format_age(now - lost.started)} ago, in {shown_folder(Path(lost.folder))}",
            style=theme.note,
        ),
        Text(processes, style=theme.note),
    ]
    last = lost.output.rstrip("\n").split("\n")[-_LAST_LINES:] if lost.output.strip() else []
    lines.append(Text("Its last output:" if last else "None of its output was recorded.", style=theme.note))
    lines += [Text(visible(line, single_line=True)) for line in last]
    return Group(*lines)


class Leaving(Enum):
    """What the person wants: end the background commands, keep them running, or not leave."""

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
    """Show the background commands, and return what to do with them; Ctrl-C and a closed terminal end them."""
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
    except (EOFError, OSError):  # the terminal is gone
        return Leaving.END


def tell_ended(console: Console, theme: Theme, ended: Sequence[RunningCommand]) -> None:
    """Show which background commands were ended."""
    with contextlib.suppress(OSError):  # the terminal may be gone
        for each in ended:
            print_sentence(console, f"ended: {brief(each.command)}", theme.other)
