"""A terminal's state as its control sequences change it: no screen, but every mode, table, stack and setting.

The states are those of the parser of DEC's VT500 as Paul Williams describes it; what the sequences mean is in xterm's
control sequences, and for the keyboard and colours in the documentation of kitty.
"""

import re
from copy import deepcopy
from typing import Any

_C1 = {0x84: "D", 0x85: "E", 0x88: "H", 0x8D: "M", 0x8E: "N", 0x8F: "O", 0x90: "P", 0x98: "X", 0x9B: "[", 0x9C: "\\",
       0x9D: "]", 0x9E: "^", 0x9F: "_", 0x96: "V", 0x97: "W"}  # fmt: skip
_COLOURS = {4: 104, 5: 105, **{number: number + 100 for number in range(10, 20)}}
_OFF_AT_FIRST: dict[str, Any] = {
    "alternate": False,
    "charsets": {"(": "B", ")": "B", "*": "B", "+": "B"},
    "left": 0,
    "right": 2,
    "keypad": False,
    "margins": (),
    "style": "",
    "protected": False,
    "cursor": 0,
    "key options": {},
    "keys": {False: [], True: []},
    "flags": {False: 0, True: 0},
    "colours": set(),
    "named colours": set(),
    "pointer": "",
    "font": "",
    "link": "",
    "title": "before",
    "titles": [],
    "lights": set(),
    "tabs": set(range(8, 200, 8)),
    "vt52": False,
    "c1": False,
    "private": {7: True, 8: True, 12: False, 25: True},
    "standard": {12: True},
}


