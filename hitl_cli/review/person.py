"""The person at the terminal, and nobody."""

import io
from collections.abc import Callable
from pathlib import Path

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import ANSI
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.validation import ValidationError, Validator
from pygments.lexers.shell import BashLexer
from rich.console import Console, RenderableType

from hitl_cli.errors import UndecidedError
from hitl_cli.review.candidates import KEYS as CANDIDATE_KEYS
from hitl_cli.review.candidates import Choice, MarkGaps
from hitl_cli.review.line import Keyboard, Line, accept, insert_newline
from hitl_cli.review.panels import proposal_panel
from hitl_cli.session.decision import Decision, Proposal, Reject, Run
from hitl_cli.session.interrupts import Interrupts

_KEYS = "Enter run · Esc reject · Alt-Enter new line · Ctrl-D stop, running nothing"
_REASON = "Rejected. Why? "
_REASON_KEYS = "The model reads it · Enter send · Esc without a reason"


class PersonAtTerminal:
    """Decides with the keys: the line under the panel holds the command, and Enter runs exactly what it holds."""

    def __init__(self, keyboard: Keyboard, console: Console, interrupts: Interrupts) -> None:
        self._keyboard = keyboard
        self._console = console
        self._interrupts = interrupts

    async def decide(self, proposal: Proposal, position: int, total: int, folder: Path) -> Decision:
        """Show `proposal` and return what the person decides.

        Raises:
            UndecidedError: The input has ended, or the person ended it.
        """
        choice = Choice(proposal)
        bindings = KeyBindings()
        bindings.add("enter")(accept)
        bindings.add("escape", "enter")(insert_newline)
        bindings.add("c-j")(insert_newline)
        bindings.add("escape")(_leave_without)
        bindings.add("c-c")(_leave_without)
        bindings.add("c-d")(_end_input)
        if proposal.candidates:
            choice.bind(bindings, accept)

        def panel() -> ANSI:
            listed = choice.described() if proposal.candidates else None
            return ANSI(self._drawn(proposal_panel(choice.proposal, position, total, folder, listed)))

        line = Line(
            self._keyboard,
            bindings,
            above=panel,
            prefix="$ ",
            hint=CANDIDATE_KEYS if proposal.candidates else _KEYS,
            processors=[MarkGaps(proposal)],
            lexer=PygmentsLexer(BashLexer),
            validator=_Complaint(choice),
            erase_when_done=True,
        )
        try:
            command = await self._ask(line, proposal.command, choice.begin)
        except KeyboardInterrupt:
            return Reject(await self._reason())
        except EOFError:
            raise UndecidedError(
                "No decision was taken, so the command did not run and the model was not told."
            ) from None
        return Run(command, keep=choice.keep)

    async def _reason(self) -> str:
        bindings = KeyBindings()
        bindings.add("enter")(accept)
        bindings.add("escape", "enter")(insert_newline)
        bindings.add("escape")(_leave_without)
        bindings.add("c-c")(_leave_without)
        bindings.add("c-d")(_leave_without)
        line = Line(self._keyboard, bindings, prefix=_REASON, hint=_REASON_KEYS, erase_when_done=True)
        try:
            return (await self._ask(line)).strip()
        except (KeyboardInterrupt, EOFError):
            return ""

    async def _ask(self, line: Line, default: str = "", begin: Callable[[Buffer], None] | None = None) -> str:
        def interrupted() -> None:
            if line.application.is_running:
                line.application.exit(exception=KeyboardInterrupt)

        with self._interrupts.told_to(interrupted):
            return await line.ask(default, begin=begin)

    def _drawn(self, renderable: RenderableType) -> str:
        """Draw `renderable` as wide as the terminal is now, in its colours."""
        canvas = io.StringIO()
        Console(
            file=canvas,
            width=self._keyboard.output.get_size().columns,
            force_terminal=True,
            color_system=self._console.color_system or "auto",  # type: ignore[arg-type]
            no_color=self._console.no_color,
            highlight=False,
        ).print(renderable)
        return canvas.getvalue().rstrip("\n")


class _Complaint(Validator):
    """Lets only a text run that can."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice

    def validate(self, document: Document) -> None:
        """Return if the text can run.

        Raises:
            ValidationError: It is empty, or has a gap.
        """
        if complaint := self._choice.complaint(document.text):
            raise ValidationError(document.cursor_position, complaint)


class NobodyThere:
    """Decides nothing: what is there when a program without a terminal is asked."""

    async def decide(self, proposal: Proposal, position: int, total: int, folder: Path) -> Decision:
        """Refuse to decide.

        Raises:
            UndecidedError: Always.
        """
        raise UndecidedError(
            "The model proposes a command, and there is no terminal at which a person could decide; it did not run. "
            "Run hitl in a terminal."
        )


def _leave_without(event: KeyPressEvent) -> None:
    event.app.exit(exception=KeyboardInterrupt)


def _end_input(event: KeyPressEvent) -> None:
    event.app.exit(exception=EOFError)
