"""What a terminal sends, parsed: a person's keys in either notation, and the terminal's own replies."""

import math
import re
import time
from collections import deque
from collections.abc import Callable, Iterator

from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES

IGNORED = "\x1b[E"
"""A key that does nothing; prompt_toolkit has this sequence stand for one."""

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

# What Ctrl makes of other characters than letters, as every terminal did before; from kitty's list.
_CONTROLLED = {
    **dict(zip(" /2345678?@[\\]^_~", map(chr, (0, 31, 0, 27, 28, 29, 30, 31, 127, 127, 0, 27, 28, 29, 30, 31, 30)),
               strict=True)),
    **{digit: digit for digit in "019"},
    **{chr(96 + number): chr(number) for number in range(1, 27)},
}  # fmt: skip

# Keys of the keypad by their number, as characters and as keys that are not characters.
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
    """Return what a terminal sends for the key of `sequence` that does not tell modified keys apart.

    Enter with Shift or Ctrl is Ctrl-J, which begins a new line. The result is empty for what is no press of a key, as
    its release or a modifier by itself, `IGNORED` for a key that has no other notation, and None where `sequence` is in
    none of these notations.
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


def in_usual_notation(keys: bytes) -> bytes:
    """Return what a terminal sent with the keys that `legacy` knows in the notation of every terminal."""

    def usual(match: re.Match[bytes]) -> bytes:
        key = legacy(match[0].decode("ascii"))
        return match[0] if key is None else b"" if key == IGNORED else key.encode()

    return _SEQUENCE.sub(usual, keys)


def _modifiers(parameter: str | None) -> int:
    """Return the bits of the modifiers without those of the locks."""
    return max(0, int(parameter or 1) - 1) & ~_LOCKS


def _functional(match: re.Match[str]) -> str:
    """Return a key with a number or a letter of its own, without the kind of its event."""
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
        return ""  # a modifier, a lock, a key for music
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
    """Return the character with this number, empty where there is none that a key can type."""
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
# Any key that a terminal may send; for Alt some put another Esc before it, and the console of Linux has its own form.
_ANY_KEY = re.compile(r"\x1b?(?P<key>\x1b(?:\[\[[A-E]|\[[0-?]*[ -/]*[@-~]|O[@-~]))")
_KEY_NOBODY_TYPES = re.compile(r"\x1b\[(?:\d[\d;:]*~|1;[\d:]+[A-Z]|\d[\d:]*;[\d;:]*u)")
_STRING = re.compile(r"\x1b(?:\][0-9lLI]|P[0-9>!$+=?|]|_G)")
_STRING_END = re.compile(r"\x1b\\|[\x07\x9c\x03]")
_CUT_IN_PARAMETERS = re.compile(r"\x1b\[[?><=]?[\d;:]*\$?")
_CUT = re.compile(r"\x1b(?:\[M[^\x1b]{0,2}|\[\[|\[[?><=]?[\d;:]*\$?|\]|P|_|O)?")
SEQUENCE_TIME = 1.0
"""Seconds in which all of what a terminal sends at once has come, on the slowest line that is of use."""


class Replies:
    """Splits what a terminal sends into keys and replies, in order; what is cut off is kept until the rest comes.

    An Esc with nothing behind it cannot be kept for long, because a person may have pressed it. Where it turns out to
    have been the beginning of something that the terminal sent, `take_back_escape` is called, and what follows is no
    text. A key without parameters that comes in three pieces or more, as an arrow or F2, cannot be told from typing:
    that is text.
    """

    def __init__(self) -> None:
        self.take_back_escape: Callable[[], None] = lambda: None
        self._rest = ""
        self._rest_since = 0.0
        self._is_overdue = False  # the rest is an Esc that was to be released, and was kept all the same
        self._escape_at = -math.inf  # when an Esc was let go as a key; no other key came since
        self._is_after_escape = False  # the Esc of the rest is that one
        self._string_since: float | None = None
        self._pasting = False
        self._asked: deque[float] = deque()
        self._answers: bool | None = None

    @property
    def pasting(self) -> bool:
        """Whether the terminal has marked the beginning of a paste, and not yet its end."""
        return self._pasting

    def expect(self) -> None:
        """The terminal is asked for its status or its cursor: an Esc may be the beginning of the answer."""
        if self._answers is not False:
            self._asked.append(time.monotonic())

    def split(self, data: str) -> Iterator[tuple[bool, str]]:
        """Take what came, and yield pieces: whether it is a reply, and its text. Contents of a paste are keys.

        An Esc that is a piece by itself is a key by itself, whatever comes next. A key in another notation is put into
        the usual one. One that prompt_toolkit has no name for does nothing: it would take it for Esc and text. The end
        of a paste whose beginning did not come is a piece by itself.
        """
        if self._is_overdue and not _goes_on(ESC + data, in_pieces=False):
            self._rest = ""
            self._escape_at = time.monotonic()
            yield False, ESC
        self._is_overdue = False
        for is_reply, piece in self._pieces(self._with_rest(data)):
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
                        data = self._with_rest(data)
                elif match := _STRING.match(data):
                    self._string_since = time.monotonic()
                    data = data[match.end() :]
                elif _CUT.fullmatch(data):
                    self._keep(data)
                    data = ""
                elif _may_be_reply(data[1:]):
                    yield False, ESC
                    data = data[1:]
                elif (match := _ANY_KEY.match(data)) and (key := _unusual(match["key"])) is not None:
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
    def holds_part(self) -> bool:
        """Whether something came that may be the beginning of a key, or of a reply."""
        return bool(self._rest)

    @property
    def seconds_kept(self) -> float:
        """How long what is cut off will still be kept, 0 where nothing is."""
        if not self._rest or self._string_since is not None:
            return 0.0
        return max(0.0, self._rest_since + self._patience - time.monotonic())

    def release(self) -> str:
        """Return what was kept because it might have become a reply, and has been for long enough; nothing followed."""
        if self._string_since is not None:
            return ""
        if self.seconds_kept:
            self._is_overdue = self._rest == ESC
            return ""
        rest, self._rest, self._is_overdue = self._rest, "", False
        if self._is_after_escape:
            self._is_after_escape = False
            return rest[1:]
        if rest == ESC:
            self._escape_at = time.monotonic()
        return "" if len(rest) > 2 else rest  # what is longer, nobody types; its end was lost

    def _with_rest(self, data: str) -> str:
        """Return `data` after what was kept, or after the Esc that was let go, if it goes on with that."""
        rest, self._rest = self._rest, ""
        is_after_escape, self._is_after_escape = self._is_after_escape, False
        now = time.monotonic()
        if not is_after_escape and (rest or data.startswith(ESC)):
            is_lost = len(rest) > 2 and now - self._rest_since >= SEQUENCE_TIME
            return data if is_lost else rest + data
        whole = (rest or ESC) + data
        if now - self._escape_at >= SEQUENCE_TIME or not _goes_on(whole, in_pieces=bool(rest)):
            return whole[1:]
        if _CUT_IN_PARAMETERS.fullmatch(whole):
            self._keep(whole)
            self._is_after_escape = True
            return ""
        self._escape_at = -math.inf
        self.take_back_escape()
        # A key is of no use after what its Esc has done; the beginning of a paste is none.
        return "" if _KEY.fullmatch(whole) and not _is_reply(whole) and whole != PASTE else whole

    def _keep(self, rest: str) -> None:
        self._rest, self._rest_since = rest, time.monotonic()

    @property
    def _patience(self) -> float:
        """How long the rest is kept, in seconds; Alt-_ is a key, and so is Esc, unless an answer is to come."""
        is_key = self._rest == "\x1b_" or (self._rest == ESC and not self._is_answer_due)
        return 0.0 if is_key else SEQUENCE_TIME

    @property
    def _is_answer_due(self) -> bool:
        """Whether the terminal has still to answer; one that never did is not waited for again."""
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
        self._rest = ESC if data.endswith(ESC) else ""
        return ""


def _unusual(key: str) -> str | None:
    """Return what stands for a key that prompt_toolkit does not know as it came, None where it does."""
    if key == PASTE_END:
        return key
    usual = legacy(key)
    if usual is None:
        return None if key in ANSI_SEQUENCES else IGNORED
    is_sequence = usual.startswith(ESC) and len(usual) > 2
    return IGNORED if is_sequence and usual not in ANSI_SEQUENCES else usual


def _is_reply(text: str) -> bool:
    """Whether `text` begins with a reply."""
    return bool(_REPLY.match(text) or CURSOR.match(text))


def _may_be_reply(text: str) -> bool:
    """Whether `text` begins with a reply, or with the first part of one."""
    return bool(_is_reply(text) or _STRING.match(text) or (text and _CUT.fullmatch(text)))


def _goes_on(whole: str, *, in_pieces: bool) -> bool:
    """Whether what follows the Esc of `whole` is the rest of a sequence, and not what a person typed after it.

    What came `in_pieces` may have been typed; only what nobody types is the rest of a sequence then.
    """
    if _CUT_IN_PARAMETERS.fullmatch(whole):
        return True
    if in_pieces:
        return bool(_KEY_NOBODY_TYPES.fullmatch(whole) or (_is_reply(whole) and whole[2] in "?><=0123456789"))
    return bool(_is_reply(whole) or _STRING.match(whole) or _KEY.fullmatch(whole) or whole.startswith(PASTE))
