"""A few answers of which a person picks one with a single key."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from prompt_toolkit.application import Application
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from prompt_toolkit.styles import Style

from hitl_cli.prompt.line import end, tell_keys_by_time
from hitl_cli.screen.themes import Theme
from hitl_cli.terminal.deliberate import DeliberateKeys
from hitl_cli.terminal.input import suspend_key
from hitl_cli.terminal.keyboard import NOT_YET, Keyboard
from hitl_cli.text.wrapping import wrapped_items


@dataclass(frozen=True)
class Option:
    """One answer: the `keys` that give it, each a letter, `enter` or `escape`; the first of them stands for it.

    One that is `harmless` changes nothing that could not be chosen otherwise later.
    """

    keys: tuple[str, ...]
    means: str
    harmless: bool = False


Choose = Callable[[Sequence[Option], str], Awaitable[str]]
"""Takes the answers, and what Ctrl-D does if it is none of them; returns the first key of the one that is chosen.

Returns the empty text where the person leaves the question. Raises EOFError where the input has ended.
"""


def told_by_key(options: Sequence[Option], leaving: str) -> str:
    """Return the line that says what each key does; Esc is named only where it is the first."""
    said = [f"{_named(option.keys)} {option.means}" for option in options]
    return " · ".join([*said, f"Ctrl-D {leaving}"] if leaving else said)


def _named(keys: Sequence[str]) -> str:
    if keys[0] == "escape":
        return "Esc"
    return " or ".join("Enter" if key == "enter" else key for key in keys if key != "escape")


def told_by_line(options: Sequence[Option], leaving: str, number: str) -> str:
    """Return the sentence that says what each line does that can be typed; see `lines`."""
    said = [
        f"{' or '.join(line or 'Enter' for line in lines(option, number))}: {option.means}"
        for option in options
    ]
    return f"Answer {'; '.join([*said, f'Ctrl-D: {leaving}'] if leaving else said)}."


def lines(option: Option, number: str) -> list[str]:
    """Return the lines that choose `option`: its keys, with `number` before each unless it is harmless."""
    words = ["" if key == "enter" else key for key in option.keys if key != "escape"]
    return [word if option.harmless else f"{number} {word}".strip() for word in words]


_LEAVE = ("c-c", "c-d")


class KeyPress:
    """Has an answer chosen by one key, which must be meant: neither pasted nor held down, nor from before."""

    def __init__(self, keyboard: Keyboard, theme: Theme) -> None:
        self._keyboard = keyboard
        self._theme = theme
        self._hint = ""
        self._message = ""

    async def choose(self, options: Sequence[Option], leaving: str) -> str:
        """Show the keys and return the answer whose key is pressed; see `Choose`."""
        self._hint, self._message = told_by_key(options, leaving), ""
        deliberate = DeliberateKeys(self._keyboard, self._say, lambda: None, lambda: guard())
        bindings = KeyBindings()

        def bind(key: str, answer: str) -> None:
            @bindings.add(key)
            def _(event: KeyPressEvent) -> None:
                deliberate.consider(event, lambda: end(event.app, result=answer))

        for option in options:
            for name in option.keys:
                for key in {name, name.upper()} if len(name) == 1 else {name}:
                    bind(key, option.keys[0])
        for key in _LEAVE:
            bind(key, "")
        bindings.add("c-j")(lambda event: None)  # prompt_toolkit would take it for Enter

        def guard() -> None:
            self._keyboard.guard(application, self._say)

        application: Application[str] = Application(
            layout=Layout(
                Window(
                    FormattedTextControl(self._shown, focusable=True),
                    dont_extend_height=True,
                    always_hide_cursor=Condition(lambda: not self._keyboard.keys_count),
                )
            ),
            key_bindings=merge_key_bindings([suspend_key(guard), bindings]),
            style=Style.from_dict(dict(self._theme.line)),
            input=self._keyboard.input,
            output=self._keyboard.output,
            erase_when_done=True,
        )
        tell_keys_by_time(application)
        application.key_processor.before_key_press += lambda _: deliberate.key_pressed()
        guard()
        try:
            return await application.run_async(handle_sigint=False)
        finally:
            deliberate.cancel()

    def _say(self, message: str) -> None:
        self._message = message

    def _shown(self) -> StyleAndTextTuples:
        columns = self._keyboard.output.get_size().columns
        parts = [("class:message", self._message)] if self._message else []
        parts.append(("class:hint", self._hint if self._keyboard.keys_count else NOT_YET))
        shown: StyleAndTextTuples = [
            (style, "\n" * bool(at) + wrapped_items(text, max(1, columns - 1)))
            for at, (style, text) in enumerate(parts)
        ]
        return [*shown, ("[SetCursorPosition]", "")]
