"""Parses terminal input: keys in legacy and extended notations, and the terminal's replies."""

import math
import re
import time
from collections import deque
from collections.abc import Callable, Iterator

from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES

IGNORED = "\x1b[E"
"""The sequence of a key that does nothing in prompt_toolkit."""

_SHIFT, _ALT, _CONTROL, _LOCKS = 1, 2, 4, 64 | 128
_RELEASE = "3"
_ENTER, _TAB, _ESCAPE, _BACKSPACE = 13, 9, 27, (8, 127)

_OTHER_KEY = re.compile(r"\x1b\[27;(?P<modifiers>\d+);(?P<code>\d+)~")
_CSI_U = re.compile(
    r"\x1b\[(?P<code>\d+)(?::(?P<shifted>\d*))?(?::\d*)?"
    r"(?:;(?P<modifiers>\d*)(?::(?P<event>\d+))?)?(?:;(?P<text>[\d:]*))?u"
)
_FUNCTIONAL = re.compile(
    r"\x1b\[(?P<number>\d+)?;(?P<modifiers>\d*)(?::(?P<event>\d+))?(?P<final>[A-FHPQS~])"
)

_SEQUENCE = re.compile(rb"\x1b\[[\d:;]+[A-Zu~]")

# The legacy codes of Ctrl with characters; from kitty's list.
_CONTROLLED = {
    **dict(zip(" /2345678?@[\\]^_~", map(chr, (0, 31, 0, 27, 28, 29, 30, 31, 127, 127, 0, 27, 28, 29, 30, 31, 30)),
               strict=True)),
    **{digit: digit for digit in "019"},
    **{chr(96 + number): chr(number) for number in range(1, 27)},
}  # fmt: skip

# Keypad keys by number, as characters and as function keys.
_KEYPAD = {
    **dict(zip(range(57399, 57414), "0123456789./*-+", strict=True)),
    57415: "=",
    57416: ",",
}
_KEYPAD_KEYS = dict(zip(range(57417, 57427), ("[D", "[C", "[A", "[B", "[5~", "[6~", "[H", "[F", "[2~", "[3~"),
                        strict=True))  # fmt: skip
_KEYPAD_ENTER = 57414
_PRIVATE_USE = range(57344, 63744)


def legacy(sequence: str) -> str | None:
    """Translate `sequence`, a key in an extended notation, into the legacy notation.

    Enter with Shift or Ctrl becomes Ctrl-J, which starts a new line. The result is empty for anything but a key press,
    such as a key release or a lone modifier; `IGNORED` for a key without a legacy notation; and None if `sequence` is
    not in an extended notation.
    """
    if match := _FUNCTIONAL.fullmatch(sequence):
        if match["number"] == "27" and match["final"] == "~":
            return None
        return _functional(match) if match["event"] or _modifiers(match["modifiers"]) > 7 else None
    if match := _OTHER_KEY.fullmatch(sequence):
        return _pressed(int(match["code"]), _modifiers(match["modifiers"]), None, "")
    if match := _CSI_U.fullmatch(sequence):
        if match["event"] == _RELEASE:
            return ""
        shifted = int(match["shifted"]) if match["shifted"] else None
        text = "".join(_character(int(code)) for code in (match["text"] or "").split(":") if code)
        return _pressed(int(match["code"]), _modifiers(match["modifiers"]), shifted, text)
    return None


def in_legacy_notation(keys: bytes) -> bytes:
    """Return terminal input with all keys that `legacy` can translate in the legacy notation."""

    def usual(match: re.Match[bytes]) -> bytes:
        key = legacy(match[0].decode("ascii"))
        return match[0] if key is None else b"" if key == IGNORED else key.encode()

    return _SEQUENCE.sub(usual, keys)


def _modifiers(parameter: str | None) -> int:
    """Return the modifier bits without Caps Lock and Num Lock."""
    return max(0, int(parameter or 1) - 1) & ~_LOCKS


