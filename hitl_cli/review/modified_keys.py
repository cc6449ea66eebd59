"""Keys in the notations that tell modified keys apart, put into the one that every terminal knows.

Two are in use: that of xterm's modifyOtherKeys, `ESC[27;modifiers;code~`, and that of kitty's keyboard protocol, which
others call CSI u, `ESC[code;modifiers u`; see https://invisible-island.net/xterm/modified-keys.html and
https://sw.kovidgoyal.net/kitty/keyboard-protocol/.
"""

import re

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
