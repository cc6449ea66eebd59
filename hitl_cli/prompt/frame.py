"""The screen layout of a question. It is reused for all questions, because creating it takes longer than drawing it."""

from collections.abc import Sequence
from enum import Enum, auto
from functools import lru_cache
from typing import Protocol

from prompt_toolkit.application import Application
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import Completer
from prompt_toolkit.cursor_shapes import ModalCursorShapeConfig
from prompt_toolkit.document import Document
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition, has_completions, has_focus, is_searching
from prompt_toolkit.formatted_text import ANSI, StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, merge_key_bindings
from prompt_toolkit.key_binding.bindings.auto_suggest import load_auto_suggest_bindings
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import (
    BufferControl,
    ConditionalContainer,
    Container,
    Dimension,
    FormattedTextControl,
    HSplit,
    Layout,
    Window,
    to_container,
)
from prompt_toolkit.layout.menus import CompletionsMenuControl
from prompt_toolkit.layout.processors import AppendAutoSuggestion
from prompt_toolkit.widgets import SearchToolbar

from hitl_cli.prompt.alternatives import Choice, MarkGaps, gap_keys
from hitl_cli.prompt.line import LabelHidden, TextBuffer, disabled_keys, set_key_timeouts
from hitl_cli.prompt.options import KeyMap, Perform, ReviewOptions
from hitl_cli.screen.command_text import PROMPT, CodeLexer, gutter
from hitl_cli.screen.themes import line_style
from hitl_cli.terminal.input import suspend_key
from hitl_cli.terminal.keyboard import Keyboard
from hitl_cli.terminal.toolkit import ResizableApplication

UNDER_LINES = 2  # the message and the keys
_MENU_LINES = 6
_MESSAGE_LINES = 3


class NextStep(Enum):
    """What the person chose to do next."""

    RUN = auto()
    COMMENT = auto()
    REJECT = auto()
    ANSWER = auto()
    EDITOR = auto()
    EXPLAIN = auto()
    PREVIEW = auto()
    SAVE = auto()
    ALWAYS = auto()
    STOP = auto()
    END_LEFTOVERS = auto()


class Content(Protocol):
    """What the frame shows of a question, read at each drawing, and the callbacks of the frame."""

    @property
    def choice(self) -> Choice:
        """The alternatives of the text, and its gaps."""

    @property
    def is_fixed(self) -> bool:
        """Whether the text cannot be changed."""

    def heading(self) -> str:
        """Return what is above the text, with escape sequences."""

    def note(self) -> str:
        """Return what is under the text, empty for nothing."""

    def hint(self) -> str:
        """Return the line of keys."""

    def help(self) -> str:
        """Return the current page of the key help, with escape sequences."""

    def turn_help(self, step: int) -> None:
        """Turn to the next (1) or the previous (-1) page of the key help."""

    def rows_of_text(self) -> int:
        """Return how many rows the text takes."""

    def after_drawing(self) -> None:
        """Called after the screen was drawn."""

    def text_changed(self) -> None:
        """Called after the text has changed."""

    def key_pressed(self) -> None:
        """Called before the action of a key is performed."""

    def guard(self) -> None:
        """Let no key count until the next drawing is on the screen."""


@lru_cache(maxsize=2)
def _parsed(shown: str) -> ANSI:
    """Return `shown`, with escape sequences, for prompt_toolkit; most drawings show the same again."""
    return ANSI(shown)


