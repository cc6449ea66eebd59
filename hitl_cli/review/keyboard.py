"""What comes in from a terminal, taken apart: the keys of a person, and the replies of the terminal itself."""

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.input import Input, create_input
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import Output, create_output

from hitl_cli.environment import Terminal

_CURSOR = re.compile(r"\x1b\[\d+;\d+R")
_REPLY = re.compile(
    r"""\x1b\[[?><=][\d;:]*[ -/]*[@-~]  # attributes, modes, mouse: a private marker, which no key has
      | \x1b\[\d[\d;:]*\$?[cntxy]       # status, size of the window, parameters
      | \x1b\[[IO]                      # the window has the focus, or lost it
      | \x1b\[M[^\x1b]{3}               # the mouse, in its oldest form
      | \x1b\[\d+;\d+;\d+M              # and in another
    """,
    re.VERBOSE,
)
_STRING = re.compile(r"\x1b(?:\][0-9lLI]|P[0-9>!$+=?|]|_G)")
_STRING_END = re.compile(r"\x1b\\|[\x07\x9c\x03]")
_CUT = re.compile(r"\x1b(?:\[(?:M[^\x1b]{0,2}|[?><=]?[\d;:]*\$?)?|\]|P|_)?\Z")
_CUT_REPLY = re.compile(r"\x1b\[[?><=]")
_PASTE, _PASTE_END = "\x1b[200~", "\x1b[201~"

_STATUS_QUERY, _STATUS_REPLY = "\x1b[5n", "\x1b[0n"
_STRING_TIME = 1.0  # seconds after which a reply that did not end is given up
_REPLY_TIME = 0.3  # seconds to wait for the reply of a terminal; one that answers does so sooner
_BLIND_TIME = (
    0.02  # seconds after the drawing in which, on a terminal that does not answer, no key can be meant
)


class Replies:
    """Splits what a terminal sends into keys and replies, in order; what is cut off is kept until the rest comes."""

    def __init__(self) -> None:
        self._rest = ""
        self._string_since: float | None = None
        self._pasting = False

    def split(self, data: str) -> Iterator[tuple[bool, str]]:
        """Take what came, and yield pieces: whether it is a reply, and its text. Contents of a paste are keys."""
        data = self._rest + data
        self._rest = ""
        while data:
            if self._string_since is not None:
                data = self._after_string(data)
            elif self._pasting:
                head, end, data = data.partition(_PASTE_END)
                self._pasting = not end
                yield False, head + end
            else:
                at = data.find("\x1b")
                if at != 0:
                    keys, data = (data, "") if at < 0 else (data[:at], data[at:])
                    yield False, keys
                    continue
                if match := _REPLY.match(data) or _CURSOR.match(data):
                    yield True, match[0]
                    data = data[match.end() :]
                elif match := _STRING.match(data):
                    self._string_since = time.monotonic()
                    data = data[match.end() :]
                elif _CUT.match(data):
                    self._rest, data = data, ""
                else:
                    self._pasting = data.startswith(_PASTE)
                    size = len(_PASTE) if self._pasting else 2
                    yield False, data[:size]
                    data = data[size:]

    def release(self) -> str:
        """Return what was kept because it might have become a reply, unless it can be nothing else."""
        if _CUT_REPLY.match(self._rest):
            return ""
        rest, self._rest = self._rest, ""
        return rest

    def _after_string(self, data: str) -> str:
        assert self._string_since is not None
        if time.monotonic() - self._string_since > _STRING_TIME:
            self._string_since = None
            return data
        if match := _STRING_END.search(data):
            self._string_since = None
            return data[match.start() if match[0] == "\x03" else match.end() :]
        self._rest = "\x1b" if data.endswith("\x1b") else ""
        return ""


class _Parser(Vt100Parser):
    """prompt_toolkit's parser of keys, which gets nothing but keys, and none that came too early."""

    def __init__(self, feed_key_callback: Callable[[KeyPress], None]) -> None:
        super().__init__(feed_key_callback)
        self.replies = Replies()
        self.deliberate = False
        self.focused: bool | None = None
        self._drawn_at: float | None = None
        self._early: list[tuple[float, str]] = []

    def feed(self, data: str) -> None:
        if self.deliberate and not self._in_bracketed_paste and _PASTE not in data:
            # A line end with more behind it, all at once: a paste, on a terminal that does not mark one as such.
            data = re.sub(r"(?<!\x1b)\r(?=[^\r\x1b])", "\n", data)
        for is_reply, piece in self.replies.split(data):
            if is_reply:
                self._reply(piece)
            elif self._drawn_at is None:
                super().feed(piece)
            else:
                self._early.append((time.monotonic(), piece))

    def flush(self) -> None:
        if rest := self.replies.release():
            super().feed(rest)
        super().flush()

    def expect_drawing(self) -> None:
        """Keep keys back until the terminal has answered, and drop those from before."""
        self._drawn_at, self._early = time.monotonic(), []

    def give_up_waiting(self) -> None:
        """Take the keys that were kept back from a terminal that does not answer."""
        if self._drawn_at is None:
            return
        drawn_at, self._drawn_at = self._drawn_at, None
        for at, keys in self._early:
            if at >= drawn_at + _BLIND_TIME:
                super().feed(keys)
        self._early = []

    def _reply(self, reply: str) -> None:
        if reply == _STATUS_REPLY and self._drawn_at is not None:
            self._drawn_at, self._early = None, []
        elif reply in ("\x1b[I", "\x1b[O"):
            self.focused = reply == "\x1b[I"
        elif _CURSOR.fullmatch(reply):
            super().feed(reply)


class Keyboard:
    """The keys of a terminal, and its screen as prompt_toolkit draws on it."""

    def __init__(self, terminal: Terminal) -> None:
        self.input: Input = create_input(terminal.input)
        self.output: Output = create_output(terminal.output)
        self.terminal = terminal
        self.keys_pressed = 0
        self._parser = _Parser(self._pressed)
        self.input.vt100_parser = self._parser  # type: ignore[attr-defined]

    def _pressed(self, key: KeyPress) -> None:
        self.keys_pressed += key.key != Keys.CPRResponse
        self.input._buffer.append(key)  # type: ignore[attr-defined]

    @property
    def focused(self) -> bool | None:
        """Whether the terminal's window has the focus, None where the terminal did not say."""
        return self._parser.focused

    def forget_focus(self) -> None:
        """Forget what the terminal said of its focus."""
        self._parser.focused = None

    def type_ahead_counts(self) -> None:
        """Let what was typed before the next drawing count."""
        self._parser.deliberate = False

    def deliberate_keys_only(self, application: Application[Any]) -> None:
        """Let no key count that was pressed before `application`, about to be run, has drawn itself once.

        The terminal is asked for its status just ahead of the drawing. As it answers in the order in which things
        reach it, every key before the answer was pressed when nothing was on the screen yet, however far away the
        terminal is.
        """
        self._parser.deliberate = True
        clear_typeahead(self.input)

        def before_drawing(_: Application[Any]) -> None:
            application.before_render -= before_drawing
            self._parser.expect_drawing()
            self.output.write_raw(_STATUS_QUERY)  # goes out with the drawing, in one write
            asyncio.get_running_loop().call_later(_REPLY_TIME, give_up)

        def give_up() -> None:
            self._parser.give_up_waiting()
            if application.is_running and (keys := self.input.flush_keys()):
                application.key_processor.feed_multiple(keys)
                application.key_processor.process_keys()

        application.before_render += before_drawing
