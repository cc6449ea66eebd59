"""Input and output in plain lines, on a terminal whose modes are not changed."""

import asyncio
import os
import secrets
import termios
from collections.abc import Callable, Sequence

from hitl_cli.environment import Terminal
from hitl_cli.interrupts import Interrupts
from hitl_cli.prompt.choices import Option, accepted_lines, line_hint
from hitl_cli.terminal.echo import without_echo
from hitl_cli.terminal.replies import IGNORED, PASTE_END, Replies
from hitl_cli.text import charset

_AGAIN = "Press Ctrl-C again to leave."
_REQUEST = "What do you want? Ctrl-D leaves: "
_PASTE_TIME = 0.05  # seconds within which the rest of a paste arrives


class PlainLines:
    """Reads and prints lines on a terminal whose modes are not changed."""

    def __init__(self, terminal: Terminal, interrupts: Interrupts) -> None:
        self.terminal = terminal
        self._interrupts = interrupts
        self._replies = Replies()

    def say(self, line: str = "") -> None:
        """Print one line."""
        self.write(line + "\n")

    def write(self, text: str) -> None:
        """Print `text` without a line end."""
        self.terminal.output.write(text)
        self.terminal.output.flush()

    def discard_typed_ahead(self) -> None:
        """Discard what was typed before now."""
        termios.tcflush(self.terminal.input.fileno(), termios.TCIFLUSH)

    async def ask(self, prompt: str) -> str:
        """Print `prompt` and return the line that the person types, without its end.

        Raises:
            EOFError: The input has ended.
            KeyboardInterrupt: The person pressed Ctrl-C.
        """
        self.write(prompt)
        loop = asyncio.get_running_loop()
        line: asyncio.Future[bytes] = loop.create_future()
        descriptor = self.terminal.input.fileno()

        def readable() -> None:
            try:
                data = os.read(descriptor, 65_536)
            except OSError:
                data = b""
            if not line.done():
                line.set_result(data)

        def interrupted() -> None:
            if not line.done():
                line.set_exception(KeyboardInterrupt())

        loop.add_reader(descriptor, readable)
        try:
            with self._interrupts.handled_by(interrupted):
                data = await line
        finally:
            loop.remove_reader(descriptor)
        if not data:
            self.write("\n")
            raise EOFError
        pieces = self._replies.split(charset.decoded(data))
        typed = (piece for is_reply, piece in pieces if not is_reply and piece not in (IGNORED, PASTE_END))
        return "".join(typed).removesuffix("\n")

    async def has_more_input(self) -> bool:
        """Whether another line arrived together with the last one, as in a paste."""
        loop = asyncio.get_running_loop()
        more = asyncio.Event()
        loop.add_reader(self.terminal.input.fileno(), more.set)
        try:
            async with asyncio.timeout(_PASTE_TIME):
                await more.wait()
        except TimeoutError:
            return False
        finally:
            loop.remove_reader(self.terminal.input.fileno())
        return True

    async def ask_single_line(self, prompt: str) -> str:
        """Return one line, as `ask` does; if several arrive together, as in a paste, ignore them and ask again."""
        while True:
            line = await self.ask(prompt)
            if not await self.has_more_input():
                return line
            self.say("Several lines arrived together and were ignored. Type one line.")
            self.discard_typed_ahead()

    async def ask_secret(self, prompt: str) -> str:
        """Return one line that is not shown while it is typed; see `ask_single_line`."""
        with without_echo(self.terminal):
            line = await self.ask_single_line(prompt)
        self.say()
        return line

    async def choose(self, options: Sequence[Option], leave_label: str) -> str:
        """List the answers and return the chosen one; see `Choose`. An answer that is not harmless needs a number."""
        number = new_number()
        chosen_by = {line: option.keys[0] for option in options for line in accepted_lines(option, number)}
        hint = line_hint(options, leave_label, number)
        self.say(hint)
        self.discard_typed_ahead()
        while True:
            try:
                line = (await self.ask_single_line("Your answer: ")).lower()
            except KeyboardInterrupt:
                self.say()
                return ""
            if (answer := chosen_by.get(" ".join(line.split()))) is not None:
                return answer
            self.say(f"Unknown answer; nothing was decided. {hint}")


def new_number() -> str:
    """Return the number to type at the next question; earlier text, such as a paste, can only contain it by chance."""
    return str(100 + secrets.randbelow(900))


class PlainPrompt:
    """Asks for one request after another, one line each."""

    def __init__(self, lines: PlainLines) -> None:
        self._lines = lines
        self.shown = asyncio.Event()

    async def ask(self) -> str:
        """Return what the person typed next, with blanks around it; it is not empty.

        Raises:
            EOFError: The person leaves, or the input has ended.
        """
        interrupted = False
        while True:
            asking = self._lines.ask(_REQUEST)
            self.shown.set()
            try:
                if (typed := await asking).strip():
                    return typed
                interrupted = False
            except KeyboardInterrupt:
                self._lines.say()
                if interrupted:
                    raise EOFError from None
                interrupted = True
                self._lines.say(_AGAIN)

    def above(self, show: Callable[[], None]) -> None:
        """Call `show`, which prints something, and print the prompt again after it."""
        self._lines.say()
        show()
        self._lines.write(_REQUEST)

    announce = above
