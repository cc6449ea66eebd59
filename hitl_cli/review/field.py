"""A line of its own beside the question: for a reason, a comment, an answer, or the name of a file."""

from collections.abc import Callable

from prompt_toolkit.key_binding import KeyBindings

from hitl_cli.review.keyboard import Keyboard
from hitl_cli.review.line import Line, end
from hitl_cli.review.themes import Theme


class Field:
    """Asks for one text."""

    def __init__(
        self,
        keyboard: Keyboard,
        prefix: str,
        hint: str,
        theme: Theme,
        above: Callable[[int], str],
        *,
        interrupt_takes: bool = False,
    ) -> None:
        """Take what stands around the text; `above` returns what it is about, in at most so many rows.

        With `interrupt_takes`, Ctrl-C enters an empty text instead of going back.
        """
        self._interrupt_takes = interrupt_takes
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
        """Return what the person typed, `default` to begin with, without blanks around it.

        Raises:
            KeyboardInterrupt: They went back.
            EOFError: The input has ended.
        """
        return await self._line.ask(default)

    @property
    def text(self) -> str:
        """What has been typed."""
        return self._line.text

    def interrupt(self) -> None:
        """Do what Ctrl-C does."""
        if self._interrupt_takes:
            end(self._line.application, result="")
        else:
            self.go_back()

    def go_back(self) -> None:
        """Go back without a text."""
        end(self._line.application, exception=KeyboardInterrupt)
