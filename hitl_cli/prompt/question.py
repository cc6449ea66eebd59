"""One question at the terminal: what is shown of a proposal, and what must hold before the line may run."""

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.key_binding import KeyPressEvent
from prompt_toolkit.key_binding.vi_state import InputMode
from rich.console import Console, RenderableType

from hitl_cli.prompt.alternatives import Choice
from hitl_cli.prompt.command_file import copy_sequence
from hitl_cli.prompt.completion import ShellCompleter
from hitl_cli.prompt.frame import UNDER_LINES, Frame, Wish
from hitl_cli.prompt.heading import Heading, help_pages, reasons_of
from hitl_cli.prompt.line import end, insert_newline
from hitl_cli.prompt.options import ReviewOptions
from hitl_cli.prompt.pages import Pages
from hitl_cli.requests import CommandRequest
from hitl_cli.screen.command_text import PROMPT, gutter
from hitl_cli.terminal.deliberate import DeliberateKeys
from hitl_cli.terminal.keyboard import NOT_YET, Keyboard
from hitl_cli.terminal.toolkit import redraw
from hitl_cli.text.amounts import counted
from hitl_cli.text.grammar import syntax_error
from hitl_cli.text.visible import refusal, shown_form, shown_line

Handler = Callable[["Question", KeyPressEvent], None]
"""What a key does to a question."""


