"""Questions in plain lines, for a screen reader or a terminal that cannot move its cursor.

Nothing is drawn twice and no cursor moves; every answer is a word and Enter, and the terminal itself edits the line.
It hands over whole lines, so that nobody knows which were pasted: what runs a command is a number of its own.
"""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from hitl_cli.decisions import Answer, EndLeftovers, Reject, Reply, Run, Stop
from hitl_cli.errors import UndecidedError
from hitl_cli.interrupts import Interrupts
from hitl_cli.persons.at_terminal import HEADING, UNDECIDED, Explain, explained
from hitl_cli.persons.plain_lines import PlainLines, new_number
from hitl_cli.persons.session_questions import Settling
from hitl_cli.prompt.command_file import EditorError, NotSavedError, edited, save_script
from hitl_cli.prompt.options import ReviewOptions
from hitl_cli.requests import CommandRequest
from hitl_cli.screen.command_text import PLAIN_CONTINUED, gutter, gutter_width
from hitl_cli.screen.margin import MODEL, MarginLines
from hitl_cli.screen.panels import changed_lines, shown_folder
from hitl_cli.screen.rows import rows
from hitl_cli.text.amounts import counted
from hitl_cli.text.visible import refusal, shown_form, shown_line, suspicions, visible


@dataclass(frozen=True)
class _Asked:
    """What is asked at the moment."""

    proposal: CommandRequest
    folder: Path
    command: str
    printed: str  # what was printed of the command, as `shown_form` has it
    number: str  # what has to be typed for it to run

    @property
    def is_whole(self) -> bool:
        """Whether the command was printed to its end."""
        return self.printed == shown_form(self.command)

    @property
    def short_help(self) -> str:
        return f"Answer {self.number} to run, x to reject, e to change it, h for all answers; then Enter."


_Outcome = Reply | str | None
"""The decision, another command to decide on, or None where there is neither yet."""


@dataclass(frozen=True)
class _Reply:
    """What can be answered."""

    word: str
    help: str
    do: Callable[[], Awaitable[_Outcome]]
    needs_model: bool = False
    needs_editor: bool = False


