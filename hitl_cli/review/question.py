"""One question at the terminal: the panel, the line under it, and what must hold before the line may run."""

from enum import Enum, auto
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit.application import Application
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition, has_completions, has_focus, is_searching
from prompt_toolkit.formatted_text import ANSI, StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, merge_key_bindings
from prompt_toolkit.key_binding.bindings.auto_suggest import load_auto_suggest_bindings
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import (
    BufferControl,
    ConditionalContainer,
    Dimension,
    FormattedTextControl,
    HSplit,
    Layout,
    Window,
)
from prompt_toolkit.layout.containers import WindowRenderInfo
from prompt_toolkit.layout.menus import CompletionsMenuControl
from prompt_toolkit.layout.processors import AppendAutoSuggestion
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.styles import Style
from prompt_toolkit.widgets import SearchToolbar
from pygments.lexers.shell import BashLexer
from rich.console import Console

from hitl_cli.review.candidates import Choice, MarkGaps
from hitl_cli.review.completion import ShellCompleter
from hitl_cli.review.heading import Heading, reasons_of
from hitl_cli.review.keyboard import Keyboard
from hitl_cli.review.line import ESCAPE_TIME, ShowHidden
from hitl_cli.review.panels import help_lines
from hitl_cli.review.seen import Row, Seen, row_of, rows, shown_line, source_column
from hitl_cli.review.syntax import syntax_error
from hitl_cli.session.decision import Proposal
from hitl_cli.shell.approvals import digest
from hitl_cli.text.visible import refusal

if TYPE_CHECKING:
    from hitl_cli.review.options import ReviewOptions

_PREFIX = "$ "
_MENU_LINES = 6
_UNDER_LINES = 2  # the message and the keys


class Wish(Enum):
    """What the person wants to do, for which the line is left."""

    RUN = auto()
    COMMENT = auto()
    REJECT = auto()
    ANSWER = auto()
    EDITOR = auto()
    EXPLAIN = auto()
    SAVE = auto()
    STOP = auto()


def blank_application(keyboard: Keyboard, options: "ReviewOptions") -> "Application[Wish]":
    """Return an application for one question, to be filled when it comes: making it takes longer than drawing."""
    application: Application[Wish] = Application(
        style=Style.from_dict(dict(options.theme.line)),
        editing_mode=options.editing_mode,
        input=keyboard.input,
        output=keyboard.output,
        erase_when_done=True,
    )
    application.ttimeoutlen = ESCAPE_TIME
    application.timeoutlen = ESCAPE_TIME
    return application


