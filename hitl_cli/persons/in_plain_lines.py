"""Questions in plain lines, for a screen reader or a terminal that cannot move its cursor.

Nothing is redrawn and the cursor does not move. Every answer is a word and Enter, and the terminal edits the line. It
delivers whole lines, so a paste looks like typing: what runs a command is a number that is new for each question.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial

from rich.console import Console

from hitl_cli.decisions import Answer, EndLeftovers, Reject, Reply, Run, Stop
from hitl_cli.errors import UndecidedError
from hitl_cli.interrupts import Interrupts
from hitl_cli.persons.at_terminal import HEADING, NOT_ANSWERED, UNDECIDED, Explain, wait_for_explanation
from hitl_cli.persons.plain_call import PlainCall
from hitl_cli.persons.plain_form import PlainForm
from hitl_cli.persons.plain_lines import PlainLines
from hitl_cli.persons.plain_question import OpenQuestion, obstacle, print_question, unavailable
from hitl_cli.persons.preview_showing import PreviewShowing
from hitl_cli.persons.rule_dialogue import RuleDialogue
from hitl_cli.persons.session_questions import SessionQuestions
from hitl_cli.policy.proposals import NoRuleError
from hitl_cli.prompt.call import NOT_DECIDED, decide_on_call
from hitl_cli.prompt.command_file import EditorError, NotSavedError, edited, save_script
from hitl_cli.prompt.options import ReviewOptions
from hitl_cli.prompt.question_keys import why_not_again
from hitl_cli.requests import CodeRequest, CommandRequest, FormRequest, Request, ToolRequest
from hitl_cli.screen.margin import MODEL, MarginLines
from hitl_cli.screen.panels import FIXED
from hitl_cli.text.visible import refusal, visible

_Outcome = Reply | str | None
"""The decision, another command to decide on, or None if there is neither yet."""


@dataclass(frozen=True)
class _LineAnswer:
    """An answer that can be typed."""

    word: str
    help: str
    do: Callable[[], Awaitable[_Outcome]]
    needs_model: bool = False
    needs_editor: bool = False


class PlainPerson(SessionQuestions):
    """Decides by typed lines."""

    def __init__(
        self,
        lines: PlainLines,
        console: Console,
        interrupts: Interrupts,
        options: ReviewOptions,
        explain: Explain,
    ) -> None:
        super().__init__(console, options.theme, lines.choose, framed=False)
        self._lines = lines
        self._interrupts = interrupts
        self._options = options
        self._explain = explain
        self._form = PlainForm(lines, console)
        self._rules = RuleDialogue(console, options.theme, lines.choose, framed=False)
        self._call = PlainCall(lines, self._form)

    async def decide(
        self,
        request: Request,
        position: int,
        total: int,
        on_edit: Callable[[str], None],
    ) -> Reply:
        """Print `request` and return what the person decides.

        Raises:
            UndecidedError: The input has ended.
        """
        if isinstance(request, FormRequest):
            try:
                return await self._form.fill_in(request, position, total, on_edit)
            except EOFError:
                raise UndecidedError(NOT_ANSWERED) from None
        if isinstance(request, ToolRequest):
            try:
                return await decide_on_call(self._call, request, position, total, on_edit)
            except EOFError:
                raise UndecidedError(NOT_DECIDED) from None
        try:
            return await self._decide(request, position, total, on_edit)
        except EOFError:
            raise UndecidedError(UNDECIDED) from None

    async def _decide(
        self,
        proposal: CommandRequest,
        position: int,
        total: int,
        on_edit: Callable[[str], None],
    ) -> Reply:
        command = proposal.command if proposal.draft is None else proposal.draft
        self._form.say_of_workflow(proposal.drawing.plain if proposal.drawing is not None else proposal.said)
        asked: OpenQuestion | None = None
        if proposal.wants_preview(command):
            await self._show_preview(proposal, command)
        while True:
            if asked is None:
                asked = await print_question(self._lines, proposal, command, position, total)
                if proposal.previews is not None and (note := proposal.previews.note(command)):
                    self._lines.say(note)
                self._lines.say(asked.short_help)
                self._lines.discard_typed_ahead()
            try:
                word = (await self._lines.ask_single_line("Your answer: ")).strip().lower()
                outcome = await self._carry_out(word, asked)
            except KeyboardInterrupt:
                self._lines.say()
                outcome = await self._reject(asked)
            if isinstance(outcome, str):
                command, asked = outcome, None
                on_edit(command)
            elif outcome is not None:
                return outcome

    def _answers(self, asked: OpenQuestion) -> tuple[_LineAnswer, ...]:
        """Return the answers that can be typed; the help is this table too."""
        answers = (
            _LineAnswer(asked.number, "run the command", partial(self._run, asked)),
            _LineAnswer(
                f"{asked.number} anyway",
                "run it despite the warnings",
                partial(self._run, asked, sure=True),
            ),
            _LineAnswer(
                f"{asked.number} c",
                "run it, with a comment",
                partial(self._run, asked, comments=True),
            ),
            _LineAnswer(
                f"{asked.number} k",
                "run it, and add it to your catalogue",
                partial(self._run, asked, keep=True),
            ),
            _LineAnswer(
                f"{asked.number} s",
                "run it, and allow this text for the session",
                partial(self._run, asked, again=True),
            ),
            _LineAnswer(
                f"{asked.number} t",
                "end the processes that commands left behind",
                partial(_returned, EndLeftovers(asked.command)),
            ),
            _LineAnswer("x", "reject it, with an optional reason", partial(self._reject, asked)),
            _LineAnswer(
                "a",
                "reply to the model instead of running it",
                partial(self._answer, asked),
                needs_model=True,
            ),
            _LineAnswer("e", "type another command in its place", self._type),
            _LineAnswer("v", "edit it in $VISUAL or $EDITOR", partial(self._edit, asked), needs_editor=True),
            _LineAnswer("o", "restore the proposed command", partial(_returned, asked.proposal.command)),
            _LineAnswer("l", "print the command again", partial(_returned, asked.command)),
            _LineAnswer("n", "next match, if there is one", partial(self._next_match, asked)),
            _LineAnswer(
                "w",
                "ask the model to explain it; nothing runs",
                partial(self._show_explanation, asked),
                needs_model=True,
            ),
            _LineAnswer("p", "preview what it would change; nothing stays", partial(self._preview, asked)),
            _LineAnswer("s", "save it as a script file", partial(self._save, asked)),
            _LineAnswer("r", "make a rule that allows such commands", partial(self._make_rule, asked)),
            _LineAnswer("q", "stop the session; nothing is decided", partial(_returned, Stop())),
            _LineAnswer("h", "list these answers", partial(self._help, asked)),
        )
        return tuple(
            answer
            for answer in answers
            if (self._options.has_model or not answer.needs_model)
            and (self._options.has_editor or not answer.needs_editor)
            and answer.word not in unavailable(asked)
        )

    async def _carry_out(self, word: str, asked: OpenQuestion) -> _Outcome:
        if asked.needed and word.startswith(asked.number) and word.endswith(f" {asked.needed}"):
            word = word.removesuffix(f" {asked.needed}").rstrip()
            asked = replace(asked, confirmation=asked.needed)
        for answer in self._answers(asked):
            if answer.word == word:
                return await answer.do()
        if asked.proposal.is_fixed and word in ("e", "v", "o"):
            self._lines.say(FIXED)
            return None
        self._lines.say(f"Unknown answer; nothing was decided. {asked.short_help}")
        return None

    async def _run(
        self,
        asked: OpenQuestion,
        *,
        sure: bool = False,
        comments: bool = False,
        keep: bool = False,
        again: bool = False,
    ) -> _Outcome:
        if gaps := asked.proposal.gaps(asked.command):
            self._lines.say(
                f"Nothing ran: {', '.join(gaps)} must be filled in. Type e, then the whole command."
            )
            return None
        if problem := obstacle(asked, sure) or (again and why_not_again(asked.proposal, asked.command)):
            self._lines.say(visible(problem, single_line=True))
            return None if asked.was_printed else asked.command
        comment = (
            (await self._lines.ask_single_line(f"Comment, {self._reader(asked)}: ")).strip()
            if comments
            else ""
        )
        if not isinstance(asked.proposal, CodeRequest):
            self._options.history.append_string(asked.command)
        return Run(
            asked.proposal.request_id,
            asked.command,
            asked.printed,
            comment,
            keep,
            confirmation=asked.confirmation,
            again=again,
        )

    def _reader(self, asked: OpenQuestion) -> str:
        """Return who reads the person's text."""
        if (delegation := asked.proposal.delegation) is not None:
            return "for the workflow" if delegation.takes_words else "only saved in the journal"
        return "for the model" if self._options.has_model else "saved in the journal"

    async def _answer(self, asked: OpenQuestion) -> Answer | None:
        answer = (await self._lines.ask_single_line("Your answer to the model, empty for none: ")).strip()
        return Answer(asked.proposal.request_id, answer) if answer else None

    async def _type(self) -> str | None:
        return await self._lines.ask_single_line("The command, in one line; empty keeps it: ") or None

    async def _edit(self, asked: OpenQuestion) -> str | None:
        try:
            return await edited(
                asked.command,
                self._lines.terminal,
                self._options.variables,
                asked.proposal.folder,
                self._interrupts,
                "code.py" if isinstance(asked.proposal, CodeRequest) else "command.sh",
            )
        except EditorError as problem:
            self._lines.say(str(problem))
            return None

    async def _next_match(self, asked: OpenQuestion) -> str | None:
        texts = [each.command for each in asked.proposal.alternatives]
        if not texts:
            self._lines.say("There is no other match.")
            return None
        return texts[(texts.index(asked.command) + 1) % len(texts) if asked.command in texts else 0]

    async def _help(self, asked: OpenQuestion) -> None:
        for answer in self._answers(asked):
            self._lines.say(f"{answer.word}: {answer.help}")
        if word := asked.needed:
            self._lines.say(f"It cannot be undone: an answer that runs it needs the word {word} after it.")

    async def _reject(self, asked: OpenQuestion) -> Reject:
        try:
            reason = await self._lines.ask_single_line(
                f"You rejected this command. Why? {self._reader(asked).capitalize()}; empty for no reason: "
            )
        except KeyboardInterrupt:
            self._lines.say()
            reason = ""
        return Reject(asked.proposal.request_id, reason.strip())

    async def _show_explanation(self, asked: OpenQuestion) -> None:
        self._lines.say("Waiting for the model; Ctrl-C stops it.")
        if problem := await wait_for_explanation(self._print_explanation(asked.command), self._interrupts):
            self._lines.say(visible(problem, single_line=True))

    async def _print_explanation(self, command: str) -> None:
        lines = MarginLines(MODEL, lambda: self._console.width, plain=True, ascii_only=True)
        has_heading = False
        try:
            async for delta in self._explain(command):
                if not has_heading:
                    self._lines.say(HEADING)
                    has_heading = True
                self._lines.write(lines.add(delta))
        finally:
            self._lines.write(lines.end())

    async def _preview(self, asked: OpenQuestion) -> _Outcome:
        if gaps := asked.proposal.gaps(asked.command):
            self._lines.say(f"No preview: {', '.join(gaps)} must be filled in first.")
            return None
        if problem := refusal(asked.command) or asked.proposal.denial(asked.command):
            self._lines.say(visible(problem, single_line=True))
            return None
        await self._show_preview(asked.proposal, asked.command)
        return asked.command

    async def _show_preview(self, proposal: CommandRequest, command: str) -> None:
        showing = PreviewShowing(self._console, self._options.theme, self._interrupts, framed=False)
        if said := await showing.show(proposal, command, "type p"):
            self._lines.say(visible(said, single_line=True))

    async def _make_rule(self, asked: OpenQuestion) -> None:
        assert asked.proposal.rules is not None  # the answer is not offered without
        try:
            said = await self._rules.make(asked.proposal.rules, asked.command)
        except NoRuleError as problem:
            said = str(problem)
        self._lines.say(visible(said or "No rule was made.", single_line=True))
        self._lines.say(asked.short_help)

    async def _save(self, asked: OpenQuestion) -> None:
        name = (await self._lines.ask_single_line("Save as, empty to go back: ")).strip()
        if name:
            try:
                file = save_script(asked.command, name, asked.proposal.folder)
                self._lines.say(f"Saved as {visible(str(file))}; nothing ran.")
            except NotSavedError as problem:
                self._lines.say(visible(str(problem)))


async def _returned(outcome: _Outcome) -> _Outcome:
    return outcome