class Frame:
    """The layout and the key bindings of a question; `hold` sets the question."""

    def __init__(self, keyboard: Keyboard, options: ReviewOptions, perform: Perform) -> None:
        self._content: Content | None = None
        self._suggest = AutoSuggestFromHistory() if options.suggestions else None
        self.buffer = TextBuffer(
            multiline=True,
            history=options.history,
            auto_suggest=self._suggest,
            read_only=Condition(lambda: self._content is not None and self._content.is_fixed),
        )
        self.buffer.on_text_changed += lambda _: self._question.text_changed()
        self._search = SearchToolbar()
        processors = self._search.control.input_processors
        assert processors is not None
        processors.insert(0, LabelHidden())
        self.text = Window(
            BufferControl(
                self.buffer,
                lexer=CodeLexer(lambda: self._question.choice.proposal.language),
                input_processors=[
                    MarkGaps(lambda: self._question.choice.gap_names),
                    AppendAutoSuggestion(),
                    LabelHidden(),
                ],
                search_buffer_control=self._search.control,
                preview_search=True,
                include_default_input_processors=True,
            ),
            get_line_prefix=self._gutter,
            wrap_lines=True,
            dont_extend_height=True,
            height=lambda: Dimension(min=1, preferred=self._question.rows_of_text()),
            always_hide_cursor=Condition(lambda: not keyboard.keys_count),
        )
        self._help = Window(
            FormattedTextControl(
                lambda: _parsed(self._question.help()),
                focusable=True,
                key_bindings=self._help_bindings(options.keys),
            ),
            dont_extend_height=True,
        )
        self.application: Application[NextStep] = ResizableApplication(
            keyboard.terminal,
            layout=Layout(self._container(), focused_element=self.text),
            key_bindings=merge_key_bindings(
                [
                    load_auto_suggest_bindings(),
                    disabled_keys(),
                    gap_keys(lambda document: self._question.choice.gap_at(document)),
                    suspend_key(lambda: self._question.guard()),
                    options.keys.bindings(perform, has_focus(self.buffer)),
                ]
            ),
            style=line_style(options.theme),
            include_default_pygments_style=False,
            editing_mode=options.editing_mode,
            cursor=ModalCursorShapeConfig() if options.editing_mode == EditingMode.VI else None,
            input=keyboard.input,
            output=keyboard.output,
            erase_when_done=True,
        )
        set_key_timeouts(self.application)
        self.application.after_render += lambda _: self._question.after_drawing()
        self.application.key_processor.before_key_press += lambda _: self._question.key_pressed()

    def hold(self, content: Content, text: str, completer: Completer) -> None:
        """Show another question, with `text` on the line."""
        self._content = content
        suggests = content.choice.proposal.language == "bash"
        self.buffer.auto_suggest = self._suggest if suggests else None
        self.buffer.reset(Document(text, 0))
        self.buffer.completer = completer
        self.show_text()

    def show_text(self) -> None:
        """Show the question."""
        self.application.layout.focus(self.text)

    def show_help(self) -> None:
        """Show the key help in place of the question, until any key but those that turn pages."""
        self.application.layout.focus(self._help)

    def _gutter(self, line: int, wraps: int) -> StyleAndTextTuples:
        shown = gutter(line, wraps > 0, self.buffer.document.line_count, first=PROMPT)
        return [("class:gutter" if line or wraps else "", shown)]

    @property
    def _question(self) -> Content:
        assert self._content is not None
        return self._content

    def _container(self) -> HSplit:
        helping = has_focus(self._help)
        heading = Window(
            FormattedTextControl(lambda: _parsed(self._question.heading())),
            height=lambda: Dimension.exact(self._question.heading().count("\n") + 1),
        )
        menu = Window(
            CompletionsMenuControl(),
            height=lambda: Dimension(max=_MENU_LINES),
            dont_extend_height=True,
            dont_extend_width=True,
            style="class:completion-menu",
        )
        note = Window(
            FormattedTextControl(lambda: self._question.note()),
            style="class:message",
            wrap_lines=True,
            dont_extend_height=True,
            height=Dimension(min=1, max=_MESSAGE_LINES),
        )
        hint = Window(FormattedTextControl(lambda: self._question.hint()), style="class:hint", height=1)
        parts: list[Container] = [
            heading,
            self.text,
            ConditionalContainer(menu, has_completions & has_focus(self.buffer)),
            to_container(self._search),
            ConditionalContainer(note, Condition(lambda: bool(self._question.note())) & ~is_searching),
            hint,
        ]
        return HSplit(
            [ConditionalContainer(self._help, helping), ConditionalContainer(HSplit(parts), ~helping)]
        )

    def _help_bindings(self, keys: KeyMap) -> KeyBindings:
        bindings = KeyBindings()

        @bindings.add(Keys.Any)
        def _(event: object) -> None:
            self.show_text()

        bindings.add(Keys.Ignore)(lambda event: None)

        def bind(keys: Sequence[str], step: int) -> None:
            @bindings.add(*keys)
            def _(event: object) -> None:
                self._question.turn_help(step)

        for name, step in (("page_down", 1), ("page_up", -1)):
            for each in keys.sequences(name):
                bind(each, step)
        return bindings
