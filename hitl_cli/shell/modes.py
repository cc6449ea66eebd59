"""What a command has changed of a terminal, learnt from the bytes it wrote, and how to change it back.

The sequences are those of ECMA-48 and of xterm's control sequences, and the two keyboard protocols in use.
"""

import re

_SEQUENCE = re.compile(
    rb"""\x1b\[(?P<private>[<-?]?)(?P<numbers>[0-9;:]*)(?P<middle>[ -/]*)(?P<final>[@-~])
    |\x1b\](?P<command>[0-9]*)(?P<rest>[^\x07\x1b]*)(?:\x07|\x1b\\)
    |\x1b[PX^_][^\x1b]*\x1b\\
    |\x1b(?P<charset>[()*+])(?P<set>[0-~])
    |\x1b(?P<escape>[7-9=>DEMc])
    |(?P<shift>[\x0e\x0f])""",
    re.VERBOSE,
)
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)\Z")
_LONGEST = 4096  # bytes that an unfinished sequence may have before it is given up

_BEGINNINGS = (b"\x1b", b"\x0e", b"\x0f")
_ON_BY_DEFAULT = {7, 8, 25}  # wrapping, key repeat, the cursor
_ALTERNATE = {47, 1047, 1049}
_RESTORING_TITLE = {0, 1, 2}
_COLOURS = {4: b"\x1b]104\x07", 10: b"\x1b]110\x07", 11: b"\x1b]111\x07", 12: b"\x1b]112\x07"}
_STAY_IN_LINE = b"mKhlnct"  # finals of control sequences that do not take the cursor to another place

SAVE_TITLE = b"\x1b[22;0t"
_RESTORE_TITLE = b"\x1b[23;0t"


class TerminalModes:
    """Follows the output of a command.

    `alternate` says whether it is on the alternate screen; `asked` whether it asked the terminal something, whose
    answer may still be under way; `roams` whether it took the cursor anywhere but onwards; `sets_title` whether it
    changed the title; `at_line_start` whether nothing stands before the cursor on the screen that is not the alternate
    one, where that is known.
    """

    def __init__(self) -> None:
        self.alternate = False
        self.asked = False
        self.roams = False
        self.sets_title = False
        self.at_line_start = True
        self._private: dict[int, bool] = {}
        self._standard: dict[int, bool] = {}
        self._undo: dict[str, bytes] = {}
        self._keyboards = 0
        self._pending = b""

    def feed(self, chunk: bytes) -> bool:
        """Take the next bytes; return whether what undoes the changes is another now."""
        if not self._pending and not any(begin in chunk for begin in _BEGINNINGS):
            self._text(chunk)
            return False
        before = self._state()
        data = self._pending + chunk
        end = 0
        for match in _SEQUENCE.finditer(data):
            self._text(data[end : match.start()])
            end = match.end()
            if match["final"]:
                self._control_sequence(match)
            elif match["command"] is not None:
                self._command(match["command"], match["rest"])
            elif match["charset"]:
                self._note("charset" + match["charset"].decode(), match["set"] != b"B", b"\x1b(B\x1b)B\x0f")
            elif match["escape"]:
                self._escape(match["escape"])
            elif match["shift"]:
                self._note("shift", match["shift"] == b"\x0e", b"\x0f")
        unfinished = _UNFINISHED.search(data, end)
        self._text(data[end : unfinished.start() if unfinished else None])
        self._pending = unfinished[0] if unfinished and len(unfinished[0]) <= _LONGEST else b""
        return self._state() != before

    def undo(self) -> bytes:
        """Return what brings the terminal back to where it was before."""
        parts = [b"\x18\x1b\\"] if self._pending else []  # ends a sequence that the command began
        if self.alternate:
            parts += [b"\x1b[?%dl" % mode for mode in _ALTERNATE if self._private.get(mode)]
        for mode, on in self._private.items():
            if mode not in _ALTERNATE and on != (mode in _ON_BY_DEFAULT):
                parts.append(b"\x1b[?%d%c" % (mode, b"l" if on else b"h"))
        parts += [b"\x1b[%dl" % mode for mode, on in self._standard.items() if on]
        parts += [b"\x1b[<%du" % self._keyboards] if self._keyboards else []
        parts += dict.fromkeys(self._undo.values())
        parts += [_RESTORE_TITLE] if self.sets_title else []
        return b"".join(parts)

    def _state(self) -> tuple[object, ...]:
        return (
            bool(self._pending) and self._pending[1:2] in b"]PX^_",
            tuple(self._private.items()),
            tuple(self._standard.items()),
            tuple(self._undo),
            self._keyboards,
            self.sets_title,
        )

    def _text(self, text: bytes) -> None:
        if text and not self.alternate:
            self.at_line_start = text.endswith(b"\n")

    def _moved(self) -> None:
        self.roams = True
        if not self.alternate:
            self.at_line_start = False

    def _control_sequence(self, match: "re.Match[bytes]") -> None:
        private, final, middle = match["private"], match["final"], match["middle"]
        numbers = [int(each) for each in match["numbers"].split(b";") if each.isdigit() and len(each) < 6]
        if final not in _STAY_IN_LINE or (private and final == b"K"):
            self._moved()
        if final in b"hl" and private == b"?":
            self._private |= dict.fromkeys(numbers, final == b"h")
            self.alternate = any(self._private.get(mode) for mode in _ALTERNATE)
        elif final in b"hl" and not private:
            self._standard |= dict.fromkeys(numbers, final == b"h")
        elif final == b"m" and private == b">":
            self._note("keys", True, b"\x1b[>4m")
        elif final == b"m" and not private:
            self._note("style", True, b"\x1b[0m")
        elif final == b"r" and not private:
            self._note("margins", bool(numbers), b"\x1b7\x1b[r\x1b8")
        elif final == b"q" and middle == b" ":
            self._note("cursor", any(numbers), b"\x1b[0 q")
        elif final == b"u" and private == b">":
            self._keyboards += 1
        elif final == b"u" and private == b"<":
            self._keyboards = max(self._keyboards - (numbers or [1])[0], 0)
        elif final == b"p" and middle == b"!":
            self._forget()
        if (final in b"cn" and private != b"<") or (final == b"p" and b"$" in middle) or final in b"qt":
            self.asked = True

    def _command(self, command: bytes, rest: bytes) -> None:
        number = int(command) if command.isdigit() and len(command) < 6 else -1
        if number in _RESTORING_TITLE:
            self.sets_title = True
        elif number == 8:
            self._note("link", not rest.endswith(b";"), b"\x1b]8;;\x1b\\")
        elif rest.endswith(b"?"):
            self.asked = True
        elif number in _COLOURS:
            self._note(f"colour {number}", True, _COLOURS[number])

    def _escape(self, escape: bytes) -> None:
        if escape in b"=>":
            self._note("keypad", escape == b"=", b"\x1b>")
        elif escape == b"c":
            self._forget()
        else:
            self._moved()

    def _forget(self) -> None:
        self._private.clear()
        self._standard.clear()
        self._undo.clear()
        self._keyboards = 0
        self.alternate = False

    def _note(self, what: str, changed: bool, undo: bytes) -> None:
        if changed:
            self._undo[what] = undo
        else:
            self._undo.pop(what, None)