def _functional(match: re.Match[str]) -> str:
    """Return a function key without its event type."""
    if match["event"] == _RELEASE:
        return ""
    modifiers = _modifiers(match["modifiers"])
    if modifiers > _SHIFT | _ALT | _CONTROL:
        return IGNORED
    number, final = match["number"] or "1", match["final"]
    if modifiers:
        return f"\x1b[{number};{modifiers + 1}{final}"
    if final == "~":
        return f"\x1b[{number}~"
    return f"\x1bO{final}" if final in "PQS" else f"\x1b[{final}"


def _pressed(code: int, modifiers: int, shifted: int | None, text: str) -> str:
    if modifiers > _SHIFT | _ALT | _CONTROL:
        return IGNORED
    if code in _KEYPAD_KEYS:
        return f"\x1b{_KEYPAD_KEYS[code]}" if not modifiers else IGNORED
    if code == _KEYPAD_ENTER:
        code = _ENTER
    elif code in _KEYPAD:
        code = ord(_KEYPAD[code])
    elif code in _PRIVATE_USE:
        return ""  # a modifier, a lock or a media key
    if text and not modifiers & (_ALT | _CONTROL):
        return text
    key = _unmodified(code, modifiers, shifted) or IGNORED
    return f"\x1b{key}" if modifiers & _ALT and key != IGNORED else key


def _unmodified(code: int, modifiers: int, shifted: int | None) -> str:
    """Return the key without Alt."""
    has_control, has_shift = bool(modifiers & _CONTROL), bool(modifiers & _SHIFT)
    if code == _ENTER:
        return "\r" if modifiers & _ALT or not modifiers else "\n"
    if code == _ESCAPE:
        return "\x1b"
    if code == _TAB:
        return "\x1b[Z" if has_shift else "\t"
    if code in _BACKSPACE:
        return "\x08" if has_control else "\x7f"
    character = _character(shifted if shifted and has_shift else code)
    if has_control:
        return _CONTROLLED.get(character.lower(), IGNORED)
    return character.upper() if has_shift and len(character.upper()) == 1 else character


def _character(code: int) -> str:
    """Return the character with this code point, or an empty string if a key cannot type it."""
    if code > 0x10FFFF or 0xD800 <= code < 0xE000:
        return ""
    character = chr(code)
    return character if code >= 32 and not 127 <= code < 160 else ""


ESC = "\x1b"
CURSOR = re.compile(r"\x1b\[\d+;\d+R")
STATUS = "\x1b[0n"
PASTE, PASTE_END = "\x1b[200~", "\x1b[201~"
_REPLY = re.compile(
    r"""\x1b\[[?><=][\d;:]*[ -/]*[@-~]  # attributes, modes, mouse: a private marker, which no key has
      | \x1b\[\d[\d;:]*\$?[cntxy]       # status, size of the window, parameters
      | \x1b\[[IO]                      # the window has the focus, or lost it
      | \x1b\[M[^\x1b]{3}               # the mouse, in its oldest form
      | \x1b\[\d+;\d+;\d+M              # and in another
    """,
    re.VERBOSE,
)
_KEY = re.compile(r"\x1b(?:\[[\d;:]*[A-Za-z~]|O[A-DFHP-S])")
# Any key that a terminal may send; some terminals prefix Esc for Alt, and the Linux console has its own form.
_ANY_KEY = re.compile(r"\x1b?(?P<key>\x1b(?:\[\[[A-E]|\[[0-?]*[ -/]*[@-~]|O[@-~]))")
_KEY_NOBODY_TYPES = re.compile(r"\x1b\[(?:\d[\d;:]*~|1;[\d:]+[A-Z]|\d[\d:]*;[\d;:]*u)")
_STRING = re.compile(r"\x1b(?:\][0-9lLI]|P[0-9>!$+=?|]|_G)")
_STRING_END = re.compile(r"\x1b\\|[\x07\x9c\x03]")
_CUT_IN_PARAMETERS = re.compile(r"\x1b\[[?><=]?[\d;:]*\$?")
_CUT = re.compile(r"\x1b(?:\[M[^\x1b]{0,2}|\[\[|\[[?><=]?[\d;:]*\$?|\]|P|_|O)?")
SEQUENCE_TIME = 1.0
"""Timeout in seconds for the rest of a sequence, long enough for a slow line."""


