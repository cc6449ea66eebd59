"""One question at the terminal: what is shown of a proposal, and what must be true before the line may run."""

import textwrap
from functools import lru_cache, partial

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import DummyCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.key_binding import KeyPressEvent
from prompt_toolkit.key_binding.vi_state import InputMode
from rich.console import Console, RenderableType

from hitl_cli.prompt.alternatives import Choice
from hitl_cli.prompt.completion import ShellCompleter
from hitl_cli.prompt.frame import UNDER_LINES, Frame, NextStep
from hitl_cli.prompt.heading import Heading, suspicions_of
from hitl_cli.prompt.line import exit_once
from hitl_cli.prompt.options import ReviewOptions
from hitl_cli.prompt.pages import Pages
from hitl_cli.prompt.question_keys import (
    approved_note,
    can_repeat,
    help_pages,
    key_row,
    unlisted,
    why_not_again,
)
from hitl_cli.requests import CodeRequest, CommandRequest
from hitl_cli.screen.command_text import PROMPT, gutter
from hitl_cli.screen.panels import FIXED
from hitl_cli.terminal.deliberate import DeliberateKeys
from hitl_cli.terminal.keyboard import NOT_YET, Keyboard
from hitl_cli.terminal.toolkit import redraw
from hitl_cli.text.amounts import counted
from hitl_cli.text.grammar import python_syntax_error, syntax_error
from hitl_cli.text.visible import refusal, shown_form, shown_line