class EmulatedTerminal:
    """Takes bytes; `state` is what they have made of the terminal, apart from its screen."""

    def __init__(self) -> None:
        self.state = deepcopy(_OFF_AT_FIRST)
        self.is_utf8 = True
        self.column = 0
        self._waiting = b""
        self._parser = "ground"
        self._collected = ""
        self._saved: dict[bool, dict[str, Any]] = {}

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        for byte in data:
            self._byte(byte)

    @property
    def settled(self) -> dict[str, Any]:
        """The state without what is off, and with the parser and the encoding."""
        state = deepcopy(self.state)
        for modes in ("private", "standard"):
            state[modes] = {mode: on for mode, on in state[modes].items() if on}
        state["key options"] = {key: value for key, value in state["key options"].items() if value}
        return {**state, "parser": self._parser, "utf8": self.is_utf8}

    def _byte(self, byte: int) -> None:
        if not self.is_utf8:
            self._character(byte)
            return
        self._waiting += bytes([byte])
        try:
            text = self._waiting.decode()
        except UnicodeDecodeError as problem:
            if problem.reason == "unexpected end of data":
                return
            text = "\ufffd" + (chr(byte) if byte < 0x80 else "")
        self._waiting = b""
        for character in text:
            self._character(ord(character))

    def _character(self, code: int) -> None:
        if code in (0x18, 0x1A):
            self._parser = "ground"
        elif code == 0x1B or code in _C1:
            if self._parser == "string":
                self._string(self._collected)
            self._parser, self._collected = "escape", ""
            if code in _C1:
                self._character(ord(_C1[code]))
        elif self._parser == "string":
            if code == 0x07:
                self._string(self._collected)
                self._parser = "ground"
            else:
                self._collected += chr(code)
        elif code < 0x20:
            self._control(code)
        elif code == 0x7F:
            pass
        elif code > 0x7E:
            self._parser = "ground"
            self.column += 1
        elif self._parser == "escape":
            self._escape(chr(code))
        elif self._parser == "sequence":
            self._collected += chr(code)
            if 0x40 <= code <= 0x7E:
                self._parser = "ground"
                self._sequence(self._collected)
        else:
            self.column += 1

    def _control(self, code: int) -> None:
        if code in (0x0E, 0x0F):
            self.state["left"] = 1 if code == 0x0E else 0
        elif code == 0x0D:
            self.column = 0

    def _escape(self, char: str) -> None:
        state = self.state
        if " " <= char <= "/":
            self._collected += char
            return
        kind, self._parser = self._collected, "ground"
        if state["vt52"] and char != "<":
            return
        if kind in ("(", ")", "*", "+"):
            state["charsets"][kind] = char
        elif kind in ("-", ".", "/"):
            state["charsets"]["?)*+"["?-./".index(kind)]] = "96" + char
        elif kind == " " and char in "FG":
            state["c1"] = char == "G"
        elif kind == "%":
            self.is_utf8 = char in "G8"
        elif not kind:
            self._plain_escape(char)

    def _plain_escape(self, char: str) -> None:
        state = self.state
        match char:
            case "[":
                self._parser, self._collected = "sequence", ""
            case "]" | "P" | "X" | "^" | "_":
                self._parser, self._collected = "string", char
            case "=" | ">":
                state["keypad"] = char == "="
            case "n" | "o":
                state["left"] = 2 if char == "n" else 3
            case "~" | "}" | "|":
                state["right"] = 1 + "~}|".index(char)
            case "<":
                state["vt52"] = False
            case "V" | "W":
                state["protected"] = char == "V"
            case "H":
                state["tabs"] ^= {self.column} - state["tabs"]
            case "7":
                self._save()
            case "8":
                self._restore()
            case "c":
                self.state = {**deepcopy(_OFF_AT_FIRST), "title": state["title"], "titles": state["titles"]}
                self.column = 0
                self._saved = {}

    def _save(self) -> None:
        kept = ("charsets", "left", "right", "style", "protected")
        alternate = self.state["alternate"]
        self._saved[alternate] = deepcopy({key: self.state[key] for key in kept})
        self._saved[alternate]["modes"] = {mode: self.state["private"].get(mode, False) for mode in (6, 7)}
        self._saved[alternate]["column"] = self.column

    def _restore(self) -> None:
        saved = deepcopy(self._saved.get(self.state["alternate"], {}))
        self.state["private"] |= saved.pop("modes", {6: False})
        self.column = saved.pop("column", 0)
        self.state |= saved

    def _sequence(self, text: str) -> None:
        found = re.fullmatch(r"([<=>?]?)([0-9;:]*)([ -/]*)(.)", text)
        if found is None or self.state["vt52"]:
            return
        private, parameters, middle, final = found.groups()
        numbers = [int(each.lstrip("0") or 0) for each in re.split("[;:]", parameters)]
        state, first = self.state, numbers[0]
        match private + middle + final:
            case "?h" | "?l":
                for mode in filter(None, numbers):  # no mode has the number 0
                    self._mode(mode, final == "h")
            case "h" | "l":
                state["standard"] |= dict.fromkeys(filter(None, numbers), final == "h")
            case "m":
                state["style"] = "" if numbers[-1] == 0 else parameters
            case "r":
                state["margins"] = tuple(numbers) if first else ()
                self.column = 0
            case " q":
                state["cursor"] = first
            case '"q':
                state["protected"] = first == 1
            case "q":
                state["lights"] = {*state["lights"], first} if first else set()
            case ">m":
                state["key options"] = {**state["key options"], first: sum(numbers[1:])} if parameters else {}
            case ">u":
                state["keys"][state["alternate"]].append(state["flags"][state["alternate"]])
                state["flags"][state["alternate"]] = first
            case "=u":
                state["flags"][state["alternate"]] = first
            case "<u":
                self._pop_keys(max(first, 1))
            case "g":
                state["tabs"] = set() if first == 3 else state["tabs"] - {self.column}
            case "?W" if first == 5:
                state["tabs"] = set(range(8, 200, 8))
            case "C":
                self.column = min(self.column + max(first, 1), 79)
            case "t" if first == 22:
                state["titles"].append(state["title"])
            case "t" if first == 23 and state["titles"]:
                state["title"] = state["titles"].pop()
            case "!p":
                state["margins"] = ()
                state["private"] |= {6: False, 25: True}

    def _mode(self, mode: int, on: bool) -> None:
        state = self.state
        if mode == 2:
            state["vt52"] |= not on
        elif mode == 1048:
            self._save() if on else self._restore()
        elif mode in (47, 1047, 1049):
            if mode == 1049 and on and not state["alternate"]:
                self._save()
            state["alternate"] = on
            if mode == 1049 and not on:
                self._restore()
        else:
            state["private"][mode] = on

    def _pop_keys(self, count: int) -> None:
        stack, alternate = self.state["keys"][self.state["alternate"]], self.state["alternate"]
        for _ in range(min(count, len(stack))):
            self.state["flags"][alternate] = stack.pop()
        if not stack:
            self.state["flags"][alternate] = 0

    def _string(self, text: str) -> None:
        found = re.fullmatch(r"\]([0-9]+)(?:;(.*))?", text, re.DOTALL)
        if found is None:
            return
        number, value, state = int(found[1]), found[2] or "", self.state
        if number in (0, 2):
            state["title"] = value
        elif number == 8:
            state["link"] = value.partition(";")[2]
        elif number in _COLOURS and "?" not in value:
            state["colours"].add(_COLOURS[number])
        elif number in _COLOURS.values():
            state["colours"].discard(number)
        elif number == 21:
            for key, sign, _ in (each.partition("=") for each in value.split(";")):
                state["named colours"] = (
                    (state["named colours"] | {key}) if sign else (state["named colours"] - {key})
                )
        elif number == 22:
            state["pointer"] = value
        elif number == 50:
            state["font"] = "" if value == "#" else value
