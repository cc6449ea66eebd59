"""The person at a terminal."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine

from prompt_toolkit.key_binding import KeyPressEvent
from rich.console import Console
from rich.text import Text

from hitl_cli.decisions import Answer, EndLeftovers, Reject, Reply, Run, Stop
from hitl_cli.errors import HitlError, UndecidedError
from hitl_cli.interrupts import Interrupts
from hitl_cli.persons.rule_dialogue import RuleDialogue
from hitl_cli.persons.session_questions import SessionQuestions
from hitl_cli.policy.proposals import NoRuleError
from hitl_cli.prompt.call import NOT_DECIDED, CallPrompt, decide_on_call
from hitl_cli.prompt.choices import KeyChoice
from hitl_cli.prompt.command_file import EditorError, NotSavedError, edited, save_script
from hitl_cli.prompt.form import FormPrompt, print_of_workflow
from hitl_cli.prompt.frame import Frame, NextStep
from hitl_cli.prompt.line import Field, reporting_edits
from hitl_cli.prompt.options import ReviewOptions
from hitl_cli.prompt.question import Question
from hitl_cli.prompt.question_actions import perform
from hitl_cli.requests import CodeRequest, FormRequest, Request, ToolRequest
from hitl_cli.screen.brief import brief, print_sentence
from hitl_cli.screen.model_text import ModelText
from hitl_cli.screen.standing_out import standing_out
from hitl_cli.terminal.attention import attention
from hitl_cli.terminal.keyboard import Keyboard
from hitl_cli.text.visible import visible

Explain = Callable[[str], AsyncIterator[str]]
"""Streams an explanation of a command; runs nothing. Raises HitlError if the model fails."""

HEADING = "The model explains (nothing runs; Ctrl-C stops the explanation):"


async def wait_for_explanation(showing: Coroutine[None, None, None], interrupts: Interrupts) -> str:
    """Wait for `showing`, which shows an explanation, and return why it is incomplete, empty if it is complete.

    Ctrl-C stops the explanation and nothing else.
    """
    task = asyncio.create_task(showing)

    def stop() -> None:
        task.cancel()

    with interrupts.handled_by(stop):
        try:
            await task
        except asyncio.CancelledError:
            if not task.cancelled() or asyncio.current_task().cancelling():  # type: ignore[union-attr]
                task.cancel()
                raise
            return "You stopped the explanation; nothing ran."
        except HitlError as problem:
            return f"No explanation: {problem}"
    return ""


_REASON = ("Why not? (optional) ", "Enter reject · Ctrl-C reject without a reason · Esc back")
_COMMENT = ("Comment: ", "Enter run with this comment · Esc back")
_ANSWER = ("Your answer: ", "The model gets it instead of a result · Enter send · Esc back")
_SCRIPT = "command.sh"
_CODE_FILE = "code.py"
_FILE = (f"Save as ({_SCRIPT}): ", "Enter save · Esc back")

_LOST_OUTSIDE = "In a preview it deleted something outside this folder"

NOT_ANSWERED = "You did not answer the question, so nothing was sent to the workflow."
UNDECIDED = "You did not decide, so the command did not run."


class PersonAtTerminal(SessionQuestions):
    """Decides with keys: the command is on the line under the panel, and Enter runs exactly that text."""

    def __init__(
        self,
        keyboard: Keyboard,
        console: Console,
        interrupts: Interrupts,
        options: ReviewOptions,
        explain: Explain,
    ) -> None:
        choose = KeyChoice(keyboard, options.theme).choose
        super().__init__(console, options.theme, choose, framed=True)
        self._rules = RuleDialogue(console, options.theme, choose, framed=True)
        self._keyboard = keyboard
        self._interrupts = interrupts
        self._options = options
        self._explain = explain
        self._frame = Frame(keyboard, options, self._perform)
        self._question: Question | None = None
        self._left: dict[str, str] = {}

    async def decide(
        self,
        request: Request,
        position: int,
        total: int,
        on_edit: Callable[[str], None],
    ) -> Reply:
        """Show `request` and return what the person decides.

        Raises:
            UndecidedError: The input has ended.
        """
        if isinstance(request, FormRequest):
            return await self._fill_in(request, position, total, on_edit)
        if isinstance(request, ToolRequest):
            return await self._decide_on_call(request, position, total, on_edit)
        self._left.clear()
        if request.drawing is not None or request.said.strip():
            print_of_workflow(self._console, self._options.theme, request.said, request.drawing)
        question = self._question = Question(
            self._frame, self._keyboard, self._console, self._options, request, position, total
        )
        if request.wants_preview(question.buffer.text):
            await self._show_preview(question)
        with (
            attention(self._keyboard, self._options.notice, self._options.variables),
            reporting_edits(question.buffer, on_edit),
        ):
            while True:
                decision = await self._carry_out(await self._next_step(question), question)
                if decision is not None:
                    return decision

    async def _fill_in(
        self, request: FormRequest, position: int, total: int, on_edit: Callable[[str], None]
    ) -> Reply:
        prompt = FormPrompt(self._keyboard, self._console, self._options.theme, self._interrupts)
        with attention(self._keyboard, self._options.notice, self._options.variables):
            try:
                return await prompt.fill_in(request, position, total, on_edit)
            except EOFError:
                raise UndecidedError(NOT_ANSWERED) from None

    async def _decide_on_call(
        self, request: ToolRequest, position: int, total: int, on_edit: Callable[[str], None]
    ) -> Reply:
        prompt = CallPrompt(self._keyboard, self._console, self._options.theme, self._interrupts)
        with attention(self._keyboard, self._options.notice, self._options.variables):
            try:
                return await decide_on_call(prompt, request, position, total, on_edit)
            except EOFError:
                raise UndecidedError(NOT_DECIDED) from None

    def _perform(self, action: str, event: KeyPressEvent) -> None:
        assert self._question is not None
        perform(self._question, action, event)

    async def _next_step(self, question: Question) -> NextStep:
        def interrupted() -> None:
            if question.application.is_running:
                question.leave(NextStep.REJECT)

        try:
            with self._interrupts.handled_by(interrupted):
                return await question.ask()
        except EOFError:
            raise UndecidedError(UNDECIDED) from None

    async def _carry_out(self, step: NextStep, question: Question) -> Reply | None:
        """Carry out what the person chose, and return the decision, None if there is none yet."""
        match step:
            case NextStep.RUN:
                return await self._run(question)
            case NextStep.COMMENT:
                comment = await self._field(question, *self._with_reader(question, *_COMMENT))
                return None if comment is None else await self._run(question, comment)
            case NextStep.REJECT:
                asked = self._with_reader(question, *_REASON)
                reason = await self._field(question, *asked, interrupt_accepts=True)
                return None if reason is None else Reject(question.request_id, reason)
            case NextStep.ANSWER:
                text = await self._field(question, *_ANSWER)
                return Answer(question.request_id, text) if text else None
            case NextStep.STOP:
                return Stop()
            case NextStep.END_LEFTOVERS:
                return EndLeftovers(question.buffer.text)
            case NextStep.EDITOR:
                await self._edit(question)
            case NextStep.EXPLAIN:
                await self._show_explanation(question.buffer.text)
            case NextStep.PREVIEW:
                await self._show_preview(question)
            case NextStep.SAVE:
                await self._save(question)
            case NextStep.ALWAYS:
                await self._make_rule(question)
        return None

    async def _run(self, question: Question, comment: str = "") -> Run | None:
        command = question.buffer.text
        word = question.proposal.confirmation(command)
        if word and await self._typed_word(question, word) != word:
            question.warn(f"Nothing ran: you did not type {word}.")
            if comment:
                self._left[_COMMENT[0]] = comment
            return None
        if not isinstance(question.proposal, CodeRequest):
            self._options.history.append_string(command)
        return Run(
            question.request_id,
            command,
            question.drawn_at_approval,
            comment,
            question.keep,
            confirmation=word,
            again=question.again,
        )

    async def _typed_word(self, question: Question, word: str) -> str | None:
        """Return what the person typed where `word` runs the command, or None if they went back."""
        prefix, command = f"Type {word} to run it: ", question.buffer.text
        grave = standing_out(question.proposal.notes(command), command).grave
        if not grave and question.proposal.lost_outside(command):
            grave = _LOST_OUTSIDE
        typed = await self._field(question, prefix, f"{grave} · Enter run, after the word · Esc back")
        self._left.pop(prefix, None)  # the word has to be typed again
        return typed

    def _with_reader(self, question: Question, prefix: str, hint: str) -> tuple[str, str]:
        """Return `prefix` and `hint` of a field, with a note in `hint` about who reads the text."""
        reader = "The model reads it" if self._options.has_model else "Saved in the journal"
        if (delegation := question.proposal.delegation) is not None:
            reader = "The workflow gets it" if delegation.takes_words else "Only saved in the journal"
        return prefix, f"{reader} · {hint}"

    async def _edit(self, question: Question) -> None:
        try:
            text = await edited(
                question.buffer.text,
                self._keyboard.terminal,
                self._options.variables,
                question.proposal.folder,
                self._interrupts,
                _CODE_FILE if isinstance(question.proposal, CodeRequest) else _SCRIPT,
            )
        except EditorError as problem:
            self._tell(str(problem))
            return
        if text != question.buffer.text:
            question.replace(text)

    async def _show_explanation(self, command: str) -> None:
        if problem := await wait_for_explanation(self._print_explanation(command), self._interrupts):
            self._tell(problem)

    async def _print_explanation(self, command: str) -> None:
        text, has_heading = ModelText(self._theme.model), False
        waiting = Text("waiting for the model · Ctrl-C stops it", style=self._theme.note)
        try:
            with self._console.status(waiting):
                async for delta in self._explain(command):
                    if not has_heading:
                        print_sentence(self._console, f"{HEADING} {brief(command)}", "")
                        has_heading = True
                    for block in text.add(delta):
                        self._console.print(block)
        finally:
            for block in text.end():
                self._console.print(block)

    async def _show_preview(self, question: Question) -> None:
        from hitl_cli.persons.preview_showing import PreviewShowing  # most questions need none

        key = self._options.keys.shown("preview", first=True)
        showing = PreviewShowing(self._console, self._theme, self._interrupts, framed=True)
        if said := await showing.show(question.proposal, question.buffer.text, f"press {key}"):
            self._tell(said)
        question.previewed()

    async def _save(self, question: Question) -> None:
        name = await self._field(question, *_FILE)
        if name is None:
            return
        try:
            path = save_script(question.buffer.text, name or _SCRIPT, question.proposal.folder)
            self._tell(f"Saved as {path}; nothing ran.")
        except NotSavedError as problem:
            self._tell(str(problem))

    async def _make_rule(self, question: Question) -> None:
        assert question.proposal.rules is not None  # the key has no effect without
        try:
            said = await self._rules.make(question.proposal.rules, question.buffer.text)
        except NoRuleError as problem:
            question.warn(str(problem))
        except EOFError:
            raise UndecidedError(UNDECIDED) from None
        else:
            if said:
                self._tell(said)

    async def _field(
        self, question: Question, prefix: str, hint: str, *, interrupt_accepts: bool = False
    ) -> str | None:
        """Return what the person typed into a field under the question, or None if they went back.

        Text that they typed before going back is there again the next time. See `Field` for `interrupt_accepts`.
        """
        field = Field(
            self._keyboard,
            prefix,
            hint,
            self._options.theme,
            question.summary,
            interrupt_accepts=interrupt_accepts,
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