class Replies:
    """Splits terminal input into keys and replies, in order; an incomplete sequence is buffered until its rest arrives.

    A lone Esc cannot be buffered for long, because a person may have pressed it. If it turns out to be the start of a
    sequence, `take_back_escape` is called, and the rest is not treated as text. A key without parameters, such as an
    arrow or F2, that arrives in three or more pieces cannot be distinguished from typing, so it is text.
    """

    def __init__(self) -> None:
        self.take_back_escape: Callable[[], None] = lambda: None
        self._buffer = ""
        self._buffered_at = 0.0
        self._is_overdue = False  # the buffer is an Esc that should have been released, but was kept
        self._escape_at = -math.inf  # when an Esc was released as a key; no other key has come since
        self._is_after_escape = False  # the Esc in the buffer is the one already released
        self._string_since: float | None = None
        self._pasting = False
        self._asked: deque[float] = deque()
        self._answers: bool | None = None

    @property
    def pasting(self) -> bool:
        """Whether a bracketed paste has started and not ended."""
        return self._pasting

    def expect(self) -> None:
        """Note a query of the terminal's status or cursor: an Esc may be the start of the answer."""
        if self._answers is not False:
            self._asked.append(time.monotonic())

    def split(self, data: str) -> Iterator[tuple[bool, str]]:
        """Parse input, and yield pieces: whether it is a reply, and its text. The content of a paste counts as keys.

        A piece that is only Esc is the Esc key, whatever follows. Keys are translated into the legacy notation. A key
        that prompt_toolkit does not know is replaced by `IGNORED`, because it would be read as Esc and text. The end of
        a paste without a start is a separate piece.
        """
        if self._is_overdue and not _is_rest_of_sequence(ESC + data, in_pieces=False):
            self._buffer = ""
            self._escape_at = time.monotonic()
            yield False, ESC
        self._is_overdue = False
        for is_reply, piece in self._pieces(self._with_buffer(data)):
            if not is_reply:
                self._escape_at = -math.inf
            yield is_reply, piece

    def _pieces(self, data: str) -> Iterator[tuple[bool, str]]:
        while data:
            if self._string_since is not None:
                data = self._after_string(data)
            elif self._pasting:
                head, end, data = data.partition(PASTE_END)
                self._pasting = not end
                yield False, head + end
            else:
                at = data.find(ESC)
                if at != 0:
                    keys, data = (data, "") if at < 0 else (data[:at], data[at:])
                    yield False, keys
                    continue
                if match := _REPLY.match(data) or CURSOR.match(data):
                    self._answered(match[0])
                    yield True, match[0]
                    data = data[match.end() :]
                    if not data.startswith(
                        ESC
                    ):  # the rest of an Esc from before this reply may follow it at once
                        data = self._with_buffer(data)
                elif match := _STRING.match(data):
                    self._string_since = time.monotonic()
                    data = data[match.end() :]
                elif _CUT.fullmatch(data):
                    self._keep(data)
                    data = ""
                elif _may_be_reply(data[1:]):
                    yield False, ESC
                    data = data[1:]
                elif (match := _ANY_KEY.match(data)) and (key := _replacement(match["key"])) is not None:
                    self._escape_at = -math.inf
                    if key:
                        yield False, key
                    data = data[match.end() :]
                else:
                    self._pasting = data.startswith(PASTE)
                    size = len(PASTE) if self._pasting else 2
                    yield False, data[:size]
                    data = data[size:]

    @property
    def has_partial(self) -> bool:
        """Whether the start of a key or reply is buffered."""
        return bool(self._buffer)

    @property
    def seconds_buffered(self) -> float:
        """How long the buffered start will be kept, 0 if there is none."""
        if not self._buffer or self._string_since is not None:
            return 0.0
        return max(0.0, self._buffered_at + self._buffer_time - time.monotonic())

    def release(self) -> str:
        """Return the buffered start if its rest did not arrive in time, otherwise nothing."""
        if self._string_since is not None:
            return ""
        if self.seconds_buffered:
            self._is_overdue = self._buffer == ESC
            return ""
        rest, self._buffer, self._is_overdue = self._buffer, "", False
        if self._is_after_escape:
            self._is_after_escape = False
            return rest[1:]
        if rest == ESC:
            self._escape_at = time.monotonic()
        return "" if len(rest) > 2 else rest  # a longer one was not typed; its end was lost

    def _with_buffer(self, data: str) -> str:
        """Return `data` with the buffered start, or with the released Esc, if `data` continues it."""
        rest, self._buffer = self._buffer, ""
        is_after_escape, self._is_after_escape = self._is_after_escape, False
        now = time.monotonic()
        if not is_after_escape and (rest or data.startswith(ESC)):
            is_lost = len(rest) > 2 and now - self._buffered_at >= SEQUENCE_TIME
            return data if is_lost else rest + data
        whole = (rest or ESC) + data
        if now - self._escape_at >= SEQUENCE_TIME or not _is_rest_of_sequence(whole, in_pieces=bool(rest)):
            return whole[1:]
        if _CUT_IN_PARAMETERS.fullmatch(whole):
            self._keep(whole)
            self._is_after_escape = True
            return ""
        self._escape_at = -math.inf
        self.take_back_escape()
        # Drop a key whose Esc has already acted; the start of a paste is not a key.
        return "" if _KEY.fullmatch(whole) and not _is_reply(whole) and whole != PASTE else whole

    def _keep(self, rest: str) -> None:
        self._buffer, self._buffered_at = rest, time.monotonic()

    @property
    def _buffer_time(self) -> float:
        """How long to buffer, in seconds; Alt-_ is a complete key, and so is Esc, unless an answer is pending."""
        is_key = self._buffer == "\x1b_" or (self._buffer == ESC and not self._is_answer_due)
        return 0.0 if is_key else SEQUENCE_TIME

    @property
    def _is_answer_due(self) -> bool:
        """Whether an answer is pending; after a terminal did not answer once, none is expected."""
        while self._asked and time.monotonic() - self._asked[0] >= SEQUENCE_TIME:
            self._asked.popleft()
            self._answers = bool(self._answers)
        return bool(self._asked)

    def _answered(self, reply: str) -> None:
        if reply == STATUS or CURSOR.fullmatch(reply):
            self._answers = True
            if self._asked:
                self._asked.popleft()

    def _after_string(self, data: str) -> str:
        assert self._string_since is not None
        if time.monotonic() - self._string_since > SEQUENCE_TIME:
            self._string_since = None
            return data
        if match := _STRING_END.search(data):
            self._string_since = None
            return data[match.start() if match[0] == "\x03" else match.end() :]
        self._buffer = ESC if data.endswith(ESC) else ""
        return ""


