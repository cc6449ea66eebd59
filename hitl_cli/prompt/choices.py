"""A choice between a few answers, each with a key."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from prompt_toolkit.application import Application
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from prompt_toolkit.styles import Style

from hitl_cli.prompt.line import exit_once, set_key_timeouts
from hitl_cli.screen.themes import Theme
from hitl_cli.terminal.deliberate import DeliberateKeys
from hitl_cli.terminal.input import suspend_key
from hitl_cli.terminal.keyboard import NOT_YET, Keyboard
from hitl_cli.terminal.toolkit import ResizableApplication
from hitl_cli.text.wrapping import wrapped_items


@dataclass(frozen=True)
class Option:
    """One answer, with its `keys`: each a letter, `enter` or `escape`; the first one identifies the answer.

    An answer is `harmless` if the person can still choose differently later.
    """

    keys: tuple[str, ...]
    label: str
    harmless: bool = False


Choose = Callable[[Sequence[Option], str], Awaitable[str]]
"""Takes the answers and a label for Ctrl-D (may be empty), and returns the first key of the chosen answer.

Returns an empty text if the person leaves the question. Raises EOFError if the input has ended.
"""


def key_hint(options: Sequence[Option], leave_label: str) -> str:
    """Return a line with the keys of each answer; Esc is shown only if it is the first key."""
    parts = [f"{_key_names(option.keys)} {option.label}".rstrip() for option in options]
    return " · ".join([*parts, f"Ctrl-D {leave_label}"] if leave_label else parts)


def _key_names(keys: Sequence[str]) -> str:
    if keys[0] == "escape":
        return "Esc"
    return " or ".join("Enter" if key == "enter" else key for key in keys if key != "escape")


def line_hint(options: Sequence[Option], leave_label: str, number: str) -> str:
    """Return a sentence with the lines that can be typed for each answer; see `accepted_lines`."""
    parts = [
        ": ".join(
            filter(
                None, (" or ".join(line or "Enter" for line in accepted_lines(option, number)), option.label)
            )
        )
        for option in options
    ]
    return f"Answer {'; '.join([*parts, f'Ctrl-D: {leave_label}'] if leave_label else parts)}."


def accepted_lines(option: Option, number: str) -> list[str]:
    """Return the lines that choose `option`: its keys, each after `number` unless the answer is harmless."""
    words = ["" if key == "enter" else key for key in option.keys if key != "escape"]
    return [word if option.harmless else f"{number} {word}".strip() for word in words]


_LEAVE = ("c-c", "c-d")


class KeyChoice:
    """Lets the person choose with one deliberate key press: not pasted, not held down, not typed ahead."""

    def __init__(self, keyboard: Keyboard, theme: Theme) -> None:
        self._keyboard = keyboard
        self._theme = theme
        self._hint = ""
        self._message = ""

    async def choose(self, options: Sequence[Option], leave_label: str) -> str:
        """Show the keys and return the chosen answer; see `Choose`."""
        self._hint, self._message = key_hint(options, leave_label), ""
        deliberate = DeliberateKeys(self._keyboard, self._say, lambda: None, lambda: guard())
        bindings = KeyBindings()

        def bind(key: str, answer: str) -> None:
            @bindings.add(key)
            def _(event: KeyPressEvent) -> None:
                deliberate.consider(event, lambda: exit_once(event.app, result=answer))

        for option in options:
            for name in option.keys:
                for key in {name, name.upper()} if len(name) == 1 else {name}:
                    bind(key, option.keys[0])
        for key in _LEAVE:
            bind(key, "")
        bindings.add("c-j")(lambda event: None)  # prompt_toolkit would treat it as Enter

        def guard() -> None:
            self._keyboard.guard(application, self._say)

        application: Application[str] = ResizableApplication(
            self._keyboard.terminal,
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
        set_key_timeouts(application)
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
