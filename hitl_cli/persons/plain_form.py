"""A form in plain lines: the same as at the terminal, one line for each field."""

from collections.abc import Callable

from rich.console import Console

from hitl_cli.decisions import Respond, Stop
from hitl_cli.forms import FormState, expected
from hitl_cli.persons.plain_lines import PlainLines
from hitl_cli.prompt.choices import Option
from hitl_cli.prompt.form import MULTI_LINE, NO_TEXT, about, asking, stopping
from hitl_cli.requests import FormRequest
from hitl_cli.screen.margin import WORKFLOW, MarginLines
from hitl_cli.text.prose import printable
from hitl_cli.text.visible import visible

_EMPTY = '""'
_BACK = Option(("b",), "back to the fields", harmless=True)


class PlainForm:
    """Has a person fill in forms in plain lines."""

    def __init__(self, lines: PlainLines, console: Console) -> None:
        self._lines = lines
        self._console = console

    async def fill_in(
        self, request: FormRequest, position: int, total: int, on_edit: Callable[[str], None]
    ) -> Respond | Stop:
        """Return what the person filled in, or that they stopped. `on_edit` is called with each draft.

        Raises:
            EOFError: The input has ended.
        """
        filling = FormState(request)
        self._lines.say(asking(request, position, total))
        if request.drawing is not None:
            self.say_of_workflow(request.drawing.plain)
        elif request.text.strip():
            self.say_of_workflow(request.text)
        elif not request.starts_run:
            self._lines.say(NO_TEXT)
        self._lines.say(
            f"Ctrl-C goes back, Ctrl-D stops. A line that ends with \\ continues; {_EMPTY} is empty."
        )
        self._lines.discard_typed_ahead()
        while await self.fill(filling, on_edit, stops=True):
            if len(request.fields) < 2 or await self._is_confirmed(filling):
                return filling.respond()
            filling.back()
        return Stop()

    async def fill(self, filling: FormState, on_edit: Callable[[str], None], *, stops: bool = False) -> bool:
        """Have a person fill in the fields from the next one on; return False if they left at the first one.

        If that `stops` the session, they must press the key twice.

        Raises:
            EOFError: The input has ended.
        """
        was_interrupted = False
        while True:
            if filling.field is None:
                if not (problem := filling.problem()):
                    return True
                self._lines.say(visible(problem, single_line=True))
                filling.back()
                continue
            try:
                text = await self._field(filling)
                was_interrupted = False
            except KeyboardInterrupt:
                self._lines.say()
                if not filling.back():
                    if was_interrupted or not stops:
                        return False
                    was_interrupted = True
                    self._lines.say(f"Press Ctrl-C again to stop. {stopping(filling.request)}")
                continue
            if problem := filling.take(text):
                self._lines.say(visible(problem, single_line=True))
            on_edit(filling.draft(filling.text))

    async def _field(self, filling: FormState) -> str:
        """Return what the person typed into the next field; an empty line keeps what is there."""
        field = filling.field
        assert field is not None
        self.say_of_workflow("\n".join(about(field)))
        is_only = len(filling.request.fields) == 1 and not filling.request.starts_run
        name = "Your answer" if is_only else visible(field.name, single_line=True)
        shown = "what you typed" if field.is_secret else printable(filling.text).replace("\n", " ")
        kept = f"Enter keeps: {shown}" if filling.text else ""
        notes = "; ".join(filter(None, (expected(field), kept)))
        prompt = f"{name} ({notes}): " if notes else f"{name}: "
        ask = self._lines.ask_secret if field.is_secret else self._lines.ask_single_line
        typed = await ask(prompt)
        if not typed.strip():
            return filling.text
        if typed.strip() == _EMPTY:
            return ""
        while typed.endswith("\\") and field.kind in MULTI_LINE:
            typed = f"{typed[:-1]}\n{await self._lines.ask_single_line('continued: ')}"
        return typed.strip()

    async def _is_confirmed(self, filling: FormState) -> bool:
        for name, text in filling.told():
            self._lines.say(f"{visible(name, single_line=True)}: {printable(text)}")
        sending = Option(("y",), "start" if filling.request.starts_run else "send it")
        return await self._lines.choose((sending, _BACK), "") == "y"

    def say_of_workflow(self, text: str) -> None:
        """Say what a workflow says, with its name before each line."""
        if text:
            lines = MarginLines(WORKFLOW, lambda: self._console.width, plain=True, ascii_only=True)
            self._lines.write(lines.add(text) + lines.end())
