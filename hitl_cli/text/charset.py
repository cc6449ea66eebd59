"""The charset of the terminal: which characters it has, and what stands for those that it does not have.

A stream is given an error handler in the place of a failure, so that it does not matter who writes to it.
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
"""The name of the error handler: one ASCII character for each column of what cannot be encoded."""

_AS_READ = "hitl-as-read"  # the error handler that turns into bytes what the charset of files made of them
_BROKEN = "\ufffd"  # what stands for bytes that are no text
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


def adopt(streams: Iterable[TextIO | None]) -> None:
    """Go by the charset of the first of these streams that there is, and have all of them replace what it lacks."""
    global _charset
    there = [stream for stream in streams if stream is not None]
    _charset = there[0].encoding if there else locale.getpreferredencoding(do_setlocale=False)
    has.cache_clear()
    for stream in there:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=REPLACING if stream.writable() else "surrogateescape")


def name() -> str:
    """Return the name of the charset, as Python knows it."""
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
        return is_unicode()  # half a character is told of as what it is
    return True


def encoded(text: str) -> bytes:
    """Return `text` as the terminal is sent it."""
    return text.encode(_charset, REPLACING)


def decoded(data: bytes) -> str:
    """Return what was typed: text in UTF-8 where it can be that, whatever the charset is said to be."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode(_charset, "surrogateescape" if _charset != "utf-8" else "replace")


def output_text(data: bytes) -> str:
    """Return what a command printed: UTF-8, or text in the charset where more of it is text in that."""
    text = data.decode("utf-8", "replace")
    if _BROKEN not in text or is_unicode():
        return text
    return min(text, data.decode(_charset, "replace"), key=lambda each: each.count(_BROKEN))


def to_system(text: str) -> bytes:
    """Return `text` as the operating system is given it: in the charset of its files, or where that lacks it, UTF-8."""
    try:
        return os.fsencode(text)
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape")


def from_system(text: str) -> str:
    """Return an argument, which Python has read in the charset of files, as UTF-8 where it can be that.

    Raises:
        UnicodeError: It is text in neither.
    """
    with contextlib.suppress(UnicodeError):
        return text.encode(sys.getfilesystemencoding(), _AS_READ).decode()
    text.encode()
    return text


class CharacterStream:
    """A stream to which prompt_toolkit writes characters, which it would else encode by itself."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.encoding = stream.encoding
        self.write = stream.write
        self.flush = stream.flush
        self.fileno = stream.fileno
        self.isatty = stream.isatty


def for_toolkit(stream: TextIO) -> TextIO:
    """Return what prompt_toolkit can write to in place of `stream`, with what the charset lacks replaced."""
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
