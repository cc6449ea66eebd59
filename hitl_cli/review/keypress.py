"""One key, for a question with a few answers."""

from collections.abc import Sequence

from prompt_toolkit.application import Application
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from prompt_toolkit.styles import Style

from hitl_cli.review.choosing import Option, told_by_key
from hitl_cli.review.deliberate import DeliberateKeys
from hitl_cli.review.keyboard import NOT_YET, Keyboard
from hitl_cli.review.line import end, tell_keys_by_time
from hitl_cli.review.suspending import suspend_key
from hitl_cli.review.themes import Theme
from hitl_cli.text.wrapping import wrapped_items

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
                deliberate.weigh(event, lambda: end(event.app, result=answer))

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
            deliberate.withdraw()

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
