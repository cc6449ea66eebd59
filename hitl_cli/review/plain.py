"""Questions in plain lines, for a screen reader or a terminal that cannot move its cursor.

Nothing is drawn twice and no cursor moves; every answer is a word and Enter, and the terminal itself edits the line.
"""

import os
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from hitl_cli.errors import UndecidedError
from hitl_cli.review.editor import EditorError, edited
from hitl_cli.review.explaining import HEADING, Explain, explained
from hitl_cli.review.options import ReviewOptions
from hitl_cli.review.panels import shown_folder
from hitl_cli.review.person import UNDECIDED
from hitl_cli.review.plain_lines import PlainLines
from hitl_cli.review.scripts import NotSavedError, save_script
from hitl_cli.review.seen import rows, shown_line
from hitl_cli.review.settling import Settling
from hitl_cli.session.decision import Answer, Decision, Proposal, Reject, Run, Stop
from hitl_cli.session.interrupts import Interrupts
from hitl_cli.shell.approvals import digest
from hitl_cli.text.prose import printable
from hitl_cli.text.visible import refusal, suspicions, visible

_ANYWAY = "run anyway"
_HELP = (
    "r: run the command",
    f"{_ANYWAY}: run it although it looks deceptive",
    "x: reject it, with a reason for the model if you like",
    "c: run it, with a comment for the model",
    "a: answer the model instead of running anything",
    "e: type another command in its place",
    "v: edit it in $VISUAL or $EDITOR",
    "o: back to the proposal",
    "l: read the command again",
    "n: the next match of the catalogue, if there is one",
    "k: run the command, and keep it in your catalogue",
    "w: have the model explain it; runs nothing",
    "s: save it as a script file",
    "q: stop the session; what waits stays undecided",
    "h: these answers",
)
_SHORT = "Answer r to run, x to reject, e to change it, h for all answers; then Enter."


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
        self, proposal: Proposal, position: int, total: int, folder: Path, on_edit: Callable[[str], None]
    ) -> Decision | Stop:
        """Read `proposal` out and return what the person decides.

        Raises:
            UndecidedError: The input has ended.
        """
        try:
            return await self._decide(proposal, position, total, folder, on_edit)
        except EOFError:
            raise UndecidedError(UNDECIDED) from None

    async def _decide(
        self, proposal: Proposal, position: int, total: int, folder: Path, on_edit: Callable[[str], None]
    ) -> Decision | Stop:
        command, said = proposal.command if proposal.draft is None else proposal.draft, False
        while True:
            if not said:
                self._lines.say(
                    f"Question {position} of {total}: run this command in {shown_folder(folder)}?"
                )
                said = await self._read_out(command)
                for candidate in proposal.candidates:
                    if candidate.command == command:
                        changes = ", which changes something" if candidate.changes else ""
                        self._lines.say(f"From the catalogue: {visible(candidate.description)}{changes}")
                self._lines.say(_SHORT)
                self._lines.forget_early_keys()
            try:
                word = (await self._lines.ask_alone("Your answer: ")).strip().lower()
                decision: Decision | Stop | str | None = await self._carry_out(
                    word, command, proposal, folder, said
                )
            except KeyboardInterrupt:
                self._lines.say()
                decision = await self._rejection()
            if isinstance(decision, str):
                command, said = decision, False
                on_edit(command)
            elif decision is not None:
                return decision

    async def _carry_out(
        self, word: str, command: str, proposal: Proposal, folder: Path, whole: bool
    ) -> Decision | Stop | str | None:
        """Return the decision, another command to decide on, or None."""
        match word:
            case "r" | "run" | "c" | "k" | "run anyway":
                if gaps := proposal.gaps(command):
                    self._lines.say(
                        f"Not run: {', '.join(gaps)} must be filled in first; e types the command anew."
                    )
                    return None
                if problem := _obstacle(command, whole, sure=word == _ANYWAY):
                    self._lines.say(problem)
                    return None if whole else command
                comment = await self._lines.ask_alone("Comment for the model: ") if word == "c" else ""
                self._options.history.append_string(command)
                return Run(command, digest(command), comment.strip(), keep=word == "k")
            case "x":
                return await self._rejection()
            case "a":
                answer = (await self._lines.ask_alone("Your answer to the model, empty for none: ")).strip()
                return Answer(answer) if answer else None
            case "e":
                return await self._lines.ask_alone("The command, in one line; empty keeps it: ") or None
            case "v":
                try:
                    return await edited(command, self._lines.terminal, self._options.variables, folder)
                except EditorError as problem:
                    self._lines.say(str(problem))
            case "o":
                return proposal.command
            case "l":
                return command
            case "n" if proposal.candidates:
                texts = [candidate.command for candidate in proposal.candidates]
                return texts[(texts.index(command) + 1) % len(texts) if command in texts else 0]
            case "w":
                await self._say_what_it_does(command)
            case "s":
                await self._save(command, folder)
            case "q":
                return Stop()
            case "h" | "?" | "help":
                for line in _HELP:
                    self._lines.say(line)
            case _:
                self._lines.say(f"That is no answer. {_SHORT}")
        return None

    async def _rejection(self) -> Decision | None:
        try:
            return Reject((await self._lines.ask_alone("Rejected. Why? Empty for no reason: ")).strip())
        except KeyboardInterrupt:
            self._lines.say()
            return None

    async def _read_out(self, command: str) -> bool:
        """Print the command a screen at a time, and return whether the person saw it to its end."""
        lines = command.split("\n")
        self._lines.say(
            f"The command has {len(lines)} line{'s' * (len(lines) != 1)} "
            f"and {len(command.encode('utf-8', 'replace')):,} bytes:"
        )
        size = os.get_terminal_size(self._lines.terminal.output.fileno())
        room = max(1, size.lines - 4)
        shown = [shown_line(line) for line in lines]
        digits = len(f"{len(lines)}: ")
        all_rows = rows(lines, max(2, size.columns - digits))
        for number, row in enumerate(all_rows):
            if number and number % room == 0:
                self._lines.forget_early_keys()
                left = len(all_rows) - number
                if (
                    await self._lines.ask(f"{left} more rows; Enter reads on, x goes to the answers: ")
                ).strip():
                    return False
            label = f"{row.line + 1}:" if row.start == 0 else ""
            self._lines.say(f"{label:{digits}}{shown[row.line][row.start : row.end]}")
        for reason in suspicions(command):
            self._lines.say(f"Warning: {reason}")
        return True

    async def _say_what_it_does(self, command: str) -> None:
        self._lines.say(HEADING)
        if problem := await explained(self._say_explanation(command), self._interrupts):
            self._lines.say(visible(problem, single_line=True))

    async def _say_explanation(self, command: str) -> None:
        rest = ""
        try:
            async for delta in self._explain(command):
                *lines, rest = (rest + printable(delta)).split("\n")
                for line in lines:
                    self._lines.say(line)
        finally:
            if rest:
                self._lines.say(rest)

    async def _save(self, command: str, folder: Path) -> None:
        name = (await self._lines.ask_alone("Save as, empty to go back: ")).strip()
        if name:
            try:
                self._lines.say(f"Saved as {visible(str(save_script(command, name, folder)))}; nothing ran.")
            except NotSavedError as problem:
                self._lines.say(visible(str(problem)))


def _obstacle(command: str, whole: bool, *, sure: bool) -> str:
    if not command.strip():
        return "Nothing to run: the command is empty."
    if sentence := refusal(command):
        return sentence
    if not whole:
        return "Not run: you have not heard the command to its end."
    if suspicions(command) and not sure:
        return (
            f'Not run, because it may deceive: hear the warnings, then answer "{_ANYWAY}", or x to reject it.'
        )
    return ""
