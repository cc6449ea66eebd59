"""Text that a person types: a request, a reason, a comment, a file name."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition, emacs_mode, is_done, is_searching
from prompt_toolkit.formatted_text import ANSI, fragment_list_to_text
from prompt_toolkit.history import History
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
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
)
from prompt_toolkit.layout.processors import (
    PasswordProcessor,
    Processor,
    Transformation,
    TransformationInput,
)
from prompt_toolkit.layout.utils import explode_text_fragments
from prompt_toolkit.styles import Style

from hitl_cli.screen.themes import Theme
from hitl_cli.terminal.deliberate import DeliberateKeys
from hitl_cli.terminal.input import suspend_key
from hitl_cli.terminal.keyboard import NOT_YET, Keyboard
from hitl_cli.terminal.toolkit import ResizableApplication
from hitl_cli.text.visible import positions, segments
from hitl_cli.text.wrapping import wrapped_items

ESCAPE_TIME = 0.1
"""Seconds after which an Esc is a key press, not the start of an escape sequence."""

_EDIT_PAUSE = 0.3  # seconds without a change after which a draft is reported
_SEQUENCE_TIME = 2.0  # seconds within which the second key of a sequence such as Ctrl-X Y must follow
_MAX_HINT_LINES = 4


class LabelHidden(Processor):
    """Shows every unusual character as a label; the text itself does not change."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """Return the line with labels, and the mapping between its columns and those of the text."""
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


class TextBuffer(Buffer):
    """A buffer that only this program's own key bindings accept, never a default binding of prompt_toolkit."""

    def validate_and_handle(self) -> None:
        """Do nothing: neither accept the text nor add it to the history."""


def disabled_keys() -> KeyBindings:
    """Return bindings that disable keys with which prompt_toolkit would accept a text; Ctrl-J starts a new line."""
    bindings = KeyBindings()
    bindings.add("c-j", filter=~is_searching)(insert_newline)

    @bindings.add("c-o", filter=emacs_mode)
    @bindings.add("escape", "#", filter=emacs_mode)
    def _(event: KeyPressEvent) -> None: ...

    return bindings


