"""A line of its own beside the question: for a reason, a comment, an answer, or the name of a file."""

import textwrap
from collections.abc import Callable

from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from hitl_cli.review.deliberate import DeliberateKeys
from hitl_cli.review.keyboard import Keyboard
from hitl_cli.review.line import Line, insert_newline
from hitl_cli.review.themes import Theme


class Field:
    """Asks for one text. Neither a paste nor a key that is held down ends it."""

    def __init__(
        self, keyboard: Keyboard, prefix: str, hint: str, theme: Theme, above: Callable[[int], str]
    ) -> None:
        """Take what stands around the text; `above` returns what it is about, in at most so many rows."""
        self._keyboard = keyboard
        self._hint = hint
        self._message = ""
        self._deliberate = DeliberateKeys(keyboard, self._say, lambda: self._line.begin_line())
        bindings = KeyBindings()
        bindings.add("enter")(self._enter)
        bindings.add("escape", "enter")(insert_newline)
        bindings.add("c-j")(insert_newline)
        for key in ("escape", "c-c", "c-d"):
            bindings.add(key)(lambda event: self.go_back())
        self._line = Line(
            keyboard,
            bindings,
            prefix=prefix,
            hint=lambda: textwrap.fill(self._message or self._hint, keyboard.output.get_size().columns),
            above=above,
            theme=theme,
            erase_when_done=True,
        )
        self._line.application.key_processor.before_key_press += lambda _: self._key_pressed()

    async def ask(self, default: str = "") -> str:
        """Return what the person typed, `default` to begin with, without blanks around it.

        Raises:
            KeyboardInterrupt: They went back.
            EOFError: The input has ended.
        """
        try:
            return (await self._line.ask(default)).strip()
        finally:
            self._deliberate.withdraw()

    def go_back(self) -> None:
        """Go back without a text."""
        application = self._line.application
        if application.is_running and not application.is_done:  # two keys that go back may come at once
            application.exit(exception=KeyboardInterrupt)

    def _enter(self, event: KeyPressEvent) -> None:
        self._deliberate.weigh(event, self._line.accept)

    def _key_pressed(self) -> None:
        if not self._keyboard.in_a_burst:
            self._message = ""
        self._deliberate.another_key()

    def _say(self, message: str) -> None:
        self._message = message