class PlainPerson(Settling):
    """Decides in words, one line each."""

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

    async def decide(
        self,
        proposal: CommandRequest,
        position: int,
        total: int,
        folder: Path,
        on_edit: Callable[[str], None],
    ) -> Reply:
        """Read `proposal` out and return what the person decides.

        Raises:
            UndecidedError: The input has ended.
        """
        try:
            return await self._decide(proposal, position, total, folder, on_edit)
        except EOFError:
            raise UndecidedError(UNDECIDED) from None

    async def _decide(
        self,
        proposal: CommandRequest,
        position: int,
        total: int,
        folder: Path,
        on_edit: Callable[[str], None],
    ) -> Reply:
        command = proposal.command if proposal.draft is None else proposal.draft
        asked: _Asked | None = None
        while True:
            if asked is None:
                self._lines.say(
                    f"Question {position} of {total}: run this command in {shown_folder(folder)}?"
                )
                for line in changed_lines(proposal):
                    self._lines.say(line)
                printed = await self._read_out(command)
                for each in proposal.alternatives:
                    if each.command == command:
                        changes = ", which changes something" if each.changes else ""
                        self._lines.say(f"From the {each.source}: {visible(each.description)}{changes}")
                asked = _Asked(proposal, folder, command, printed, new_number())
                if proposal.leftovers:
                    self._lines.say(f"Answer {asked.number} t to end the processes that were left behind.")
                self._lines.say(asked.short_help)
                self._lines.forget_early_keys()
            try:
                word = (await self._lines.ask_alone("Your answer: ")).strip().lower()
                outcome = await self._carry_out(word, asked)
            except KeyboardInterrupt:
                self._lines.say()
                outcome = await self._reject(asked)
            if isinstance(outcome, str):
                command, asked = outcome, None
                on_edit(command)
            elif outcome is not None:
                return outcome

    def _replies(self, asked: _Asked) -> tuple[_Reply, ...]:
        """Return what can be answered: the one table, from which the help is told too."""
        replies = (
            _Reply(asked.number, "run the command", partial(self._run, asked)),
            _Reply(
                f"{asked.number} anyway",
                "run it although it looks deceptive",
                partial(self._run, asked, sure=True),
            ),
            _Reply(
                f"{asked.number} c",
                "run it, with a comment",
                partial(self._run, asked, comments=True),
            ),
            _Reply(
                f"{asked.number} k",
                "run it, and keep it in your catalogue",
                partial(self._run, asked, keep=True),
            ),
            _Reply(
                f"{asked.number} t",
                "end the processes that commands left behind",
                partial(_given, EndLeftovers(asked.command)),
            ),
            _Reply("x", "reject it, with a reason if you like", partial(self._reject, asked)),
            _Reply(
                "a",
                "answer the model instead of running anything",
                partial(self._answer, asked),
                needs_model=True,
            ),
            _Reply("e", "type another command in its place", self._type),
            _Reply("v", "edit it in $VISUAL or $EDITOR", partial(self._edit, asked), needs_editor=True),
            _Reply("o", "back to the proposal", partial(_given, asked.proposal.command)),
            _Reply("l", "read the command again", partial(_given, asked.command)),
            _Reply("n", "the next match, if there is one", partial(self._next_match, asked)),
            _Reply(
                "w",
                "have the model explain it; runs nothing",
                partial(self._say_what_it_does, asked),
                needs_model=True,
            ),
            _Reply("s", "save it as a script file", partial(self._save, asked)),
            _Reply("q", "stop the session; what waits stays undecided", partial(_given, Stop())),
            _Reply("h", "these answers", partial(self._help, asked)),
        )
        return tuple(
            reply
            for reply in replies
            if (self._options.has_model or not reply.needs_model)
            and (self._options.has_editor or not reply.needs_editor)
        )

    async def _carry_out(self, word: str, asked: _Asked) -> _Outcome:
        for reply in self._replies(asked):
            if reply.word == word:
                return await reply.do()
        self._lines.say(f"That is no answer. {asked.short_help}")
        return None

    async def _run(
        self, asked: _Asked, *, sure: bool = False, comments: bool = False, keep: bool = False
    ) -> _Outcome:
        if gaps := asked.proposal.gaps(asked.command):
            self._lines.say(f"Not run: {', '.join(gaps)} must be filled in first; e types the command anew.")
            return None
        if problem := _obstacle(asked, sure):
            self._lines.say(problem)
            return None if asked.is_whole else asked.command
        comment = (await self._lines.ask_alone(f"Comment, {self._reader}: ")).strip() if comments else ""
        self._options.history.append_string(asked.command)
        return Run(asked.proposal.request_id, asked.command, asked.printed, comment, keep=keep)

    @property
    def _reader(self) -> str:
        """Who reads what is said about a command."""
        return "for the model" if self._options.has_model else "kept in the journal"

    async def _answer(self, asked: _Asked) -> Answer | None:
        answer = (await self._lines.ask_alone("Your answer to the model, empty for none: ")).strip()
        return Answer(asked.proposal.request_id, answer) if answer else None

    async def _type(self) -> str | None:
        return await self._lines.ask_alone("The command, in one line; empty keeps it: ") or None

    async def _edit(self, asked: _Asked) -> str | None:
        try:
            return await edited(
                asked.command, self._lines.terminal, self._options.variables, asked.folder, self._interrupts
            )
        except EditorError as problem:
            self._lines.say(str(problem))
            return None

    async def _next_match(self, asked: _Asked) -> str | None:
        texts = [each.command for each in asked.proposal.alternatives]
        if not texts:
            self._lines.say("There is no other match.")
            return None
        return texts[(texts.index(asked.command) + 1) % len(texts) if asked.command in texts else 0]

    async def _help(self, asked: _Asked) -> None:
        for reply in self._replies(asked):
            self._lines.say(f"{reply.word}: {reply.help}")

    async def _reject(self, asked: _Asked) -> Reject:
        try:
            reason = await self._lines.ask_alone(f"Rejected. Why? Empty for no reason, {self._reader}: ")
        except KeyboardInterrupt:
            self._lines.say()
            reason = ""
        return Reject(asked.proposal.request_id, reason.strip())

    async def _read_out(self, command: str) -> str:
        """Print the command, one screen at a time, and return what was printed of it, as `shown_form` has it."""
        lines = command.split("\n")
        self._lines.say(
            f"The command has {counted(len(lines), 'line')} "
            f"and {counted(len(command.encode('utf-8', 'replace')), 'byte')}:"
        )
        size = os.get_terminal_size(self._lines.terminal.output.fileno())
        room = max(1, size.lines - 4)
        shown = [shown_line(line) for line in lines]
        printed: list[str] = []
        all_rows = rows(lines, max(2, size.columns - gutter_width(len(lines)) - 1))
        for number, row in enumerate(all_rows):
            if number and number % room == 0:
                self._lines.forget_early_keys()
                left = len(all_rows) - number
                if (
                    await self._lines.ask(
                        f"{counted(left, 'more row')}; Enter reads on, x goes to the answers: "
                    )
                ).strip():
                    return "\n".join(printed)
            label = gutter(row.line, row.start > 0, len(lines), continued=PLAIN_CONTINUED).rstrip()
            text = shown[row.line][row.start : row.end]
            self._lines.say(f"{label}: {text}")
            if row.start == 0:
                printed.append("")
            printed[-1] += text
        for reason in suspicions(command):
            self._lines.say(f"Warning: {reason}")
        return "\n".join(printed)

    async def _say_what_it_does(self, asked: _Asked) -> None:
        self._lines.say("Waiting for the model; Ctrl-C breaks it off.")
        if problem := await explained(self._say_explanation(asked.command), self._interrupts):
            self._lines.say(visible(problem, single_line=True))

    async def _say_explanation(self, command: str) -> None:
        spoken = MarginLines(MODEL, lambda: self._console.width, plain=True, ascii_only=True)
        said = False
        try:
            async for delta in self._explain(command):
                if not said:
                    self._lines.say(HEADING)
                    said = True
                self._lines.begin_line(spoken.add(delta))
        finally:
            self._lines.begin_line(spoken.end())

    async def _save(self, asked: _Asked) -> None:
        name = (await self._lines.ask_alone("Save as, empty to go back: ")).strip()
        if name:
            try:
                file = save_script(asked.command, name, asked.folder)
                self._lines.say(f"Saved as {visible(str(file))}; nothing ran.")
            except NotSavedError as problem:
                self._lines.say(visible(str(problem)))


async def _given(outcome: _Outcome) -> _Outcome:
    return outcome


def _obstacle(asked: _Asked, sure: bool) -> str:
    if not asked.command.strip():
        return "Nothing to run: the command is empty."
    if sentence := refusal(asked.command):
        return sentence
    if not asked.is_whole:
        return "Not run: you have not heard the command to its end."
    if suspicions(asked.command) and not sure:
        return (
            "Not run, because it may deceive: hear the warnings, then answer "
            f'"{asked.number} anyway", or x to reject it.'
        )
    return ""