class Question:
    """A proposal on the screen; the line under it holds what would run."""

    def __init__(
        self,
        frame: Frame,
        keyboard: Keyboard,
        console: Console,
        options: ReviewOptions,
        proposal: CommandRequest,
        position: int,
        total: int,
        folder: Path,
    ) -> None:
        """Take what is asked, and the frame to show it in, which holds no other question from now on."""
        self.choice = Choice(proposal)
        self.keep = False
        self.drawn_at_approval = ""
        self.keyboard = keyboard
        self.application = frame.application
        self.buffer: Buffer = frame.buffer
        self.pages: Pages = Pages(frame, keyboard.output)
        self._frame = frame
        self._options = options
        self._deliberate = DeliberateKeys(
            keyboard, self.warn, lambda: self.buffer.newline(copy_margin=False), self.guard
        )
        self._message, self._is_warning, self._warned_at = "", False, 0
        self._help_page = 0
        self._begun = False
        self._head = Heading(keyboard.output, console, options.theme, position, total, folder)
        text = proposal.command if proposal.draft is None else proposal.draft
        frame.hold(self, text, ShellCompleter(folder, options.variables, options.history))

    async def ask(self) -> Wish:
        """Show the question until the person wants something for which the line is left.

        Keys that were pressed before the question was on the screen do not count.

        Raises:
            EOFError: The input has ended.
        """
        self.guard()
        begin, self._begun = not self._begun, True
        try:
            return await self.application.run_async(
                pre_run=self._begin if begin else None,
                handle_sigint=False,
            )
        finally:
            self._deliberate.cancel()

    def guard(self) -> None:
        """Let no key count before the next drawing was seen."""
        self.keyboard.guard(self.application, self.warn)

    def _begin(self) -> None:
        if not self._is_tall:  # else it is read from its beginning
            self.choice.begin(self.buffer)

    @property
    def proposal(self) -> CommandRequest:
        """What is proposed: of several alternatives the one that the person chose."""
        return self.choice.proposal

    @property
    def request_id(self) -> str:
        """The id of the request that is asked about."""
        return self.proposal.request_id

    # What actions do.

    def leave(self, wish: Wish) -> None:
        """End the drawing, because the person wants something."""
        self.buffer.cancel_completion()
        end(self.application, result=wish)

    def approve(self, event: KeyPressEvent, wish: Wish, *, sure: bool = False, keep: bool = False) -> None:
        """Leave to run what is on the line, if it may run and the keys of `event` were meant.

        The person is `sure` where they know that it looks deceptive, and may want to `keep` the command.
        """
        self.buffer.suggestion = None
        self.buffer.cancel_completion()
        redraw(self.application)  # what was typed together with this key is on the screen before it counts
        if not self.application.is_running:
            return
        if problem := self._obstacle(sure):
            self.warn(problem)
            return
        self._deliberate.consider(event, lambda: self._approved(wish, keep))

    def _approved(self, wish: Wish, keep: bool) -> None:
        redraw(self.application)
        if not self.application.is_running or self.application.is_done:
            return
        self.drawn_at_approval = self.pages.drawn_text()
        if self.drawn_at_approval != shown_form(self.buffer.text):
            self.warn("The screen was not up to date; look at it again.")
            self.application.invalidate()
            return
        self.keep = keep
        self.leave(wish)

    def end_leftovers(self, event: KeyPressEvent) -> None:
        """Leave to end what commands left behind, if the keys of `event` were meant."""
        if self.proposal.leftovers:
            self._deliberate.consider(event, lambda: self.leave(Wish.END_LEFTOVERS))
        else:
            self.warn("No process was left behind.")

    def say(self, message: str) -> None:
        """Show what an action did, under the text, until the next key or change of the text."""
        self._message, self._is_warning = message, False

    def warn(self, message: str) -> None:
        """Show why a key decided nothing, under the text, until another one is pressed."""
        self._message, self._is_warning = message, True
        self._warned_at = self.keyboard.keys_pressed

    def act(self, handler: Handler, event: KeyPressEvent) -> None:
        """Do what `action` does, whose keys are those of `event`; what was said before them is of no use any more."""
        if self.keyboard.keys_pressed - len(event.key_sequence) >= self._warned_at:
            self.say("")
        handler(self, event)

    def show_help(self) -> None:
        """Show all keys in place of the question, until one that turns no page."""
        self._help_page = 0
        self._frame.show_help()

    def replace(self, text: str) -> None:
        """Put another text on the line, which can be undone."""
        self.buffer.save_to_undo_stack()
        self.buffer.document = Document(text, len(text))

    # What must hold before the line may run.

    def _obstacle(self, sure: bool) -> str:
        text = self.buffer.text
        keys = self._options.keys
        if complaint := self.choice.complaint(text):
            self.choice.begin(self.buffer)
            return complaint
        if sentence := refusal(text):
            return sentence
        if self.pages.first_unseen:
            self.pages.show_unseen()
            return (
                f"Not run yet: it goes on here. {keys.shown('run', first=True)} turns the page until its end."
            )
        if reasons_of(text) and not sure:
            return (
                "That key does not run what may deceive: read it, then press "
                f"{keys.shown('run_suspicious', first=True)}, or reject it."
            )
        return ""

    # What the frame shows, and what it tells.

    def heading(self) -> str:
        """Return the panel, or as much of it as leaves room for the text."""
        return self._head.drawn(
            self.proposal, self.buffer.text, self.rows_of_text(), self._room(0), self._listed
        )

    @property
    def _listed(self) -> RenderableType | None:
        return self.choice.described(self._options.theme) if self.proposal.alternatives else None

    def recalled(self, room: int) -> str:
        """Return the panel and the text in at most `room` rows, for a field that is about the question."""
        text, lines = self.buffer.text, self.buffer.text.split("\n")
        drawn = [
            gutter(row.line, row.start > 0, len(lines), first=PROMPT)
            + shown_line(lines[row.line])[row.start : row.end]
            for row in self.pages.rows
            if row.start < row.end or not row.start  # another one is there for the cursor only
        ]
        heading = self._head.drawn(self.proposal, text, len(drawn), room, self._listed).split("\n")
        left = max(min(room, 1), room - len(heading))
        if len(drawn) > left:
            note = f"… and {len(drawn) - left + 1} more rows"[: self.keyboard.output.get_size().columns]
            drawn = [*drawn[: left - 1], note] if left > 1 else drawn[:left]
        return "\n".join([*heading[: room - len(drawn)], *drawn])

    def note(self) -> str:
        """Return the message, or what is to be known of the text, in lines that fit."""
        width = self.keyboard.output.get_size().columns
        return "\n".join(textwrap.wrap(self._known(), max(1, width)))

    def _known(self) -> str:
        if self._message:
            return self._message
        text = self.buffer.text
        if self._options.warns_of_syntax and (place := syntax_error(text)):
            return f"bash does not understand this at line {place[0]}, column {place[1]} (it can be run all the same)"
        if self._is_tall and not self.pages.are_drawn:
            return "The command is longer than the screen."
        if self._is_tall and (left := self.pages.rows_left):
            return f"{counted(left, 'row')} not shown yet: PgDn turns the page; nothing runs before its end."
        return ""

    def hint(self) -> str:
        """Return the keys that the line has room for, the most needed ones first; while none counts, that."""
        if not self.keyboard.keys_count:
            return NOT_YET
        keys, width = self._options.keys, self.keyboard.output.get_size().columns
        first = "run_suspicious" if reasons_of(self.buffer.text) else "run"
        words = {first: "run", "reject": "reject", "help": "all keys", "": self._vi_mode}
        if self.proposal.leftovers:
            words["end_leftovers"] = "end what was left behind"
        if self.choice.has_gaps(self.buffer.text):
            words["complete"] = "next gap"
        if len(self.proposal.alternatives) > 1:
            words["next_candidate"] = "next match"
        words |= {"answer": "answer", "explain": "explain"}
        if self.proposal.alternatives:
            words["keep"] = "run, keep"
        words |= {"editor": "editor", "newline": "new line"}
        line = ""
        for name, word in words.items():
            part = f"{keys.shown(name, first=True)} {word}" if name and keys.offers(name) else ""
            longer = " · ".join(filter(None, (line, part if name else word)))
            line = longer if len(longer) < width else line
        return line

    @property
    def _vi_mode(self) -> str:
        """The mode of the line as vi calls it, empty in emacs mode."""
        if self._options.editing_mode != EditingMode.VI:
            return ""
        mode = self.application.vi_state.input_mode
        return "NORMAL" if mode == InputMode.NAVIGATION else mode.name.partition("_")[0]

    def help(self) -> str:
        """Return the page of keys that is turned to."""
        size = self.keyboard.output.get_size()
        pages = help_pages(self._options.keys, size.columns, size.rows - 1, self._useless)
        self._help_page = max(0, min(self._help_page, len(pages) - 1))
        return self._head.draw(pages[self._help_page])

    @property
    def _useless(self) -> list[str]:
        """The actions that can do nothing at this question."""
        useless = [] if len(self.proposal.alternatives) > 1 else ["next_candidate", "previous_candidate"]
        return useless if self.proposal.leftovers else [*useless, "end_leftovers"]

    def turn_help(self, step: int) -> None:
        """Turn to the next page of keys (1) or to the one before (-1)."""
        self._help_page += step

    def rows_of_text(self) -> int:
        """Return how many rows the text fills."""
        return len(self.pages.rows)

    def drawn(self) -> None:
        """Note what has been on the screen."""
        rows_left = self.pages.rows_left
        self.pages.note()
        if rows_left != self.pages.rows_left:
            self.application.invalidate()  # what is said about the rest depends on what is seen now

    def text_changed(self) -> None:
        """Take away what was said of another text."""
        if not self._is_warning:
            self.say("")

    def key_pressed(self) -> None:
        """Take away the message; a key that was to decide in a moment does not."""
        self._deliberate.key_pressed()

    def _room(self, heading_lines: int) -> int:
        """Return how many rows the text can have at most with a heading of so many lines over it."""
        return max(1, self.keyboard.output.get_size().rows - UNDER_LINES - heading_lines)

    @property
    def _is_tall(self) -> bool:
        """Whether the text is longer than what the screen has room for under the heading."""
        return self.rows_of_text() > self._room(self.heading().count("\n") + 1)


