"""The character set of the terminal, and replacements for the characters that it lacks.

Streams get an error handler that replaces such characters, so that no writer fails.
"""

import codecs
import contextlib
import locale
import os
import sys
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import TextIO, cast

REPLACING = "hitl-replace"
"""The name of the error handler that writes one ASCII character for each column of what cannot be encoded."""

_AS_READ = (
    "hitl-as-read"  # the error handler that restores the bytes from which the file system charset was decoded
)
_BROKEN = "\ufffd"  # the replacement for invalid bytes
_SPINNER = dict(zip("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "|/-\\|/-\\|/", strict=True))
_LIKE = {
    **_SPINNER,
    **dict.fromkeys("─━═╌┄", "-"),
    **dict.fromkeys("│┃║▌▏┊", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛╔╗╚╝┡┩╇", "+"),
    **dict.fromkeys("\u2010\u2011\u2013\u2014\u2212", "-"),
    **dict.fromkeys("\u2018\u2019", "'"),
    **dict.fromkeys("“”„", '"'),
    **dict.fromkeys("·•", "-"),
    "…": "~",
    "⟦": "[",
    "⟧": "]",
    "→": ">",
    "▸": ">",
    "↷": ">",
    "↳": ">",
    "✓": "+",
    "✗": "x",
    "\u00a0": " ",
}

_charset = "utf-8"


def configure(streams: Iterable[TextIO | None]) -> None:
    """Use the charset of the first of these streams that is open, and set the error handler on all of them."""
    global _charset
    there = [stream for stream in streams if stream is not None]
    _charset = there[0].encoding if there else locale.getpreferredencoding(do_setlocale=False)
    has.cache_clear()
    for stream in there:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=REPLACING if stream.writable() else "surrogateescape")


def name() -> str:
    """Return Python's name of the charset."""
    return _charset


def is_unicode() -> bool:
    """Whether the charset has every character."""
    return codecs.lookup(_charset).name.startswith("utf")


@lru_cache(maxsize=8192)
def has(char: str) -> bool:
    """Whether the charset has this character."""
    try:
        char.encode(_charset)
    except UnicodeEncodeError:
        return is_unicode()  # a lone surrogate gets a label anyway
    return True


def encoded(text: str) -> bytes:
    """Return `text` encoded for the terminal."""
    return text.encode(_charset, REPLACING)


def decoded(data: bytes) -> str:
    """Decode typed bytes: as UTF-8 if they are valid UTF-8, otherwise in the charset."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode(_charset, "surrogateescape" if _charset != "utf-8" else "replace")


def output_text(data: bytes) -> str:
    """Decode the output of a command: as UTF-8, or in the charset if that leaves fewer invalid bytes."""
    text = data.decode("utf-8", "replace")
    if _BROKEN not in text or is_unicode():
        return text
    return min(text, data.decode(_charset, "replace"), key=lambda each: each.count(_BROKEN))


def to_system(text: str) -> bytes:
    """Encode `text` for the operating system: in the file system charset, or if that lacks a character, as UTF-8."""
    try:
        return os.fsencode(text)
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape")


def from_system(text: str) -> str:
    """Return an argument, which Python decoded in the file system charset, decoded as UTF-8 if it is valid UTF-8.

    Raises:
        UnicodeError: It is valid in neither.
    """
    with contextlib.suppress(UnicodeError):
        return text.encode(sys.getfilesystemencoding(), _AS_READ).decode()
    text.encode()
    return text


class CharacterStream:
    """A stream without the underlying byte buffer, so that prompt_toolkit writes text and does not encode it itself."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.encoding = stream.encoding
        self.write = stream.write
        self.flush = stream.flush
        self.fileno = stream.fileno
        self.isatty = stream.isatty


def for_toolkit(stream: TextIO) -> TextIO:
    """Return a stream for prompt_toolkit that replaces the characters that the charset lacks."""
    return stream if is_unicode() else cast(TextIO, CharacterStream(stream))


def _replaced(problem: UnicodeError) -> tuple[str, int]:
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    text = problem.object[problem.start : problem.end]
    return "".join(_LIKE.get(char, "?" * _columns(char)) for char in text), problem.end


def _as_read(problem: UnicodeError) -> tuple[bytes, int]:
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    codes = [ord(char) for char in problem.object[problem.start : problem.end]]
    if not all(0x80 <= code < 0x100 or 0xDC80 <= code < 0xDD00 for code in codes):
        raise problem
    return bytes(code & 0xFF for code in codes), problem.end


def _columns(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


codecs.register_error(REPLACING, _replaced)
codecs.register_error(_AS_READ, _as_read)
