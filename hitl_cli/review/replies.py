"""What a terminal sends, taken apart: the keys of a person, and the replies of the terminal itself."""

import re
import time
from collections.abc import Iterator

CURSOR = re.compile(r"\x1b\[\d+;\d+R")
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
PASTE, PASTE_END = "\x1b[200~", "\x1b[201~"
_STRING_TIME = 1.0  # seconds after which a reply that did not end is given up


class Replies:
    """Splits what a terminal sends into keys and replies, in order; what is cut off is kept until the rest comes."""

    def __init__(self) -> None:
        self._rest = ""
        self._string_since: float | None = None
        self._pasting = False

    @property
    def pasting(self) -> bool:
        """Whether the terminal has marked the beginning of a paste, and not yet its end."""
        return self._pasting

    def split(self, data: str) -> Iterator[tuple[bool, str]]:
        """Take what came, and yield pieces: whether it is a reply, and its text. Contents of a paste are keys."""
        data = self._rest + data
        self._rest = ""
        while data:
            if self._string_since is not None:
                data = self._after_string(data)
            elif self._pasting:
                head, end, data = data.partition(PASTE_END)
                self._pasting = not end
                yield False, head + end
            else:
                at = data.find("\x1b")
                if at != 0:
                    keys, data = (data, "") if at < 0 else (data[:at], data[at:])
                    yield False, keys
                    continue
                if match := _REPLY.match(data) or CURSOR.match(data):
                    yield True, match[0]
                    data = data[match.end() :]
                elif match := _STRING.match(data):
                    self._string_since = time.monotonic()
                    data = data[match.end() :]
                elif _CUT.match(data):
                    self._rest, data = data, ""
                else:
                    self._pasting = data.startswith(PASTE)
                    size = len(PASTE) if self._pasting else 2
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
