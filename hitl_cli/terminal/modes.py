"""Tracks what a command may have changed of the terminal, by parsing its output.

The sequences are those of ECMA-48, of xterm's control sequences, and of the keyboard and colour protocols of kitty.
Terminals differ in how they handle a sequence within another one, so each counts wherever it starts.
"""

import re

from hitl_cli.terminal.resets import ALTERNATE, TITLES_SAVED, Change, Changed, is_default

# Control characters that a terminal executes within a sequence.
_C0 = rb"\x00-\x17\x19\x1c-\x1f\x7f"


def _sequences(c1: bytes) -> "re.Pattern[bytes]":
    """Return a pattern for a sequence, or for the start of a control string; `c1` is the prefix of a C1 control."""
    return re.compile(
        rb"""(?:\x1b[C0]*+\[|C1\x9b)(?P<parameters>[C00-?]*+)(?P<middle>[C0\x20-/]*+)(?P<final>[@-~])
        |(?:\x1b[C0]*+(?P<opener>[]PX^_k])|C1(?P<c1_opener>[\x90\x98\x9d-\x9f]))
        |\x1b[C0]*+(?P<designates>[\x20-/])[C0\x20-/]*+(?P<designated>[0-~])
        |\x1b[C0]*+(?P<escape>[0-Z\\-~])
        |C1(?P<control>[\x80-\x97\x99\x9a\x9c])
        |(?P<single>[\x05\x0e\x0f])""".replace(b"C0", _C0).replace(b"C1", c1),
        re.VERBOSE,
    )


class _EncodingPatterns:
    """The patterns for one encoding; `c1` is the prefix of a C1 control character in it."""

    def __init__(self, c1: bytes, begins: bytes) -> None:
        self.sequence = _sequences(c1)
        self.string_end = re.compile(rb"[\x07\x18\x1a\x1b]|C1[\x80-\x9f]".replace(b"C1", c1))
        self.text = re.compile(
            rb"(?:\x1b\[[0-9;:]*m|[^\x05\x0e\x0f\x1bC1])+".replace(b"C1", c1 or rb"\x80-\x9f")
        )
        self.begins = re.compile(rb"[\x05\x0e\x0f\x1b]|BEGINS".replace(b"BEGINS", begins))


_AS_UTF8, _AS_BYTES = (
    _EncodingPatterns(rb"\xc2", rb"\xc2(?:[\x80-\x9f]|\Z)"),
    _EncodingPatterns(b"", rb"[\x80-\x9f]"),
)
_BEGINNING = re.compile(
    rb"(?:\x1b[C0]*+\[|\xc2?\x9b)[C0\x20-?]*+|\x1b[C0\x20-/]*+|\xc2\Z".replace(b"C0", _C0)
)
# A fast check: almost all output contains none of these.
_INTRODUCERS = (b"\x1b", b"\xc2", b"\x05", b"\x0e", b"\x0f")
_C0_CONTROLS = re.compile(rb"[C0]".replace(b"C0", _C0))

_NUMBER = re.compile(rb"[0-9]+")
_PROPER = re.compile(rb"[<-?]?[0-9;:]*")
_LEADING_ZEROS = re.compile(rb"(?<![0-9])0+(?=[0-9])")
_LARGEST = 8  # digits; no terminal uses a longer number
_LONG = 512  # bytes; a longer unfinished sequence is shortened
_MOST_PARAMETERS = 64  # terminals use about half as many
_STYLE = re.compile(rb"\x1b\[[0-9;:]*m")
_KEPT_OF_STRING = 256
_LARGEST_COMMON, _MOST_MODES = 10_000, 20_000  # almost all modes have numbers of at most four digits