class Question:
    """A proposal on the screen, and under it the line with the text that would run."""

    def __init__(
        self,
        frame: Frame,
        keyboard: Keyboard,
        console: Console,
        options: ReviewOptions,
        proposal: CommandRequest,
        position: int,
        total: int,
    ) -> None:
        """Take the proposal, and the frame that shows this question from now on."""
        self.choice = Choice(proposal)
        self.keep = self.again = False
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
        self._has_started = False
        self._confirmation = lru_cache(maxsize=2)(proposal.confirmation)  # read at each drawing
        self._can_repeat = lru_cache(maxsize=2)(partial(can_repeat, proposal))
        self._head = Heading(keyboard.output, console, options.theme, position, total, proposal.folder)
        text = proposal.command if proposal.draft is None else proposal.draft
        completer = ShellCompleter(proposal.folder, options.variables, options.history)
        frame.hold(self, text, DummyCompleter() if isinstance(proposal, CodeRequest) else completer)

    async def ask(self) -> NextStep:
        """Show the question until the person chooses a step that leaves the line, and return it.

        Keys that were pressed before the question was on the screen do not count.

        Raises:
            EOFError: The input has ended.
        """
        self.guard()
        is_first, self._has_started = not self._has_started, True
        try:
            return await self.application.run_async(
                pre_run=self._place_cursor if is_first else None,
                handle_sigint=False,
            )
        finally:
            self._deliberate.cancel()

    def guard(self) -> None:
        """Let no key count until the next drawing is on the screen."""
        self.keyboard.guard(self.application, self.warn)

    def _place_cursor(self) -> None:
        if not self._is_tall:  # a tall text is read from its start
            self.choice.place_cursor(self.buffer)

    @property
    def proposal(self) -> CommandRequest:
        """The proposal, with the alternative that the person chose."""
        return self.choice.proposal

    @property
    def request_id(self) -> str:
        """The id of the request."""
        return self.proposal.request_id

    # Actions.

    def leave(self, step: NextStep) -> None:
        """Leave the line for `step`."""
        self.buffer.cancel_completion()
        exit_once(self.application, result=step)

    def approve(
        self,
        event: KeyPressEvent,
        step: NextStep,
        *,
        sure: bool = False,
        keep: bool = False,
        again: bool = False,
    ) -> None:
        """Leave the line to run it, if it may run and the keys of `event` were deliberate.

        With `sure`, warnings are no obstacle. With `keep`, the command is added to the catalogue, and with `again` its
        text needs no question for the rest of the session.
        """
        self.buffer.suggestion = None
        self.buffer.cancel_completion()
        redraw(
            self.application
        )  # text that arrived with this key must be on the screen before the key counts
        if not self.application.is_running:
            return
        if problem := self._obstacle(sure) or (again and why_not_again(self.proposal, self.buffer.text)):
            self.warn(problem)
            return
        self._deliberate.consider(event, lambda: self._approve(step, keep, again))

    def _approve(self, step: NextStep, keep: bool, again: bool) -> None:
        redraw(self.application)
        if not self.application.is_running or self.application.is_done:
            return
        self.drawn_at_approval = self.pages.drawn_text()
        if self.drawn_at_approval != shown_form(self.buffer.text):
            self.warn("Nothing ran: the screen was out of date. Read it again, then press the key again.")
            self.application.invalidate()
            return
        self.keep, self.again = keep, again
        self.leave(step)

    def end_leftovers(self, event: KeyPressEvent) -> None:
        """Leave the line to end leftover processes, if the keys of `event` were deliberate."""
        if self.proposal.leftovers:
            self._deliberate.consider(event, lambda: self.leave(NextStep.END_LEFTOVERS))
        else:
            self.warn("No process was left behind.")

    def say(self, message: str) -> None:
        """Show what an action did, under the text, until the next key or change of the text."""
        self._message, self._is_warning = message, False

    def warn(self, message: str) -> None:
        """Show why a key had no effect, under the text, until the next key."""
        self._message, self._is_warning = message, True
        self._warned_at = self.keyboard.keys_pressed

    def clear_message(self, event: KeyPressEvent) -> None:
        """Clear the message that a key before those of `event` left."""
        if self.keyboard.keys_pressed - len(event.key_sequence) >= self._warned_at:
            self.say("")

    def show_help(self) -> None:
        """Show all keys in place of the question, until any key but those that turn pages."""
        self._help_page = 0
        self._frame.show_help()

    @property
    def is_fixed(self) -> bool:
        """Whether the text on the line cannot be changed."""
        return self.proposal.is_fixed

    def replace(self, text: str) -> None:
        """Replace the text on the line; this can be undone."""
        self.buffer.save_to_undo_stack()
        self.buffer.document = Document(text, len(text))

    # What must be true before the line may run.

    def _obstacle(self, sure: bool) -> str:
        text = self.buffer.text
        keys = self._options.keys
        if obstacle := self.choice.obstacle(text):
            self.choice.place_cursor(self.buffer)
            return obstacle
        if sentence := refusal(text):
            return sentence
        if denial := self.proposal.denial(text):
            return f"Nothing ran: {denial}."
        if (delegation := self.proposal.delegation) and (problem := delegation.check(text)):
            return f"Nothing ran: the workflow does not accept this command: {problem}"
        if self.pages.first_unseen:
            self.pages.show_unseen()
            return (
                "Nothing ran: the command continues here. "
                f"Press {keys.shown('run', first=True)} for each further page."
            )
        if suspicions_of(text) and not sure:
            return (
                "Nothing ran: the command may be deceptive. Read the warnings; to run it, press "
                f"{keys.shown('run_suspicious', first=True)}."
            )
        return ""

    # What the frame shows and reports; see `Content`.

    def heading(self) -> str:
        """Return the panel, or as much of it as leaves room for the text."""
        return self._head.drawn(
            self.proposal, self.buffer.text, self.rows_of_text(), self._room(0), self._listed
        )

    def _listed(self) -> RenderableType | None:
        return self.choice.list_drawn(self._options.theme) if self.proposal.alternatives else None

    def summary(self, room: int) -> str:
        """Return the panel and the text in at most `room` rows, for a field under the question."""
        text, lines = self.buffer.text, self.buffer.text.split("\n")
        drawn = [
            gutter(row.line, row.start > 0, len(lines), first=PROMPT)
            + shown_line(lines[row.line])[row.start : row.end]
            for row in self.pages.rows
            if row.start < row.end or not row.start  # other rows are only for the cursor
        ]
        heading = self._head.drawn(self.proposal, text, len(drawn), room, self._listed).split("\n")
        left = max(min(room, 1), room - len(heading))
        if len(drawn) > left:
            note = f"… and {len(drawn) - left + 1} more rows"[: self.keyboard.output.get_size().columns]
            drawn = [*drawn[: left - 1], note] if left > 1 else drawn[:left]
        return "\n".join([*heading[: room - len(drawn)], *drawn])

    def note(self) -> str:
        """Return the message, or a note about the text, in lines that fit."""
        width = self.keyboard.output.get_size().columns
        return "\n".join(textwrap.wrap(self._note(), max(1, width)))

    def _note(self) -> str:
        if self._message:
            return self._message
        text = self.buffer.text
        is_code = isinstance(self.proposal, CodeRequest)
        checks = is_code or self._options.warns_of_syntax
        if checks and (place := python_syntax_error(text) if is_code else syntax_error(text)):
            return f"{self.proposal.language} syntax error at line {place[0]}, column {place[1]} (you can still run it)"
        if self._is_tall and not self.pages.are_drawn:
            return "The command is longer than the screen."
        if self._is_tall and (left := self.pages.rows_left):
            return f"{counted(left, 'row')} not shown yet. PgDn shows them; nothing runs before."
        if self.proposal.previews is not None and (note := self.proposal.previews.note(text)):
            return note
        return approved_note(self._options.keys, self.proposal, text, can_repeat=self._can_repeat(text))

    def preview(self) -> None:
        """Leave the line to preview it, if it is a text that may run."""
        text = self.buffer.text
        if problem := self.choice.obstacle(text) or refusal(text) or self.proposal.denial(text):
            self.warn(problem)
        else:
            self.leave(NextStep.PREVIEW)

    def previewed(self) -> None:
        """Note that a preview was made: the text may now need a word of confirmation."""
        self._confirmation.cache_clear()

    def hint(self) -> str:
        """Return as many keys as fit, the most needed first; while no key counts, say that."""
        if not self.keyboard.keys_count:
            return NOT_YET
        text = self.buffer.text
        action = "run_suspicious" if suspicions_of(text) else "run"
        return key_row(
            self._options.keys,
            self.proposal,
            self.keyboard.output.get_size().columns,
            {action: "run, after a word" if self._confirmation(text) else "run"},
            can_repeat=self._can_repeat(text),
            has_gaps=self.choice.has_gaps(text),
            mode=self._vi_mode,
        )

    @property
    def _vi_mode(self) -> str:
        """The vi mode of the line, empty in emacs mode."""
        if self._options.editing_mode != EditingMode.VI:
            return ""
        mode = self.application.vi_state.input_mode
        return "NORMAL" if mode == InputMode.NAVIGATION else mode.name.partition("_")[0]

    def help(self) -> str:
        """Return the current page of the key help."""
        keys, size = self._options.keys, self.keyboard.output.get_size()
        pages = help_pages(
            keys, size.columns, size.rows - 1, unlisted(self.proposal, [each.name for each in keys.actions])
        )
        self._help_page = max(0, min(self._help_page, len(pages) - 1))
        return self._head.draw(pages[self._help_page])

    def turn_help(self, step: int) -> None:
        """Turn to the next (1) or the previous (-1) page of the key help."""
        self._help_page += step

    def rows_of_text(self) -> int:
        """Return how many rows the text takes."""
        return len(self.pages.rows)

    def after_drawing(self) -> None:
        """Record what is on the screen."""
        rows_left = self.pages.rows_left
        self.pages.record_drawn()
        if rows_left != self.pages.rows_left:
            self.application.invalidate()  # the note shows how many rows are left

    def text_changed(self) -> None:
        """Clear a message about the previous text; restore a text that cannot be changed, as by an earlier command."""
        if self.is_fixed and self.buffer.text != self.proposal.command:
            self.buffer.reset(Document(self.proposal.command))
            self.warn(FIXED)
            return
        if not self._is_warning:
            self.say("")

    def key_pressed(self) -> None:
        """Clear the message; an earlier key that was about to decide has no effect."""
        self._deliberate.key_pressed()

    def _room(self, heading_lines: int) -> int:
        """Return how many rows are free for the text under a heading of so many lines."""
        return max(1, self.keyboard.output.get_size().rows - UNDER_LINES - heading_lines)

    @property
    def _is_tall(self) -> bool:
        """Whether the text does not fit on the screen under the heading."""
        return self.rows_of_text() > self._room(self.heading().count("\n") + 1)