def _reset(question: Question, event: KeyPressEvent) -> None:
    question.replace(question.proposal.command)
    question.say("This is the proposal again.")


def _copy(question: Question, event: KeyPressEvent) -> None:
    output = question.keyboard.output
    output.write_raw(copy_sequence(question.buffer.text))
    output.flush()
    question.say("Sent to the clipboard of the terminal.")


def _complete(question: Question, event: KeyPressEvent) -> None:
    if question.choice.has_gaps(question.buffer.text):
        question.choice.turn_to_gap(question.buffer, 1)
    elif question.buffer.complete_state:
        question.buffer.complete_next()
    else:
        question.buffer.start_completion(insert_common_part=True)


def _complete_back(question: Question, event: KeyPressEvent) -> None:
    if question.choice.has_gaps(question.buffer.text):
        question.choice.turn_to_gap(question.buffer, -1)
    elif question.buffer.complete_state:
        question.buffer.complete_previous()


HANDLERS: Mapping[str, Handler] = {
    "run": lambda question, event: question.approve(event, Wish.RUN),
    "run_suspicious": lambda question, event: question.approve(event, Wish.RUN, sure=True),
    "reject": lambda question, event: question.leave(Wish.REJECT),
    "comment": lambda question, event: question.approve(event, Wish.COMMENT),
    "keep": lambda question, event: question.approve(event, Wish.RUN, keep=True),
    "answer": lambda question, event: question.leave(Wish.ANSWER),
    "explain": lambda question, event: question.leave(Wish.EXPLAIN),
    "reset": _reset,
    "editor": lambda question, event: question.leave(Wish.EDITOR),
    "copy": _copy,
    "save": lambda question, event: question.leave(Wish.SAVE),
    "stop": lambda question, event: question.leave(Wish.STOP),
    "end_leftovers": lambda question, event: question.end_leftovers(event),
    "newline": lambda question, event: insert_newline(event),
    "page_down": lambda question, event: question.pages.turn(1),
    "page_up": lambda question, event: question.pages.turn(-1),
    "complete": _complete,
    "complete_back": _complete_back,
    "next_candidate": lambda question, event: question.choice.go(question.buffer, 1),
    "previous_candidate": lambda question, event: question.choice.go(question.buffer, -1),
    "undo": lambda question, event: question.buffer.undo(),
    "help": lambda question, event: question.show_help(),
}
"""By the names of `actions`."""
