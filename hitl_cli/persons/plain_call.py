"""A call of a tool in plain lines: its arguments, and the answers that can be typed."""

from collections.abc import Callable

from hitl_cli.call_form import CallState
from hitl_cli.forms import FormState
from hitl_cli.persons.plain_form import PlainForm
from hitl_cli.persons.plain_lines import PlainLines
from hitl_cli.prompt.call import lines_of, options_for, origin_of
from hitl_cli.text.visible import visible


class PlainCall:
    """Asks about calls of tools in plain lines; see `CallDialog`."""

    def __init__(self, lines: PlainLines, form: PlainForm) -> None:
        self._lines = lines
        self._form = form

    async def show(self, state: CallState, position: int, total: int) -> bool:
        """Print the call."""
        changed = ", as you edited it" if state.is_changed else ""
        name = visible(state.request.tool, single_line=True)
        self._lines.say(f"Question {position} of {total}: call {name}, {origin_of(state.request)}{changed}?")
        for line in lines_of(state):
            self._lines.say(line)
        return True

    async def choose(self, state: CallState, *, is_whole: bool) -> str:
        """Ask for an answer; what approves the call is a number that is new for each question."""
        return await self._lines.choose(options_for(state, "y", "x"), "stop")

    async def fill(self, form: FormState, on_edit: Callable[[str], None]) -> bool:
        """Have the person fill in a form; Ctrl-C at the first field goes back to the call."""
        return await self._form.fill(form, on_edit)

    async def reason(self) -> str | None:
        """Ask for a reason."""
        try:
            return (
                await self._lines.ask_single_line("Why not? For the model; empty for no reason: ")
            ).strip()
        except KeyboardInterrupt:
            self._lines.say()
            return ""