_ANSI = 2  # the private mode that is off while a terminal emulates a VT52
_MOVING_MODES = {3, 6, 69, 1048}
_ONLY_MOVING = b"ABCDEFGHJLMPSTX@`abdef"
_STAYING = (
    b"mKhlnctqpgs"  # finals of control sequences that do not move the cursor or change the text before it
)
_COLOUR_COMMANDS = {4, 5, 6, 21, *range(10, 20), 104, 105, 106, *range(110, 120), 30001, 30101}
_ONLY_ASKS = re.compile(rb"[0-9;?]*\?|[0-9]+(?:;[a-z0-9_]+=\?)+")
_BY_ESCAPE = {b"H": Change.TAB_STOPS, b"V": Change.PROTECTION}
_BY_COMMAND = {22: Change.POINTER_SHAPE, 50: Change.FONT}
_BY_FINAL: dict[tuple[bytes, bytes, bytes], Change] = {
    (b"", b" ", b"q"): Change.CURSOR,
    (b"?", b"", b"c"): Change.CURSOR,
    (b"", b"", b"q"): Change.LEDS,
    (b"", b"", b"g"): Change.TAB_STOPS,
    (b"", b"", b"W"): Change.TAB_STOPS,
    (b"?", b"", b"W"): Change.TAB_STOPS,
    (b"", b'"', b"q"): Change.PROTECTION,
    (b"", b'"', b"p"): Change.CONFORMANCE,
    (b"", b"'", b"z"): Change.LOCATOR,
    (b"", b"'", b"{"): Change.LOCATOR,
    (b">", b"", b"f"): Change.KEY_FORMATS,
    (b">", b"", b"p"): Change.POINTER_HIDING,
    (b">", b"", b"s"): Change.SHIFT_KEY,
    (b">", b"", b"t"): Change.TITLE_FORMAT,
    (b">", b"", b"T"): Change.TITLE_FORMAT,
}
_BY_MODE = {2: Change.CONFORMANCE, 38: Change.TEKTRONIX}


