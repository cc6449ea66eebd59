"""The person at the terminal, and nobody."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.key_binding import KeyPressEvent
from rich.console import Console
from rich.text import Text

from hitl_cli.decisions import Answer, EndLeftovers, Reject, Reply, Run, Settlement, Stop
from hitl_cli.errors import HitlError, UndecidedError
from hitl_cli.interrupts import Interrupts
from hitl_cli.persons.session_questions import Settling
from hitl_cli.prompt.choices import KeyPress
from hitl_cli.prompt.command_file import EditorError, NotSavedError, edited, save_script
from hitl_cli.prompt.frame import Frame, Wish
from hitl_cli.prompt.line import Field
from hitl_cli.prompt.options import ReviewOptions
from hitl_cli.prompt.question import HANDLERS, Question
from hitl_cli.requests import CommandRequest, UnknownOutcome
from hitl_cli.screen.model_text import ModelText
from hitl_cli.screen.panels import brief, print_sentence
from hitl_cli.terminal.attention import attention
from hitl_cli.terminal.keyboard import Keyboard
from hitl_cli.text.visible import visible

_PAUSE = 0.3  # seconds without a key after which a draft is told


@contextlib.contextmanager
def told(buffer: Buffer, on_edit: Callable[[str], None]) -> Iterator[None]:
    """Call `on_edit` with the text of `buffer` a moment after it has changed, and once more when the block is left."""
    known = buffer.text
    later: asyncio.TimerHandle | None = None

    def tell() -> None:
        nonlocal known
        if buffer.text != known:
            known = buffer.text
            on_edit(known)

    def changed(_: Buffer) -> None:
        nonlocal later
        if later is not None:
            later.cancel()
        later = asyncio.get_running_loop().call_later(_PAUSE, tell)

    buffer.on_text_changed += changed
    try:
        yield
    finally:
        buffer.on_text_changed -= changed
        if later is not None:
            later.cancel()
        tell()


Explain = Callable[[str], AsyncIterator[str]]
"""Yields, piece by piece, what a command does; runs nothing. Raises HitlError where the model cannot be asked."""

HEADING = "What it does, says the model (nothing runs; Ctrl-C breaks it off):"


async def explained(showing: Coroutine[None, None, None], interrupts: Interrupts) -> str:
    """Wait for `showing`, which shows an explanation, and return why there is no whole one, empty if there is.

    Ctrl-C breaks it off, and nothing but it.
    """
    task = asyncio.create_task(showing)

    def break_off() -> None:
        task.cancel()

    with interrupts.handled_by(break_off):
        try:
            await task
        except asyncio.CancelledError:
            if not task.cancelled() or asyncio.current_task().cancelling():  # type: ignore[union-attr]
                task.cancel()
                raise
            return "The explanation was broken off; nothing ran."
        except HitlError as problem:
            return f"No explanation: {problem}"
    return ""


_REASON = ("Why not? (optional) ", "Enter reject · Ctrl-C reject without a reason · Esc back")
_COMMENT = ("Comment: ", "Enter run with it · Esc back")
_ANSWER = ("Your answer: ", "The model gets it instead of a result · Enter send · Esc back")
_SCRIPT = "command.sh"
_FILE = (f"Save as ({_SCRIPT}): ", "Enter save · Esc back")

UNDECIDED = "No decision was taken, so the command did not run."


class PersonAtTerminal(Settling):
    """Decides with the keys: the line under the panel holds the command, and Enter runs exactly what it holds."""

    def __init__(
        self,
        keyboard: Keyboard,
        console: Console,
        interrupts: Interrupts,
        options: ReviewOptions,
        explain: Explain,
    ) -> None:
        super().__init__(console, options.theme, KeyPress(keyboard, options.theme).choose, framed=True)
        self._keyboard = keyboard
        self._interrupts = interrupts
        self._options = options
        self._explain = explain
        self._frame = Frame(keyboard, options, self._perform)
        self._question: Question | None = None
        self._left: dict[str, str] = {}

    async def decide(
        self,
        proposal: CommandRequest,
        position: int,
        total: int,
        folder: Path,
        on_edit: Callable[[str], None],
    ) -> Reply:
        """Show `proposal` and return what the person decides.

        Raises:
            UndecidedError: The input has ended.
        """
        self._left.clear()
        question = self._question = Question(
            self._frame, self._keyboard, self._console, self._options, proposal, position, total, folder
        )
        with (
            attention(self._keyboard, self._options.notice, self._options.variables),
            told(question.buffer, on_edit),
        ):
            while True:
                decision = await self._carry_out(await self._wish(question), question, folder)
                if decision is not None:
                    return decision

    def _perform(self, action: str, event: KeyPressEvent) -> None:
        assert self._question is not None
        self._question.act(HANDLERS[action], event)

    async def _wish(self, question: Question) -> Wish:
        def interrupted() -> None:
            if question.application.is_running:
                question.leave(Wish.REJECT)

        try:
            with self._interrupts.handled_by(interrupted):
                return await question.ask()
        except EOFError:
            raise UndecidedError(UNDECIDED) from None

    async def _carry_out(self, wish: Wish, question: Question, folder: Path) -> Reply | None:
        """Do what the person wants, and return the decision, or None if there is none yet."""
        match wish:
            case Wish.RUN:
                return self._run(question)
            case Wish.COMMENT:
                comment = await self._field(question, *self._with_reader(*_COMMENT))
                return None if comment is None else self._run(question, comment)
            case Wish.REJECT:
                reason = await self._field(question, *self._with_reader(*_REASON), interrupt_takes=True)
                return None if reason is None else Reject(question.request_id, reason)
            case Wish.ANSWER:
                text = await self._field(question, *_ANSWER)
                return Answer(question.request_id, text) if text else None
            case Wish.STOP:
                return Stop()
            case Wish.END_LEFTOVERS:
                return EndLeftovers(question.buffer.text)
            case Wish.EDITOR:
                await self._edit(question, folder)
            case Wish.EXPLAIN:
                await self._say_what_it_does(question.buffer.text)
            case Wish.SAVE:
                await self._save(question, folder)
        return None

    def _run(self, question: Question, comment: str = "") -> Run:
        command = question.buffer.text
        self._options.history.append_string(command)
        return Run(question.request_id, command, question.drawn_at_approval, comment, question.keep)

    def _with_reader(self, prefix: str, hint: str) -> tuple[str, str]:
        """Return what stands around a field, and in it who reads what is typed there."""
        reader = "The model reads it" if self._options.has_model else "Kept in the journal"
        return prefix, f"{reader} · {hint}"

    async def _edit(self, question: Question, folder: Path) -> None:
        try:
            text = await edited(
                question.buffer.text,
                self._keyboard.terminal,
                self._options.variables,
                folder,
                self._interrupts,
            )
        except EditorError as problem:
            self._tell(str(problem))
            return
        if text != question.buffer.text:
            question.replace(text)

    async def _say_what_it_does(self, command: str) -> None:
        if problem := await explained(self._print_explanation(command), self._interrupts):
            self._tell(problem)

    async def _print_explanation(self, command: str) -> None:
        speech, said = ModelText(self._theme.model), False
        waiting = Text("waiting for the model · Ctrl-C breaks it off", style=self._theme.note)
        try:
            with self._console.status(waiting):
                async for delta in self._explain(command):
                    if not said:
                        print_sentence(self._console, f"{HEADING} {brief(command)}", "")
                        said = True
                    for block in speech.add(delta):
                        self._console.print(block)
        finally:
            for block in speech.end():
                self._console.print(block)

    async def _save(self, question: Question, folder: Path) -> None:
        name = await self._field(question, *_FILE)
        if name is None:
            return
        try:
            path = save_script(question.buffer.text, name or _SCRIPT, folder)
            self._tell(f"Saved as {path}; nothing ran.")
        except NotSavedError as problem:
            self._tell(str(problem))

    async def _field(
        self, question: Question, prefix: str, hint: str, *, interrupt_takes: bool = False
    ) -> str | None:
        """Return what the person typed into a line of its own under the question, or None if they went back.

        What they had typed then is there again when they come back. See `Field` for `interrupt_takes`.
        """
        field = Field(
            self._keyboard,
            prefix,
            hint,
            self._options.theme,
            question.recalled,
            interrupt_takes=interrupt_takes,
        )
        try:
            with self._interrupts.handled_by(field.interrupt), self._keyboard.taking_back(field.go_back):
                return await field.ask(self._left.pop(prefix, ""))
        except KeyboardInterrupt:
            self._left[prefix] = field.text
            return None
        except EOFError:
            raise UndecidedError(UNDECIDED) from None

    def _tell(self, sentence: str) -> None:
        with contextlib.suppress(OSError):
            self._console.print(Text(visible(sentence, single_line=True), style=self._theme.other))


class NobodyThere:
    """Decides nothing: what is there when a program without a terminal is asked."""

    async def decide(
        self,
        proposal: CommandRequest,
        position: int,
        total: int,
        folder: Path,
        on_edit: Callable[[str], None],
    ) -> Reply:
        """Refuse to decide.

        Raises:
            UndecidedError: Always.
        """
        raise UndecidedError(
            "A command is proposed, and there is no terminal at which a person could decide; it did not run. "
            "Run hitl in a terminal."
        )

    async def settle(self, lost: UnknownOutcome) -> Settlement | Stop:
        """Refuse to say.

        Raises:
            UndecidedError: Always.
        """
        raise UndecidedError(
            "A command started, no end of it was written down, and there is no terminal at which a person could say "
            "what became of it; nothing ran. Run hitl resume in a terminal."
        )

    async def agrees(self, warning: str) -> bool:
        """Refuse to agree.

        Raises:
            UndecidedError: Always.
        """
        raise UndecidedError(
            f"{warning} There is no terminal at which a person could agree to that; nothing ran."
        )
