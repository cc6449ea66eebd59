"""A call of a tool in plain lines: its arguments, and the answers that can be typed."""

from collections.abc import Callable

from hitl_cli.call_form import CallState, shown_call
from hitl_cli.decisions import Reject, Run, Stop
from hitl_cli.forms import FormState
from hitl_cli.persons.plain_form import PlainForm
from hitl_cli.persons.plain_lines import PlainLines
from hitl_cli.prompt.call import lines_of, options_for, origin_of
from hitl_cli.requests import ToolRequest, call_text
from hitl_cli.text.visible import visible


class PlainCall:
    """Has a person decide on calls of tools in plain lines."""

    def __init__(self, lines: PlainLines, form: PlainForm) -> None:
        self._lines = lines
        self._form = form

    async def decide(
        self, request: ToolRequest, position: int, total: int, on_edit: Callable[[str], None]
    ) -> Run | Reject | Stop:
        """Return what the person decides on a call. `on_edit` is called with each draft.

        Raises:
            EOFError: The input has ended.
        """
        state = CallState(request)
        if state.form_draft is not None and state.can_be_changed_one_by_one:
            self._show(state, position, total)
            await self._change(state, state.fields(), on_edit)
        while True:
            self._show(state, position, total)
            match await self._lines.choose(options_for(state, "y", "x"), "stop"):
                case "y":
                    return state.approve(shown_call(call_text(request.tool, state.arguments)))
                case "e":
                    await self._change(state, state.fields(), on_edit)
                case "j":
                    await self._change(state, state.whole(), on_edit)
                case "o":
                    state.arguments = dict(request.arguments)
                    on_edit(state.draft())
                case "x":
                    return Reject(request.request_id, await self._reason())
                case "":
                    return Stop()

    def _show(self, state: CallState, position: int, total: int) -> None:
        changed = ", as you edited it" if state.is_changed else ""
        name = visible(state.request.tool, single_line=True)
        self._lines.say(f"Question {position} of {total}: call {name}, {origin_of(state.request)}{changed}?")
        for line in lines_of(state):
            self._lines.say(line)

    async def _change(self, state: CallState, form: FormState, on_edit: Callable[[str], None]) -> None:
        if await self._form.fill(form, lambda draft: on_edit(state.draft(draft))):
            state.take(form)
        else:
            state.form_draft = None
        on_edit(state.draft())

    async def _reason(self) -> str:
        try:
            return (
                await self._lines.ask_single_line("Why not? For the model; empty for no reason: ")
            ).strip()
        except KeyboardInterrupt:
            self._lines.say()
            return ""
