"""What a person types in plain lines, on a terminal that is left as it is."""

import asyncio
import os
import secrets
import termios
from collections.abc import Callable, Sequence

from hitl_cli.environment import Terminal
from hitl_cli.interrupts import Interrupts
from hitl_cli.prompt.choices import Option, lines, told_by_line
from hitl_cli.terminal.replies import IGNORED, PASTE_END, Replies
from hitl_cli.text import charset

_AGAIN = "Press Ctrl-C again to leave."
_REQUEST = "What do you want? Ctrl-D leaves: "
_PASTE_TIME = 0.05  # seconds in which the rest of a paste arrives


class PlainLines:
    """What a person types, line by line, on a terminal that is left as it is."""

    def __init__(self, terminal: Terminal, interrupts: Interrupts) -> None:
        self.terminal = terminal
        self._interrupts = interrupts
        self._replies = Replies()

    def say(self, line: str = "") -> None:
        """Print one line."""
        self._write(line + "\n")

    def begin_line(self, text: str) -> None:
        """Print `text`, and stay on its line."""
        self._write(text)

    def forget_early_keys(self) -> None:
        """Drop what was typed before now."""
        termios.tcflush(self.terminal.input.fileno(), termios.TCIFLUSH)

    async def ask(self, prompt: str) -> str:
        """Print `prompt` and return the line that the person types, without its end.

        Raises:
            EOFError: The input has ended.
            KeyboardInterrupt: The person pressed Ctrl-C.
        """
        self._write(prompt)
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
            self._write("\n")
            raise EOFError
        pieces = self._replies.split(charset.decoded(data))
        typed = (piece for is_reply, piece in pieces if not is_reply and piece not in (IGNORED, PASTE_END))
        return "".join(typed).removesuffix("\n")

    async def more_waits(self) -> bool:
        """Whether a further line came with the last one, as in a paste."""
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

    async def ask_alone(self, prompt: str) -> str:
        """Return one line as `ask` does; several that came at once, as in a paste, are dropped and asked for again."""
        while True:
            line = await self.ask(prompt)
            if not await self.more_waits():
                return line
            self.say("More than one line came at once; nothing was decided.")
            self.forget_early_keys()

    async def choose(self, options: Sequence[Option], leaving: str) -> str:
        """Say what can be typed and return the answer that is; see `Choose`. What is not harmless takes a number."""
        number = new_number()
        chosen_by = {line: option.keys[0] for option in options for line in lines(option, number)}
        hint = told_by_line(options, leaving, number)
        self.say(hint)
        self.forget_early_keys()
        while True:
            try:
                line = (await self.ask_alone("Your answer: ")).lower()
            except KeyboardInterrupt:
                self.say()
                return ""
            if (answer := chosen_by.get(" ".join(line.split()))) is not None:
                return answer
            self.say(f"That is no answer. {hint}")

    def _write(self, text: str) -> None:
        self.terminal.output.write(text)
        self.terminal.output.flush()


def new_number() -> str:
    """Return what has to be typed at the next question: a text from before it, as a paste, knows it only by chance."""
    return str(100 + secrets.randbelow(900))


class PlainPrompt:
    """Asks for one request after the other, a line each."""

    def __init__(self, lines: PlainLines) -> None:
        self._lines = lines
        self.shown = asyncio.Event()

    async def ask(self) -> str:
        """Return the next request, which is not empty.

        Raises:
            EOFError: The person leaves, or the input has ended.
        """
        interrupted = False
        while True:
            asking = self._lines.ask(_REQUEST)
            self.shown.set()
            try:
                if request := (await asking).strip():
                    return request
                interrupted = False
            except KeyboardInterrupt:
                self._lines.say()
                if interrupted:
                    raise EOFError from None
                interrupted = True
                self._lines.say(_AGAIN)

    def above(self, show: Callable[[], None]) -> None:
        """Call `show`, which prints something, and ask again after it."""
        self._lines.say()
        show()
        self._lines.begin_line(_REQUEST)

    announce = above