class TerminalModes:
    """Parses the output of a command.

    `alternate` says whether the alternate screen is active; `asked` whether the output has queried the terminal, whose
    reply may still arrive; `roams` whether it has moved the cursor other than forward; `has_sequences` whether it
    contained any sequence or control character that may change the terminal.
    """

    def __init__(self, *, is_utf8: bool = True) -> None:
        """Take whether the terminal reads UTF-8; if not, each byte is a character or a control character."""
        self.asked = False
        self.roams = False
        self.has_sequences = False
        self.adds_returns = False
        """Whether a carriage return is added before each newline outside this class."""
        self._at_first_column = True  # the cursor is in the first column
        self._line_is_empty = True  # the cursor's line is empty
        self._reading = _AS_UTF8 if is_utf8 else _AS_BYTES
        self._private: dict[int, bool] = {}
        self._standard: dict[int, bool] = {}
        self._other: set[Change] = set()
        self._origin = False
        self._titles_saved = 0
        self._alternate_keys = 0  # the depth of the alternate screen's stack of keyboard settings
        self._has_left_alternate = (
            False  # maybe; after that, it is uncertain which screen's stack a pop affects
        )
        self._seen: dict[str, bytes] = {}  # changes that are always reset
        self._pending = b""
        self._string: bytearray | None = None
        self._opener = b""

    def feed(self, chunk: bytes) -> bool:
        """Parse the next bytes; return whether they changed something visible, or something to reset."""
        data, self._pending = self._pending + chunk, b""
        if self._string is None and not self._may_hold_sequences(data):
            self._handle_text(data)
            return False
        before = self._state()
        self.has_sequences = True
        at = 0
        while at < len(data):
            if self._string is not None:
                at = self._read_string(data, at)
                continue
            if match := self._reading.text.match(data, at):
                self._handle_text(_STYLE.sub(b"", match[0]))
                at = match.end()
            elif match := self._reading.sequence.match(data, at):
                self._handle_sequence(match)
                at = match.end()
            elif (match := _BEGINNING.match(data, at)) and match.end() == len(data):
                self._pending = _shortened(match[0])
                break
            elif match:
                at = match.end()  # cancelled by the next byte
            else:
                self._handle_text(data[at : at + 1])
                at += 1
        return self._state() != before

    @property
    def alternate(self) -> bool:
        """Whether the alternate screen is active."""
        return any(self._private.get(mode) for mode in ALTERNATE)

    @property
    def at_line_start(self) -> bool:
        """Whether the cursor of the normal screen is at the start of an empty line, as far as is known."""
        return self._at_first_column and self._line_is_empty

    @property
    def line_end(self) -> bytes:
        """The bytes that move the cursor to the start of an empty line."""
        return b"" if self.at_line_start else b"\r" if self._line_is_empty else b"\r\n"

    def note_line_start(self) -> None:
        """Note that other output has ended a line."""
        self._at_first_column = self._line_is_empty = True

    @property
    def changed(self) -> Changed:
        """The changes that must be reset."""
        other = self._other | self._by_string()
        if self._alternate_keys:
            other.add(Change.ALTERNATE_KEYS)
        return Changed(
            dict(self._private),
            dict(self._standard),
            frozenset(other),
            self._origin,
            self._string is not None or self._pending not in (b"", b"\xc2"),
            self._titles_saved,
        )

    def note_title_saved(self) -> None:
        """Note that the title was saved with `Resets.save_title`."""
        self._titles_saved += TITLES_SAVED

    def _may_hold_sequences(self, data: bytes) -> bool:
        if self._reading is _AS_UTF8 and not any(each in data for each in _INTRODUCERS):
            return False
        return self._reading.begins.search(data) is not None

    def _state(self) -> tuple[object, ...]:
        """Return a copy of the state that matters for resets."""
        changed = self.changed
        return changed, dict(self._seen), self._string is not None

    def _handle_text(self, text: bytes) -> None:
        if not text or self.alternate:
            return
        tail = text[-64:]
        ends = tail[len(tail.rstrip(b"\r\n")) :]
        if len(ends) < len(text):
            self._at_first_column = self._line_is_empty = False
        self._at_first_column |= b"\r" in ends or (self.adds_returns and b"\n" in ends)
        self._line_is_empty |= b"\n" in ends

    def _moved(self) -> None:
        self.roams = True
        if not self.alternate:
            self._at_first_column = self._line_is_empty = False

    def _handle_sequence(self, match: "re.Match[bytes]") -> None:
        if match["final"]:
            self._control_sequence(
                _C0_CONTROLS.sub(b"", match["parameters"]),
                match["middle"],
                match["final"],
                is_seven_bit=match[0].startswith(b"\x1b"),
            )
        elif match["opener"] or match["c1_opener"]:
            self._string = bytearray()
            self._opener = match["opener"] or {b"\x90": b"P", b"\x9d": b"]"}.get(match["c1_opener"], b"_")
        elif match["designates"]:
            self._designate(match["designates"], match["designated"])
        elif match["escape"]:
            self._escape(match["escape"])
        elif match["control"]:
            self._escape(bytes([match["control"][0] - 0x40]))
        elif match["single"] == b"\x05":
            self.asked = True
        else:
            self._seen["shift"] = match["single"]

    def _control_sequence(
        self, parameters: bytes, middle: bytes, final: bytes, *, is_seven_bit: bool
    ) -> None:
        if not middle and not parameters.strip(b"0123456789;:") and final in _ONLY_MOVING:
            self._moved()
            return
        middle = _C0_CONTROLS.sub(b"", middle)
        private = next((bytes([each]) for each in parameters if each in b"<=>?"), b"")
        numbers = [_value(each) for each in _NUMBER.findall(parameters)]
        if final not in _STAYING and (not private or final in b"JK"):
            self._moved()
        # Some terminals ignore other forms, and all do in VT52 mode.
        is_proper = (
            is_seven_bit
            and not middle
            and _PROPER.fullmatch(parameters) is not None
            and self._private.get(_ANSI) is not False
        )
        if final in b"hl" and private in (b"", b"?"):
            self._set_modes(private, numbers, final == b"h", is_proper=is_proper)
        elif change := _BY_FINAL.get((private, middle, final)):
            self._other.add(change)
        elif final == b"t" and is_proper and not private and numbers[:1] in ([22], [23]):
            self._titles_saved += 1 if numbers[0] == 22 else -1
        elif final == b"u" and private and self.alternate:
            self._count_alternate_keys(private, numbers, is_proper=is_proper)
        elif (final in b"rup" and not (final == b"r" and private)) or (final == b"m" and private == b">"):
            self._seen[f"{private + middle + final!r}"] = parameters
        self.asked |= (
            (final in b"cnx" and private != b"<")
            or final == b"t"
            or (private == b"?" and final in b"umS")
            or (private == b">" and final == b"q")
            or (final in b"pwyvRS|" and bool(middle.strip(b"! ")))
        )

    def _count_alternate_keys(self, private: bytes, numbers: list[int], *, is_proper: bool) -> None:
        if private == b"<" and is_proper and not self._has_left_alternate:
            self._alternate_keys = max(self._alternate_keys - max(numbers[0] if numbers else 1, 1), 0)
        elif private in b"=>":
            self._alternate_keys += 1

    def _set_modes(self, private: bytes, modes: list[int], on: bool, *, is_proper: bool) -> None:
        known = self._private if private else self._standard
        for mode in modes:
            self._has_left_alternate |= bool(private) and mode in ALTERNATE and not on
            if not is_proper and is_default(mode, on, private=bool(private)):
                continue  # the terminal may ignore it, so it does not count as a reset
            leaves = private and mode in (47, 1047) and not on and known.get(mode)
            if mode < _LARGEST_COMMON or len(known) < _MOST_MODES:
                known[mode] = on
            if private and (mode in _MOVING_MODES or leaves):
                self._moved()
            if private and mode in _BY_MODE:
                self._other.add(_BY_MODE[mode])
            self._origin |= bool(private) and mode == 6 and on

    def _designate(self, kind: bytes, which: bytes) -> None:
        if kind == b"%":
            self._reading = _AS_UTF8 if which in b"G8" else _AS_BYTES
            self.asked = True  # wait for the terminal, so that later bytes are read in the right encoding
        if kind == b"#" and which == b"8":
            self._moved()
        self._seen[f"designation {kind!r}"] = which

    def _escape(self, escape: bytes) -> None:
        if escape == b"c" and self._private.get(_ANSI) is not False:
            self._forget()
        elif escape == b"Z":
            self.asked = True
        elif change := _BY_ESCAPE.get(escape):
            self._other.add(change)
        elif escape in b"=><no|}~VW":
            self._seen["escape " + escape.decode()] = b""
        elif escape not in b"\\7":
            self._moved()

    def _read_string(self, data: bytes, at: int) -> int:
        """Parse the part of the control string in `data` from `at`; return the position after it."""
        assert self._string is not None
        end = self._reading.string_end.search(data, at)
        piece = data[at : end.start() if end else len(data)]
        self._string += piece[: _KEPT_OF_STRING - len(self._string)]
        self.asked |= self._opener in b"P_" or b"?" in piece
        if end is None:
            self._pending = b"\xc2" if piece.endswith(b"\xc2") else b""
            return len(data)
        self._other |= self._by_string()
        self._string = None
        return end.end() if end[0] in (b"\x07", b"\x18", b"\x1a") else end.start()

    def _by_string(self) -> set[Change]:
        """Return the changes by the current control string."""
        if self._string is None or self._opener != b"]":
            return set()
        payload = _C0_CONTROLS.sub(b"", bytes(self._string))
        digits = _NUMBER.match(payload)
        number = _value(digits[0]) if digits else -1
        if number == 8:
            self._seen["link"] = payload.partition(b";")[2].partition(b";")[2]
        if payload[:1] in (b"P", b"R") or (number in _COLOUR_COMMANDS and not _ONLY_ASKS.fullmatch(payload)):
            return {Change.COLOURS}
        return {_BY_COMMAND[number]} if number in _BY_COMMAND else set()

    def _forget(self) -> None:
        self._private.clear()
        self._standard.clear()
        self._seen.clear()
        self._origin = False
        self._alternate_keys = 0
        self._at_first_column = self._line_is_empty = True
        self.roams = True


def _value(digits: bytes) -> int:
    """Return a number as terminals read it, or -1 if it is too large for any terminal."""
    significant = digits.lstrip(b"0") or b"0"
    return int(significant) if len(significant) <= _LARGEST else -1


def _shortened(unfinished: bytes) -> bytes:
    """Shorten an unfinished sequence to a bounded length with the same meaning."""
    if len(unfinished) <= _LONG:
        return unfinished
    bare = _LEADING_ZEROS.sub(b"", _C0_CONTROLS.sub(b"", unfinished))
    bare = _NUMBER.sub(lambda number: number[0][: _LARGEST + 1], bare)
    return b";".join(bare.split(b";")[:_MOST_PARAMETERS])[: _MOST_PARAMETERS * (_LARGEST + 2)]