class Line:
    """An editor for a text of one or more lines.

    `prefix` is shown before the first line, `hint` under the text, and above it what `above` returns for a number of
    free rows. Enter accepts the text, unless it is part of a paste or held down.
    """

    def __init__(
        self,
        keyboard: Keyboard,
        bindings: KeyBindings,
        *,
        prefix: str,
        hint: str,
        theme: Theme,
        above: Callable[[int], str] | None = None,
        history: History | None = None,
        erase_when_done: bool = False,
        may_be_empty: bool = True,
        decides: bool = False,
        waits: bool = False,
        is_secret: bool = False,
    ) -> None:
        """Take what is shown around the text, and key bindings besides Enter and those for a new line.

        If Enter `decides` something, the screen is drawn again before Enter counts. With `waits`, no key
        counts until the person can have read what is drawn first. Of a secret text, only its length is shown.
        """
        self._waits = waits
        self._keyboard = keyboard
        self._hint = hint
        self._message = ""
        self._may_be_empty = may_be_empty
        self._has_above = above is not None
        self._buffer = TextBuffer(multiline=True, history=history)
        self._deliberate = DeliberateKeys(
            keyboard, self.say, self._new_line, self._guard if decides else None
        )
        text = Window(
            BufferControl(
                self._buffer,
                input_processors=[PasswordProcessor() if is_secret else LabelHidden()],
                include_default_input_processors=True,
            ),
            get_line_prefix=lambda line, wrapped: prefix if line == wrapped == 0 else " " * len(prefix),
            wrap_lines=True,
            dont_extend_height=True,
            height=lambda: Dimension(max=self._most_rows()),
            always_hide_cursor=Condition(lambda: not keyboard.keys_count),
        )
        under = ConditionalContainer(
            Window(
                FormattedTextControl(self._under),
                style="class:hint",
                wrap_lines=True,
                dont_extend_height=True,
                height=Dimension(min=1, max=_MAX_HINT_LINES),
            ),
            ~is_done,
        )
        bindings.add("enter")(self._enter)
        bindings.add("escape", "enter")(insert_newline)
        self._parts: list[Container] = [text, under]
        above_windows = [self._above_window(above)] if above is not None else []
        self.application: Application[str] = ResizableApplication(
            keyboard.terminal,
            layout=Layout(HSplit([*above_windows, *self._parts]), focused_element=text),
            key_bindings=merge_key_bindings([disabled_keys(), suspend_key(self._guard), bindings]),
            style=Style.from_dict(dict(theme.line)),
            input=keyboard.input,
            output=keyboard.output,
            erase_when_done=erase_when_done,
        )
        set_key_timeouts(self.application)
        self.application.key_processor.before_key_press += lambda _: self._deliberate.key_pressed()

    async def ask(self, default: str = "", message: str = "") -> str:
        """Return the text that the person entered, without blanks around it; the text starts as `default`.

        `message` is shown under it until the next key. Keys that were typed ahead count, unless the line `waits`.

        Raises:
            EOFError: The input has ended, or the person ended it.
        """
        self._keyboard.all_keys_count()
        self._guard()
        self._buffer.reset(Document(default))
        self._message = message
        try:
            return (await self.application.run_async(handle_sigint=False)).strip()
        finally:
            self._deliberate.cancel()

    @property
    def buffer(self) -> Buffer:
        """The text that is edited."""
        return self._buffer

    @property
    def text(self) -> str:
        """What is on the line."""
        return self._buffer.text

    def _guard(self) -> None:
        if self._waits:
            self._keyboard.guard(self.application, self.say)

    def _enter(self, event: KeyPressEvent) -> None:
        if self._may_be_empty or self._buffer.text.strip():
            self._deliberate.consider(event, self._accept)

    def _accept(self) -> None:
        if self.application.is_running and not self.application.is_done:
            self._buffer.append_to_history()
            self.application.exit(result=self._buffer.text)

    def _new_line(self) -> None:
        self._buffer.newline(copy_margin=False)

    def say(self, message: str) -> None:
        """Show `message` under the text until the next key."""
        self._message = message

    def _under(self) -> str:
        hint = self._hint if self._keyboard.keys_count else NOT_YET
        return wrapped_items(self._message or hint, self._keyboard.output.get_size().columns)

    def _above_window(self, above: Callable[[int], str]) -> Window:
        def shown() -> str:
            size = self._keyboard.output.get_size()
            taken = sum(part.preferred_height(size.columns, size.rows).preferred for part in self._parts)
            return above(max(0, size.rows - taken))

        return Window(
            FormattedTextControl(lambda: ANSI(shown())),
            height=lambda: Dimension.exact(shown().count("\n") + 1 if shown() else 0),
        )

    def _most_rows(self) -> int:
        """Return how many rows the text may have: half of the screen if something is shown above it."""
        rows = self._keyboard.output.get_size().rows
        return max(1, rows // 2 if self._has_above else rows)


def set_key_timeouts(application: Application[Any]) -> None:
    """Set the timeouts of key sequences: a short one after Esc, a longer one after other keys."""

    def key_pressed(_: object) -> None:
        pending = application.key_processor.key_buffer
        is_escape = bool(pending) and pending[0].key == Keys.Escape
        application.timeoutlen = ESCAPE_TIME if is_escape else _SEQUENCE_TIME

    application.ttimeoutlen = ESCAPE_TIME
    application.key_processor.after_key_press += key_pressed


def exit_once(
    application: Application[Any], *, result: Any = None, exception: type[BaseException] | None = None
) -> None:
    """Exit `application` with a result or an exception, unless an earlier key of the same input already did."""
    if application.is_running and not application.is_done:
        application.exit(exception=exception) if exception else application.exit(result=result)


def insert_newline(event: KeyPressEvent) -> None:
    """Start a new line in the text."""
    event.current_buffer.newline(copy_margin=False)


@contextlib.contextmanager
def reporting_edits(
    buffer: Buffer, on_edit: Callable[[str], None], reported: str | None = None
) -> Iterator[None]:
    """Call `on_edit` with the text of `buffer` soon after each change, and at the end of the block.

    `reported` is the text that was reported before, None for what is in the buffer now.
    """
    reported = buffer.text if reported is None else reported
    timer: asyncio.TimerHandle | None = None

    def report() -> None:
        nonlocal reported
        if buffer.text != reported:
            reported = buffer.text
            on_edit(reported)

    def changed(_: Buffer) -> None:
        nonlocal timer
        if timer is not None:
            timer.cancel()
        timer = asyncio.get_running_loop().call_later(_EDIT_PAUSE, report)

    buffer.on_text_changed += changed
    try:
        yield
    finally:
        buffer.on_text_changed -= changed
        if timer is not None:
            timer.cancel()
        report()


class Field:
    """A line that asks for one text and is erased afterwards."""

    def __init__(
        self,
        keyboard: Keyboard,
        prefix: str,
        hint: str,
        theme: Theme,
        above: Callable[[int], str],
        *,
        interrupt_accepts: bool = False,
    ) -> None:
        """Take what is shown around the text; `above` returns what it is about, in at most so many rows.

        With `interrupt_accepts`, Ctrl-C enters an empty text instead of going back.
        """
        self._interrupt_accepts = interrupt_accepts
        bindings = KeyBindings()
        bindings.add("c-c")(lambda event: self.interrupt())
        for key in ("escape", "c-d"):
            bindings.add(key)(lambda event: self.go_back())
        self._line = Line(
            keyboard,
            bindings,
            prefix=prefix,
            hint=hint,
            theme=theme,
            above=above,
            erase_when_done=True,
            decides=True,
        )

    async def ask(self, default: str = "") -> str:
        """Return what the person typed, without blanks around it; the text starts as `default`.

        Raises:
            KeyboardInterrupt: They went back.
            EOFError: The input has ended.
        """
        return await self._line.ask(default)

    @property
    def text(self) -> str:
        """The text on the line."""
        return self._line.text

    def interrupt(self) -> None:
        """Do what Ctrl-C does."""
        if self._interrupt_accepts:
            exit_once(self._line.application, result="")
        else:
            self.go_back()

    def go_back(self) -> None:
        """Go back without a text."""
        exit_once(self._line.application, exception=KeyboardInterrupt)
