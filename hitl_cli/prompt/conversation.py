"""The prompt of a conversation, where a person types their next request."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from prompt_toolkit.application import get_app, run_in_terminal
from prompt_toolkit.completion import CompleteEvent, Completion, get_common_complete_suffix
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from hitl_cli.prompt.completion import ShellCompleter
from hitl_cli.prompt.line import Line, exit_once
from hitl_cli.prompt.slash import SHELL_MARK, completions
from hitl_cli.screen.themes import Theme
from hitl_cli.terminal.attention import notify
from hitl_cli.terminal.keyboard import Keyboard

_ENDED = "hitl: a background command has ended"
_AGAIN = "Press Ctrl-C again to leave."
_KEYS = "Enter send · Alt-Enter new line · Up earlier requests · /help · Ctrl-D leave"
_MOST_LISTED = 12  # completions


class ConversationPrompt:
    """Asks for one request after another, and keeps them in `history`.

    `folder` returns that of the next command, in which Tab completes names of files after `!`.
    `notice` and `variables` say how the person is notified when they look away; see `attention`.
    """

    def __init__(
        self,
        keyboard: Keyboard,
        history: History,
        theme: Theme,
        notice: str,
        variables: Mapping[str, str],
        folder: Callable[[], Path],
    ) -> None:
        self._variables = variables
        self._folder = folder
        bindings = KeyBindings()
        bindings.add("c-c")(self._clear_or_leave)
        bindings.add("tab")(self._complete)
        bindings.add("c-d", filter=Condition(lambda: not get_app().current_buffer.text))(_leave)
        self._line = Line(
            keyboard, bindings, prefix="> ", hint=_KEYS, theme=theme, history=history, may_be_empty=False
        )
        self._keyboard = keyboard
        self._interrupted_at = -1  # the number of keys pressed before Ctrl-C on an empty line
        keyboard.keeps_text = True
        self._call = partial(notify, keyboard, notice, variables, _ENDED)
        self._calling: asyncio.Task[None] | None = None
        self.shown = asyncio.Event()
        self._line.application.after_render += lambda application: self.shown.set()

    async def ask(self) -> str:
        """Return what the person typed next, with blanks around it; it is not empty.

        The line starts with what was typed too early for a question.

        Raises:
            EOFError: The person leaves, or the input has ended.
        """
        await self._line.ask(self._keyboard.typed_ahead.take())
        return self._line.text

    def above(self, show: Callable[[], None]) -> None:
        """Call `show`, which prints something, so that its output appears above the prompt."""
        if self._line.application.is_running:
            run_in_terminal(show)
        else:
            show()

    def announce(self, show: Callable[[], None]) -> None:
        """Do the same as `above`, and notify the person if they look away."""
        self.above(show)
        self._calling = asyncio.create_task(self._call())

    def _complete(self, event: KeyPressEvent) -> None:
        """Complete a command of the conversation, or a word of a command for the shell."""
        buffer = event.current_buffer
        before = buffer.document.text_before_cursor
        if before.startswith(SHELL_MARK):
            document = Document(before.removeprefix(SHELL_MARK))
            completer = ShellCompleter(self._folder(), self._variables, InMemoryHistory())
            found = list(completer.get_completions(document, CompleteEvent(completion_requested=True)))
        else:
            document = Document(before)
            found = [Completion(each, -len(before)) for each in completions(before)]
        if len(found) == 1:
            buffer.delete_before_cursor(-found[0].start_position)
            buffer.insert_text(found[0].text)
        elif suffix := get_common_complete_suffix(document, found):
            buffer.insert_text(suffix)
        elif found:
            more = ["…"] if len(found) > _MOST_LISTED else []
            self._line.say(" · ".join([*(each.display_text for each in found[:_MOST_LISTED]), *more]))

    def _clear_or_leave(self, event: KeyPressEvent) -> None:
        pressed, interrupted_at = self._keyboard.keys_pressed, self._interrupted_at
        if event.current_buffer.text:
            event.current_buffer.reset()
        elif pressed != interrupted_at + 1:
            self._interrupted_at = pressed
            self._line.say(_AGAIN)
        elif not self._keyboard.in_a_burst:
            exit_once(event.app, exception=EOFError)


def _leave(event: KeyPressEvent) -> None:
    exit_once(event.app, exception=EOFError)
