"""A form at the terminal: what the workflow says, then one line for each field, then one look at all of it."""

from collections.abc import Callable

from prompt_toolkit.key_binding import KeyBindings
from rich.console import Console
from rich.text import Text

from hitl_cli.decisions import Respond, Stop
from hitl_cli.forms import FormState, expected
from hitl_cli.interrupts import Interrupts
from hitl_cli.prompt.choices import KeyChoice, Option
from hitl_cli.prompt.line import Line, exit_once, reporting_edits
from hitl_cli.requests import FieldKind, FormField, FormRequest
from hitl_cli.screen.brief import print_sentence
from hitl_cli.screen.margin import WORKFLOW, Margin, MarginLines
from hitl_cli.screen.themes import Theme
from hitl_cli.terminal.keyboard import Keyboard
from hitl_cli.text.prose import printable
from hitl_cli.text.visible import visible

NO_TEXT = "The workflow asks you for a response, and gives no text."
MULTI_LINE = (FieldKind.TEXT, FieldKind.LIST, FieldKind.JSON, FieldKind.ANY)
"""The kinds of fields whose text may have several lines."""

_BACK = Option(("escape", "b"), "back to the fields", harmless=True)


def asking(request: FormRequest, position: int, total: int) -> str:
    """Return the line over a question, number `position` of `total`."""
    fields = len(request.fields)
    if request.starts_run:
        return f"Before it starts, the workflow asks {f'{fields} things' if fields > 1 else 'one thing'}:"
    place = f" (question {position} of {total})" if total > 1 else ""
    form = f" {fields} things" if fields > 1 else ""
    return f"The workflow asks{form}{place}:"


def print_of_workflow(console: Console, theme: Theme, text: str, drawing: Text | None = None) -> None:
    """Print what a workflow says, or what the panel of its author drew in place of that, behind its margin."""
    said = drawing if drawing is not None else Text(printable(text))
    console.print(Margin(said, theme.note, WORKFLOW))


class FormPrompt:
    """Has a person fill in forms, field by field."""

    def __init__(self, keyboard: Keyboard, console: Console, theme: Theme, interrupts: Interrupts) -> None:
        self._keyboard = keyboard
        self._console = console
        self._theme = theme
        self._interrupts = interrupts

    async def fill_in(
        self, request: FormRequest, position: int, total: int, on_edit: Callable[[str], None]
    ) -> Respond | Stop:
        """Return what the person filled in, or that they stopped. `on_edit` is called with each draft.

        Raises:
            EOFError: The input has ended.
        """
        filling = FormState(request)
        print_sentence(self._console, asking(request, position, total), self._theme.other)
        if request.drawing is not None or request.text.strip():
            print_of_workflow(self._console, self._theme, request.text, request.drawing)
        elif not request.starts_run:
            print_sentence(self._console, NO_TEXT, self._theme.note)
        while await self.fill(filling, on_edit):
            if len(request.fields) < 2 or await self._is_confirmed(filling):
                return filling.respond()
            filling.back()
        return Stop()

    async def fill(self, filling: FormState, on_edit: Callable[[str], None], *, leaves: str = "stop") -> bool:
        """Have a person fill in the fields from the next one on; return False if they left at the first one.

        `leaves` says what leaving means: `stop` the session, for which the key is pressed twice, or go `back`.

        Raises:
            EOFError: The input has ended.
        """
        waits, message = True, ""
        while True:
            if filling.field is None:
                message = filling.problem()
                if not message:
                    return True
                filling.back()
                continue
            text = await self._field(filling, message, on_edit, waits=waits, leaves=leaves)
            waits, message = False, ""
            if text is not None:
                message = filling.take(text)
            elif not filling.back():
                return False
            on_edit(filling.draft(filling.text))

    async def _field(
        self, filling: FormState, message: str, on_edit: Callable[[str], None], *, waits: bool, leaves: str
    ) -> str | None:
        """Return what the person typed into the next field; None if they want to go back."""
        field = filling.field
        assert field is not None
        is_first = filling.at == 0 and leaves == "stop"
        warned_at = -1

        def leave() -> None:
            nonlocal warned_at
            if is_first and self._keyboard.keys_pressed != warned_at + 1:
                warned_at = self._keyboard.keys_pressed
                line.say(f"Press the key again to stop. {stopping(filling.request)}")
                line.application.invalidate()
            else:
                exit_once(line.application, exception=KeyboardInterrupt)

        bindings = KeyBindings()
        for key in ("escape", "c-c", "c-d"):
            bindings.add(key)(lambda event: leave())
        starts_run = filling.request.starts_run
        is_only = len(filling.request.fields) == 1
        line = Line(
            self._keyboard,
            bindings,
            prefix="> " if is_only and not starts_run else f"{visible(field.name, single_line=True)}: ",
            hint=_hint(field, _verb(filling.request) if is_only else "next", is_first=is_first),
            theme=self._theme,
            above=lambda room: self._about(field, room),
            erase_when_done=True,
            decides=True,
            waits=waits,
            is_secret=field.is_secret,
        )
        try:
            with (
                self._interrupts.handled_by(leave),
                reporting_edits(line.buffer, lambda text: on_edit(filling.draft(text)), filling.text),
            ):
                return await line.ask(filling.text, message)
        except KeyboardInterrupt:
            filling.keep(line.text)
            return None

    def _about(self, field: FormField, room: int) -> str:
        """Return the description and the choices of a field in at most `room` rows."""
        lines = MarginLines(
            WORKFLOW,
            lambda: self._keyboard.output.get_size().columns,
            plain=False,
            ascii_only=self._console.options.ascii_only,
        )
        text = "".join(f"{each}\n" for each in about(field))
        rows = (lines.add(text) + lines.end()).rstrip("\n").split("\n")
        if len(rows) > room:
            rows = rows[: max(0, room - 1)] + ["…"] * (room > 0)
        return "\n".join(rows)

    async def _is_confirmed(self, filling: FormState) -> bool:
        for name, text in filling.told():
            shown = printable(text).replace("\n", "\n    ")
            self._console.print(Text(f"  {visible(name, single_line=True)}: {shown}"))
        try:
            sending = (Option(("enter",), _verb(filling.request)), _BACK)
            return await KeyChoice(self._keyboard, self._theme).choose(sending, "") == "enter"
        except KeyboardInterrupt:
            return False


def stopping(request: FormRequest) -> str:
    """Return what it means to stop at `request`, as a sentence."""
    if request.starts_run:
        return "Nothing ran."
    if not request.is_saved:
        return "Nothing is sent, and the run is not saved at this question."
    return "Nothing is sent, and the question stays open."


def about(field: FormField) -> list[str]:
    """Return what the workflow says of a field: its description, and its choices with their numbers."""
    lines = field.description.split("\n") if field.description else []
    return [*lines, *(f"{number}  {each.shown}" for number, each in enumerate(field.choices, 1))]


def _verb(request: FormRequest) -> str:
    return "start" if request.starts_run else "send"


def _hint(field: FormField, enter: str, *, is_first: bool) -> str:
    keys = [f"Enter {enter}"]
    if field.kind in MULTI_LINE:
        keys.append("Alt-Enter new line")
    keys.append("Esc stop" if is_first else "Esc back")
    return " · ".join(filter(None, (expected(field), *keys)))
