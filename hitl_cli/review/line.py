"""The line on which a person edits: prompt_toolkit, set up so that only a deliberate key decides."""

import os
import re
import select
import termios
from collections.abc import Callable
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import AnyFormattedText, fragment_list_to_text
from prompt_toolkit.input import Input, create_input
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPress, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.layout.utils import explode_text_fragments
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.styles import Style

from hitl_cli.environment import Terminal
from hitl_cli.review.visible import positions, segments

STYLE = Style.from_dict({"label": "reverse ansiyellow", "bottom-toolbar": "noreverse ansibrightblack"})

_CURSOR_REPORT = re.compile(rb"\x1b\[\d+;\d+R")
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
    """Asks for one text after the other at a terminal."""

    def __init__(self, terminal: Terminal) -> None:
        self._input: Input = create_input(terminal.input)
        self._descriptor = terminal.input.fileno()
        self.output: Output = create_output(terminal.output)

    async def ask(
        self,
        session: "PromptSession[str]",
        message: Callable[[], AnyFormattedText],
        default: str | Document = "",
        early_keys_count: bool = False,
    ) -> str:
        """Show `message` and return the text that the person entered.

        Keys typed before it was shown are dropped, unless `early_keys_count`.

        Raises:
            EOFError: The input has ended, or the person ended it.
        """
        application = session.app
        application.ttimeoutlen = _ESCAPE_TIMEOUT
        application.timeoutlen = _ESCAPE_TIMEOUT
        if early_keys_count:
            return await session.prompt_async(message, default=default, handle_sigint=False)
        clear_typeahead(self._input)
        drop = _DropEarlyKeys(self._descriptor)
        application.after_render += drop
        try:
            return await session.prompt_async(message, default=default, handle_sigint=False)
        finally:
            application.after_render -= drop

    def session(self, bindings: KeyBindings, **options: Any) -> "PromptSession[str]":
        """Return a prompt at this terminal with `bindings` of its own."""
        return PromptSession(
            input=self._input,
            output=self.output,
            key_bindings=bindings,
            style=STYLE,
            multiline=True,
            input_processors=[ShowHidden()],
            reserve_space_for_menu=0,
            **options,
        )


class _DropEarlyKeys:
    """Drops, once, what was typed before the question was on the screen; the terminal's own report is kept."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._done = False

    def __call__(self, application: Application[Any]) -> None:
        if self._done:
            return
        self._done = True
        early = b""
        try:
            while select.select([self._descriptor], [], [], 0)[0] and (
                chunk := os.read(self._descriptor, 4096)
            ):
                early += chunk
            termios.tcflush(self._descriptor, termios.TCIFLUSH)
        except (OSError, termios.error):
            return  # the terminal is gone; the next read says so
        for report in _CURSOR_REPORT.findall(early):
            application.key_processor.feed(KeyPress(Keys.CPRResponse, report.decode("ascii")))


def insert_newline(event: KeyPressEvent) -> None:
    """Begin a new line in the text."""
    event.current_buffer.newline(copy_margin=False)


def accept(event: KeyPressEvent) -> None:
    """Return the text as it is, if it is valid."""
    event.current_buffer.validate_and_handle()
