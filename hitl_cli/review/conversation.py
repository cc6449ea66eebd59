"""The prompt of a conversation: where a person says what they want next."""

import asyncio

from prompt_toolkit.application import get_app
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import History
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from hitl_cli.review.keyboard import Keyboard
from hitl_cli.review.line import Line
from hitl_cli.review.themes import Theme

_KEYS = "Enter send · Alt-Enter new line · Up earlier requests · Ctrl-D leave"


class ConversationPrompt:
    """Asks for one request after the other, and remembers them in `history`."""

    def __init__(self, keyboard: Keyboard, history: History, theme: Theme) -> None:
        bindings = KeyBindings()
        bindings.add("c-c")(_clear)
        bindings.add("c-d", filter=Condition(lambda: not get_app().current_buffer.text))(_leave)
        self._line = Line(
            keyboard, bindings, prefix="> ", hint=_KEYS, theme=theme, history=history, may_be_empty=False
        )
        self.shown = asyncio.Event()
        self._line.application.after_render += lambda application: self.shown.set()

    async def ask(self) -> str:
        """Return the next request, which is not empty.

        Raises:
            EOFError: The person leaves, or the input has ended.
        """
        return await self._line.ask()


def _clear(event: KeyPressEvent) -> None:
    event.current_buffer.reset()


def _leave(event: KeyPressEvent) -> None:
    event.app.exit(exception=EOFError)
