"""A call of a tool at the terminal: a panel with its arguments, the keys that decide, and forms that change them."""

from collections.abc import Callable, Sequence
from typing import Protocol

from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text

from hitl_cli.call_form import CallState, shown_call
from hitl_cli.decisions import Reject, Run, Stop
from hitl_cli.forms import FormState
from hitl_cli.interrupts import Interrupts
from hitl_cli.prompt.choices import KeyChoice, Option
from hitl_cli.prompt.form import FormPrompt
from hitl_cli.prompt.line import Field
from hitl_cli.requests import ToolRequest, call_text
from hitl_cli.screen.themes import Theme
from hitl_cli.terminal.keyboard import Keyboard
from hitl_cli.text.amounts import counted
from hitl_cli.text.visible import visible

NOT_DECIDED = "You did not decide, so the call was not made."
REASON = (
    "Why not? (optional) ",
    "The model reads it · Enter reject · Ctrl-C reject without a reason · Esc back",
)
_MORE = (
    Option(("enter",), "shows the rest", harmless=True),
    Option(("escape",), "to the answers", harmless=True),
)


def options_for(state: CallState, accept: str, reject: str) -> list[Option]:
    """Return the answers to a call; `accept` and `reject` are the keys that decide.

    A call with warnings needs a key of its own.
    """
    first = (
        Option(("y",), "call it despite the warnings") if state.warnings() else Option((accept,), "call it")
    )
    each = [Option(("e",), "edit", harmless=True)] if state.can_be_changed_one_by_one else []
    return [
        first,
        *each,
        Option(("j",), "edit as JSON", harmless=True),
        *([Option(("o",), "original", harmless=True)] if state.is_changed else []),
        Option(tuple(dict.fromkeys((reject, "x"))), "reject", harmless=True),
    ]


def summary_of(request: ToolRequest) -> str:
    """Return the first line of what a tool says of itself, without its signature."""
    lines = [line.strip() for line in request.description.split("\n") if line.strip()]
    if lines and lines[0].startswith(f"{request.tool}("):
        lines = lines[1:]
    return lines[0] if lines else ""


class CallDialog(Protocol):
    """How a person is asked about a call, at the terminal or in plain lines."""

    async def show(self, state: CallState, position: int, total: int) -> bool:
        """Show the call, number `position` of `total`; return whether all of it was shown."""

    async def choose(self, state: CallState, *, is_whole: bool) -> str:
        """Return the first key of the chosen answer; empty if the person stops."""

    async def fill(self, form: FormState, on_edit: Callable[[str], None]) -> bool:
        """Have the person fill in a form; return False if they went back."""

    async def reason(self) -> str | None:
        """Return why the person rejects the call, None if they do not."""


async def decide_on_call(
    dialog: CallDialog, request: ToolRequest, position: int, total: int, on_edit: Callable[[str], None]
) -> Run | Reject | Stop:
    """Return what the person decides on a call. `on_edit` is called with each draft.

    Raises:
        EOFError: The input has ended.
    """
    state = CallState(request)

    async def change(form: FormState) -> None:
        if await dialog.fill(form, lambda draft: on_edit(state.draft(draft))):
            state.take(form)
        else:
            state.form_draft = None
        on_edit(state.draft())

    if state.form_draft is not None and state.can_be_changed_one_by_one:
        await dialog.show(state, position, total)
        await change(state.fields())
    while True:
        is_whole = await dialog.show(state, position, total)
        match await dialog.choose(state, is_whole=is_whole):
            case "enter" | "y":
                return state.approve(shown_call(call_text(request.tool, state.arguments)))
            case "e":
                await change(state.fields())
            case "j":
                await change(state.whole())
            case "o":
                state.arguments = dict(request.arguments)
                on_edit(state.draft())
            case "escape" | "x":
                if (reason := await dialog.reason()) is not None:
                    return Reject(request.request_id, reason)
            case "":
                return Stop()


class CallPrompt:
    """Asks about calls of tools at the terminal; see `CallDialog`."""

    def __init__(self, keyboard: Keyboard, console: Console, theme: Theme, interrupts: Interrupts) -> None:
        self._keyboard = keyboard
        self._console = console
        self._theme = theme
        self._interrupts = interrupts
        self._form = FormPrompt(keyboard, console, theme, interrupts)

    async def choose(self, state: CallState, *, is_whole: bool) -> str:
        """Ask for an answer with one key; a call that was not shown to its end cannot be approved."""
        options = options_for(state, "enter", "escape")
        if not is_whole:
            options = [Option(("enter",), "show it again", harmless=True), *options[1:]]
        chosen = await KeyChoice(self._keyboard, self._theme).choose(options, "stop")
        return "again" if chosen == "enter" and not is_whole else chosen

    async def show(self, state: CallState, position: int, total: int) -> bool:
        """Show the call in a panel, one screen at a time; return whether all of it was shown."""
        with self._console.capture() as drawn:
            self._console.print(call_panel(state, position, total, self._theme))
        rows = drawn.get().rstrip("\n").split("\n")
        room = max(3, self._keyboard.output.get_size().rows - 3)
        for at in range(0, len(rows), room):
            if at:
                rest = counted(len(rows) - at, "row")
                more = [Option(_MORE[0].keys, f"shows {rest} more", harmless=True), _MORE[1]]
                if await KeyChoice(self._keyboard, self._theme).choose(more, "") != "enter":
                    return False
            self._console.print(Text.from_ansi("\n".join(rows[at : at + room])), soft_wrap=True)
        return True

    async def fill(self, form: FormState, on_edit: Callable[[str], None]) -> bool:
        """Have the person fill in a form; Esc at the first field goes back to the call."""
        return await self._form.fill(form, on_edit, leaves="back")

    async def reason(self) -> str | None:
        """Ask for a reason; Esc goes back to the call."""
        field = Field(self._keyboard, *REASON, self._theme, lambda room: "", interrupt_accepts=True)
        try:
            with self._interrupts.handled_by(field.interrupt), self._keyboard.taking_back(field.go_back):
                return await field.ask()
        except KeyboardInterrupt:
            return None


def call_panel(state: CallState, position: int, total: int, theme: Theme) -> Panel:
    """Return the question whether a call may be made, number `position` of `total`."""
    request = state.request
    place = f" ({position} of {total})" if total > 1 else ""
    changed = " (edited)" if state.is_changed else ""
    body: list[Text] = []
    if summary := summary_of(request):
        body.append(Text(visible(summary, single_line=True), style=theme.note))
    body += [Text(line, overflow="fold") for line in state.lines()] or [
        Text("no arguments", style=theme.note)
    ]
    body += [Text(f"! {warning}", style=theme.warning) for warning in state.warnings()]
    return Panel(
        Group(*body),
        title=Text(f"Call {visible(request.tool, single_line=True)}?{place}{changed}", style="bold"),
        title_align="left",
        subtitle=Text(origin_of(request), style=theme.note),
        subtitle_align="left",
        border_style=theme.border,
    )


def origin_of(request: ToolRequest) -> str:
    """Return which agent wants to call a tool."""
    return (
        f"a tool of {visible(request.agent, single_line=True)}" if request.agent else "a tool of the workflow"
    )


def lines_of(state: CallState) -> Sequence[str]:
    """Return the call in plain lines."""
    summary = summary_of(state.request)
    return [
        *([visible(summary, single_line=True)] if summary else []),
        *(state.lines() or ["no arguments"]),
        *(f"Warning: {warning}" for warning in state.warnings()),
    ]
