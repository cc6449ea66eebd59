"""The line on which a person edits: prompt_toolkit, set up so that only a deliberate key decides."""

import os
import re
import select
from collections.abc import Callable, Sequence
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import is_done
from prompt_toolkit.formatted_text import AnyFormattedText, fragment_list_to_text
from prompt_toolkit.history import History
from prompt_toolkit.input import Input, create_input
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPress, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import (
    BufferControl,
    ConditionalContainer,
    FormattedTextControl,
    HSplit,
    Layout,
    Window,
)
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.layout.utils import explode_text_fragments
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.styles import Style
from prompt_toolkit.validation import Validator
from prompt_toolkit.widgets import ValidationToolbar

from hitl_cli.environment import Terminal
from hitl_cli.review.visible import positions, segments

STYLE = Style.from_dict(
    {"label": "reverse ansiyellow", "hint": "ansibrightblack", "validation-toolbar": "ansired"}
)

_CURSOR_REPORT = re.compile(rb"\x1b\[\d+;\d+R")
_CUT_REPORT = re.compile(rb"\x1b(\[[\d;]*)?\Z")
_REPORT_TIMEOUT = 0.05  # seconds in which the rest of a report that has begun arrives
_ESCAPE_TIMEOUT = 0.1  # seconds after which an Esc is a key of its own, and not the beginning of another


class ShowHidden(Processor):
    """Shows every unusual character of the line as its label; the text itself stays as it is."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """Return the line with labels, and how its columns map to those of the text."""
        fragments = explode_text_fragments(transformation_input.fragments)
        pieces = segments(fragment_list_to_text(fragments), single_line=True)
        if not any(piece.marked for piece in pieces):
            return Transformation(list(fragments))
        shown: list[Any] = []
        at = 0
        for piece in pieces:
            style = fragments[at][0] if at < len(fragments) else ""
            shown.append((f"{style} class:label" if piece.marked else style, piece.shown))
            at += len(piece.raw)
        to_shown, to_raw = positions(pieces)
        return Transformation(
            shown,
            source_to_display=lambda column: to_shown[min(column, len(to_shown) - 1)],
            display_to_source=lambda column: to_raw[min(column, len(to_raw) - 1)],
        )


class Keyboard:
    """The keys of a terminal, and its screen as prompt_toolkit draws on it."""

    def __init__(self, terminal: Terminal) -> None:
        self.input: Input = create_input(terminal.input)
        self.output: Output = create_output(terminal.output)
        self.descriptor = terminal.input.fileno()


class Line:
    """A text that is edited in place, of one line or of several.

    `above` is drawn over the text, `prefix` before its first line, and `hint` under it.
    """

    def __init__(
        self,
        keyboard: Keyboard,
        bindings: KeyBindings,
        *,
        prefix: str,
        hint: str,
        processors: Sequence[Processor] = (),
        above: Callable[[], AnyFormattedText] | None = None,
        lexer: Lexer | None = None,
        validator: Validator | None = None,
        history: History | None = None,
        erase_when_done: bool = False,
    ) -> None:
        self._keyboard = keyboard
        self._buffer = Buffer(
            multiline=True,
            validator=validator,
            validate_while_typing=False,
            history=history,
            accept_handler=self._accepted,
        )
        text = Window(
            BufferControl(
                self._buffer,
                lexer=lexer,
                input_processors=[*processors, ShowHidden()],
                include_default_input_processors=True,
            ),
            get_line_prefix=lambda line, wrapped: prefix if line == wrapped == 0 else " " * len(prefix),
            wrap_lines=True,
            dont_extend_height=True,
        )
        under = ConditionalContainer(
            HSplit([ValidationToolbar(), Window(FormattedTextControl(hint), style="class:hint", height=1)]),
            ~is_done,
        )
        over = [Window(FormattedTextControl(above), dont_extend_height=True)] if above else []
        self.application: Application[str] = Application(
            layout=Layout(HSplit([*over, text, under]), focused_element=text),
            key_bindings=bindings,
            style=STYLE,
            input=keyboard.input,
            output=keyboard.output,
            erase_when_done=erase_when_done,
        )
        self.application.ttimeoutlen = _ESCAPE_TIMEOUT
        self.application.timeoutlen = _ESCAPE_TIMEOUT

    async def ask(
        self,
        default: str = "",
        *,
        early_keys_count: bool = False,
        begin: Callable[[Buffer], None] | None = None,
    ) -> str:
        """Return the text that the person entered, `default` to begin with; `begin` may select a part of it.

        Keys typed before it was shown are dropped, unless `early_keys_count`.

        Raises:
            EOFError: The input has ended, or the person ended it.
        """
        self._buffer.reset(Document(default))
        if not early_keys_count:
            clear_typeahead(self._keyboard.input)
            self.application.before_render += _DropEarlyKeys(self._keyboard.descriptor)
        return await self.application.run_async(
            pre_run=(lambda: begin(self._buffer)) if begin else None, handle_sigint=False
        )

    def _accepted(self, buffer: Buffer) -> bool:
        self.application.exit(result=buffer.text)
        return True  # keep the text, which is drawn once more


class _DropEarlyKeys:
    """Drops, once, what was typed before the question reached the screen; the terminal's own report is kept.

    It acts when the first drawing is about to be written out: a key pressed later was pressed on what is seen.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._done = False

    def __call__(self, application: Application[Any]) -> None:
        if self._done:
            return
        self._done = True
        output, flush = application.output, application.output.flush

        def drop_and_flush() -> None:
            output.flush = flush  # type: ignore[method-assign]
            self._drop(application)
            flush()

        output.flush = drop_and_flush  # type: ignore[method-assign]

    def _drop(self, application: Application[Any]) -> None:
        early = b""
        try:
            while self._readable(_REPORT_TIMEOUT if _CUT_REPORT.search(early) else 0):
                if not (chunk := os.read(self._descriptor, 4096)):
                    break
                early += chunk
        except OSError:
            return  # the terminal is gone; the next read says so
        for report in _CURSOR_REPORT.findall(early):
            application.key_processor.feed(KeyPress(Keys.CPRResponse, report.decode("ascii")))
        application.key_processor.process_keys()

    def _readable(self, timeout: float) -> bool:
        return bool(select.select([self._descriptor], [], [], timeout)[0])


def insert_newline(event: KeyPressEvent) -> None:
    """Begin a new line in the text."""
    event.current_buffer.newline(copy_margin=False)


def accept(event: KeyPressEvent) -> None:
    """Return the text as it is, if it is valid."""
    event.current_buffer.validate_and_handle()