class Question:
    """A proposal on the screen; the line under it holds what would run."""

    def __init__(
        self,
        keyboard: Keyboard,
        console: Console,
        options: "ReviewOptions",
        proposal: Proposal,
        position: int,
        total: int,
        folder: Path,
        spare: "Application[Wish] | None" = None,
    ) -> None:
        """Take what is asked, and a blank application to draw it with, if there is one already."""
        self.choice = Choice(proposal)
        self.keep = False
        self.keyboard = keyboard
        self._options = options
        self._seen = Seen()
        self._noted: WindowRenderInfo | None = None
        self._message = ""
        self.approved_digest = ""
        self._head = Heading(keyboard.output, console, options.theme, position, total, folder)
        self.buffer = Buffer(
            multiline=True,
            document=Document(proposal.command if proposal.draft is None else proposal.draft, 0),
            history=options.history,
            auto_suggest=AutoSuggestFromHistory() if options.suggestions else None,
            completer=ShellCompleter(folder, options.variables, options.history),
        )
        self._begun = False
        self._search = SearchToolbar()
        self._text = Window(
            BufferControl(
                self.buffer,
                lexer=PygmentsLexer(BashLexer),
                input_processors=[MarkGaps(proposal), AppendAutoSuggestion(), ShowHidden()],
                search_buffer_control=self._search.control,
                preview_search=True,
                include_default_input_processors=True,
            ),
            get_line_prefix=lambda line, wrapped: _PREFIX if line == wrapped == 0 else " " * len(_PREFIX),
            wrap_lines=True,
            dont_extend_height=True,
            height=lambda: Dimension(min=1, preferred=len(self._rows())),
        )
        self._help = Window(
            FormattedTextControl(
                lambda: self._help_text(), focusable=True, key_bindings=self._help_bindings()
            ),
            dont_extend_height=True,
        )
        self.application = spare or blank_application(keyboard, options)
        self._fill(self.application)

    async def ask(self) -> Wish:
        """Show the question until the person wants something for which the line is left.

        Keys that were pressed before the question was on the screen do not count.

        Raises:
            EOFError: The input has ended.
        """
        self.keyboard.deliberate_keys_only(self.application)
        begin, self._begun = not self._begun, True
        return await self.application.run_async(
            pre_run=self._begin if begin else None,
            handle_sigint=False,
        )

    def _begin(self) -> None:
        if not self._is_tall:  # else it is read from its beginning
            self.choice.begin(self.buffer)

    @property
    def proposal(self) -> Proposal:
        """What is proposed: of several candidates the one that the person chose."""
        return self.choice.proposal

    # What actions do.

    def leave(self, wish: Wish) -> None:
        """End the drawing, because the person wants something."""
        self.buffer.cancel_completion()
        self.application.exit(result=wish)

    def approve(self, wish: Wish, *, sure: bool = False) -> None:
        """Leave to run what is on the line, if it may run; `sure` where the person knows that it looks deceptive."""
        self.buffer.suggestion = None
        self.buffer.cancel_completion()
        self.application._redraw()  # what was typed together with this key is on the screen before it counts
        if not self.application.is_running:
            return
        if problem := self._obstacle(sure):
            self.say(problem)
            return
        try:
            self.approved_digest = self._digest_of_shown()
        except RuntimeError:
            self.say("The screen was not up to date; look at it again.")
            return
        self.leave(wish)

    def say(self, message: str) -> None:
        """Show one line under the text, until the next key."""
        self._message = message

    def show_help(self) -> None:
        """Show all keys in place of the question, until the next one."""
        self.application.layout.focus(self._help)

    def replace(self, text: str) -> None:
        """Put another text on the line, which can be undone."""
        self.buffer.save_to_undo_stack()
        self.buffer.document = Document(text, len(text))

    def turn_page(self, direction: int) -> None:
        """Move a screen further down (1) or up (-1)."""
        all_rows = self._rows()
        info = self._text.render_info
        if info is None or not info._rowcol_to_yx:
            return
        places = info._rowcol_to_yx.keys()
        line, column = max(places) if direction > 0 else min(places)
        step = max(1, info.window_height - 1)
        self._go_to_row(row_of(all_rows, line, column) + direction * step)

    def _digest_of_shown(self) -> str:
        """The digest of the command whose text is on the screen, letter for letter.

        Raises:
            RuntimeError: The screen shows something else than the line holds.
        """
        info = self._text.render_info
        lines = self.buffer.text.split("\n")
        drawn = []
        if info is not None:
            content = info.ui_content
            # prompt_toolkit adds one blank to every line, where the cursor can stand.
            drawn = [
                "".join(part[1] for part in content.get_line(at))[:-1] for at in range(content.line_count)
            ]
        if drawn != [shown_line(line) for line in lines]:
            raise RuntimeError("the screen does not show what the line holds")
        return digest(self.buffer.text)

    # What must hold before the line may run.

    def _obstacle(self, sure: bool) -> str:
        text = self.buffer.text
        keys = self._options.keys
        if complaint := self.choice.complaint(text):
            return complaint
        if sentence := refusal(text):
            return sentence
        if unseen := self._seen.unseen(text.split("\n")):
            line, column = unseen[0]
            self._show_unseen(line, column)
            return (
                f"Not run yet: it goes on here. {keys.shown('run', first=True)} turns the page until its end."
            )
        if reasons_of(text) and not sure:
            return (
                f"{keys.shown('run', first=True)} does not run what may deceive: read it, then press "
                f"{keys.shown('run_suspicious', first=True)}, or reject it."
            )
        return ""

    def _rows_left(self) -> int:
        """Return how many rows there are from the first one that was not on the screen."""
        unseen = self._seen.unseen(self.buffer.text.split("\n"))
        return len(self._rows()) - row_of(self._rows(), *unseen[0]) if unseen else 0

    def _show_unseen(self, line: int, column: int) -> None:
        all_rows = self._rows()
        row = row_of(all_rows, line, column)
        info = self._text.render_info
        if info is not None and info._rowcol_to_yx and (line, column) > max(info._rowcol_to_yx):
            row = min(row + max(1, info.window_height - 2), len(all_rows) - 1)
        self._go_to_row(row)

    def _go_to_row(self, row: int) -> None:
        all_rows = self._rows()
        target = all_rows[max(0, min(row, len(all_rows) - 1))]
        lines = self.buffer.text.split("\n")
        # Not to the first place of a row: prompt_toolkit leaves the cursor just outside of the window there.
        is_last = target.end == len(shown_line(lines[target.line]))
        column = source_column(lines[target.line], target.end if is_last else target.start + 1)
        self.buffer.cursor_position = self.buffer.document.translate_row_col_to_index(target.line, column)

    def _note_seen(self, application: Application[Wish]) -> None:
        info = self._text.render_info
        if info is None or info is self._noted:
            return  # the terminal is so small that the text was not drawn
        self._noted = info
        lines = self.buffer.text.split("\n")
        if self._is_tall and self._rows_left():
            application.invalidate()  # what is said about the rest depends on what is seen now
        self._seen.note(lines, info._rowcol_to_yx)

    # What is drawn.

    def _fill(self, application: Application[Wish]) -> None:
        at_line = has_focus(self.buffer)
        helping = has_focus(self._help)
        menu = Window(
            CompletionsMenuControl(),
            height=lambda: Dimension(max=_MENU_LINES),
            dont_extend_height=True,
            dont_extend_width=True,
            style="class:completion-menu",
        )
        application.layout = Layout(
            HSplit(
                [
                    ConditionalContainer(self._help, helping),
                    ConditionalContainer(
                        HSplit(
                            [
                                Window(
                                    FormattedTextControl(lambda: ANSI(self._heading())),
                                    height=lambda: Dimension.exact(self._heading().count("\n") + 1),
                                ),
                                self._text,
                                ConditionalContainer(menu, has_completions & at_line),
                                self._search,
                                ConditionalContainer(
                                    Window(
                                        FormattedTextControl(lambda: self._note()),
                                        style="class:message",
                                        wrap_lines=True,
                                        dont_extend_height=True,
                                        height=Dimension(min=1, max=3),
                                    ),
                                    Condition(lambda: bool(self._note())) & ~is_searching,
                                ),
                                Window(FormattedTextControl(self._hint), style="class:hint", height=1),
                            ]
                        ),
                        ~helping,
                    ),
                ]
            ),
            focused_element=self._text,
        )
        application.key_bindings = merge_key_bindings(
            [load_auto_suggest_bindings(), self._options.keys.bindings(self, at_line)]
        )
        application.after_render += self._note_seen
        application.key_processor.before_key_press += lambda _: self.say("")

    def _rows(self) -> list[Row]:
        return _rows_of(self.buffer.text, self.keyboard.output.get_size().columns - len(_PREFIX))

    def _room(self, heading_lines: int) -> int:
        """Return how many rows the text can have at most with a heading of so many lines over it."""
        return max(1, self.keyboard.output.get_size().rows - _UNDER_LINES - heading_lines)

    def _heading(self) -> str:
        listed = self.choice.described() if self.proposal.candidates else None
        return self._head.drawn(self.proposal, self.buffer.text, len(self._rows()), self._room(0), listed)

    @property
    def _is_tall(self) -> bool:
        """Whether the text is longer than what the screen has room for under the heading."""
        return len(self._rows()) > self._room(self._heading().count("\n") + 1)

    def _note(self) -> str:
        if self._message:
            return self._message
        text = self.buffer.text
        if self._options.warns_of_syntax and (place := syntax_error(text)):
            return f"bash does not understand this at line {place[0]}, column {place[1]} (it can be run all the same)"
        if self._is_tall and self._noted is None:
            return "The command is longer than the screen."
        if self._is_tall and (left := self._rows_left()):
            return f"{left} row{'s' * (left != 1)} not shown yet: PgDn turns the page; nothing runs before its end."
        return ""

    def _hint(self) -> StyleAndTextTuples:
        keys, width = self._options.keys, self.keyboard.output.get_size().columns
        first = "run_suspicious" if reasons_of(self.buffer.text) else "run"
        words = {first: "run"}
        if self.proposal.candidates:
            words |= {"next_candidate": "next match", "complete": "next gap", "keep": "run, keep"}
        words |= {"reject": "reject", "help": "all keys", "explain": "explain", "answer": "answer"}
        words |= {"editor": "editor", "newline": "new line"}
        parts: list[str] = []
        for name, word in words.items():
            part = f"{keys.shown(name, first=True)} {word}"
            if len(" · ".join([*parts, part])) > width - 1:
                break
            parts.append(part)
        return [("", " · ".join(parts))]

    def _help_text(self) -> ANSI:
        size = self.keyboard.output.get_size()
        return ANSI(self._head.draw(help_lines(self._options.keys, size.columns, size.rows - 1)))

    def _help_bindings(self) -> KeyBindings:
        bindings = KeyBindings()

        @bindings.add(Keys.Any)
        def _(event: object) -> None:
            self.application.layout.focus(self._text)

        return bindings


@lru_cache(maxsize=4)
def _rows_of(text: str, width: int) -> list[Row]:
    return rows(text.split("\n"), max(2, width))