def _replacement(key: str) -> str | None:
    """Return the replacement of a key that prompt_toolkit does not know in this form, or None if it knows it."""
    if key == PASTE_END:
        return key
    usual = legacy(key)
    if usual is None:
        return None if key in ANSI_SEQUENCES else IGNORED
    is_sequence = usual.startswith(ESC) and len(usual) > 2
    return IGNORED if is_sequence and usual not in ANSI_SEQUENCES else usual


def _is_reply(text: str) -> bool:
    """Whether `text` starts with a reply."""
    return bool(_REPLY.match(text) or CURSOR.match(text))


def _may_be_reply(text: str) -> bool:
    """Whether `text` starts with a reply, or with an incomplete one."""
    return bool(_is_reply(text) or _STRING.match(text) or (text and _CUT.fullmatch(text)))


def _is_rest_of_sequence(whole: str, *, in_pieces: bool) -> bool:
    """Whether the text after the Esc of `whole` is the rest of a sequence, not typed by a person.

    If it arrived `in_pieces`, it may have been typed; then only text that nobody types counts as a sequence.
    """
    if _CUT_IN_PARAMETERS.fullmatch(whole):
        return True
    if in_pieces:
        return bool(_KEY_NOBODY_TYPES.fullmatch(whole) or (_is_reply(whole) and whole[2] in "?><=0123456789"))
    return bool(_is_reply(whole) or _STRING.match(whole) or _KEY.fullmatch(whole) or whole.startswith(PASTE))
