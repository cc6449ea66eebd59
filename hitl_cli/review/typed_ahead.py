"""Text that a person typed when no prompt was there for it: a draft of what they want to say next."""

from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys


class TypedAhead:
    """Keeps the text of keys that came too early; it is never sent by itself."""

    def __init__(self) -> None:
        self._text = ""
        self._after_escape = False

    def add(self, key: KeyPress) -> bool:
        """Add what `key` types, and return whether it types anything."""
        is_alt, self._after_escape = self._after_escape, key.key == Keys.Escape
        before = self._text
        if key.key == Keys.BracketedPaste:
            self._text += "\n".join(map(_printable, key.data.replace("\r", "\n").split("\n")))
        elif key.key in (Keys.ControlM, Keys.ControlJ):
            self._text += "\n" if self._text else ""
        elif key.key == Keys.ControlH:
            self._text = self._text[:-1]
        elif key.key == Keys.ControlU:
            self._text = ""
        elif len(key.key) == 1 and not is_alt:
            self._text += _printable(key.key)
        return self._text != before and key.key not in (Keys.ControlM, Keys.ControlJ)

    def take(self) -> str:
        """Return the text, which is kept no longer."""
        text, self._text = self._text.strip("\n"), ""
        return text


def _printable(text: str) -> str:
    return "".join(filter(str.isprintable, text))
