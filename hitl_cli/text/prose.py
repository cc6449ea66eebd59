"""Makes a model's prose safe to print; unlike commands, it may contain typographic quotes, dashes and emoji."""

import unicodedata

from hitl_cli.text.labelling import BIDI, BREAK, BYTE, CONTROL, INVISIBLE, UNKNOWN, character

_UNSAFE = {CONTROL, BIDI, BREAK, BYTE, INVISIBLE, UNKNOWN}
_MAX_MARKS = 4  # more combining marks on one letter overlap the lines above and below
_NON_JOINER, _JOINER, _EMOJI_STYLE, _KEYCAP = "\u200c", "\u200d", "\ufe0f", "\u20e3"
_LOOKS_AHEAD = frozenset((_NON_JOINER, _JOINER, _EMOJI_STYLE))
_KEYS = frozenset("#*0123456789")
# Characters with an emoji variant that Unicode classifies as letters or punctuation, and the skin tones.
_MORE_PICTURES = frozenset("‼⁉\u2139↔◻◼◽◾⤴⤵〰〽\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
_VIRAMA = 9  # the combining class of marks that join the previous letter to the next one


def printable(text: str) -> str:
    """Return `text` with a label for every character that a terminal would execute or hide, otherwise unchanged."""
    prose = PrintableProse()
    return prose.add(text) + prose.end()


class PrintableProse:
    """Applies `printable` to a stream of pieces; the result does not depend on where the pieces are cut."""

    def __init__(self) -> None:
        self._held = ""  # a character that depends on the next one, which has not arrived
        self._base = ""  # the character that marks and joiners apply to; empty after a label
        self._last = ""  # the last character that was shown unchanged; empty after a label
        self._marks = 0

    def add(self, piece: str) -> str:
        """Add `piece`, and return what can be shown now."""
        text, self._held = self._held + piece, ""
        if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
            if text:
                self._base = self._last = text[-1]
                self._marks = 0
            return text
        if text[-1] in _LOOKS_AHEAD:
            text, self._held = text[:-1], text[-1]
        following = [*text, self._held][1:]
        return "".join(self._shown(char, after) for char, after in zip(text, following, strict=True))

    def end(self) -> str:
        """Return the buffered rest at the end of the stream."""
        held, self._held = self._held, ""
        return self._shown(held, "") if held else ""

    def _shown(self, char: str, following: str) -> str:
        category = unicodedata.category(char)
        is_mark = category in ("Mn", "Me")
        if char in _LOOKS_AHEAD:
            fits = self._may_join(char, following)
        elif char == _KEYCAP:
            fits = self._base in _KEYS and self._last in (self._base, _EMOJI_STYLE)
        elif is_mark:
            fits = self._base.isalpha() and self._marks < _MAX_MARKS and _is_safe(char)
        else:
            fits = _is_safe(char)
        if not fits:
            self._base = self._last = ""
            return f"⟦U+{ord(char):04X}⟧"
        self._last = char
        self._marks = self._marks + 1 if is_mark else 0
        if not is_mark and char not in _LOOKS_AHEAD and category != "Mc":
            self._base = char
        return char

    def _may_join(self, char: str, following: str) -> bool:
        """Whether `char` has a visible effect here, by Unicode's rules for emoji and for joined letters."""
        if char == _EMOJI_STYLE:
            is_key = self._base in _KEYS and following == _KEYCAP
            return self._last == self._base and (_is_picture(self._base) or is_key)
        if self._base.isalpha() and self._last and unicodedata.combining(self._last) == _VIRAMA:
            return _is_letter(following) or (
                char == _JOINER and not unicodedata.category(following or " ").startswith("M")
            )
        if char == _JOINER:
            is_whole = self._last in (self._base, _EMOJI_STYLE)
            return is_whole and _is_picture(self._base) and _is_picture(following)
        return _is_arabic(self._base) and _is_arabic(following)


def _is_safe(char: str) -> bool:
    return character(char).reason not in _UNSAFE


def _is_letter(char: str) -> bool:
    return char.isalpha() and _is_safe(char)


def _is_arabic(char: str) -> bool:
    """Whether `char` is a letter of Arabic or a similar script with joined letters."""
    return char.isalpha() and unicodedata.bidirectional(char) == "AL" and _is_safe(char)


def _is_picture(char: str) -> bool:
    is_symbol = bool(char) and (char in _MORE_PICTURES or unicodedata.category(char) == "So")
    return is_symbol and _is_safe(char)
