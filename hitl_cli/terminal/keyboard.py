"""The keyboard: which keys count, which are too early, and their timing."""

import asyncio
import contextlib
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from prompt_toolkit.application import Application, get_app
from prompt_toolkit.input.typeahead import get_typeahead
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import Output, create_output

from hitl_cli.environment import Terminal
from hitl_cli.keys import shown
from hitl_cli.terminal.guard import Guard, GuardEvent
from hitl_cli.terminal.input import Input, TypedAhead
from hitl_cli.terminal.reflow import DEVICE_QUERY
from hitl_cli.terminal.toolkit import cursor_of, draw_afresh, use_colours_of_rich
from hitl_cli.text import charset

# The cursor is hidden while no key counts. The query is written before the drawing, in the same write.
_STATUS_QUERY = "\x1b[5n"
_CURSOR_QUERY = "\x1b[6n"
_HIDE_CURSOR = "\x1b[?25l"
_REMEMBERED = 16  # keys
TOGETHER = 0.025
"""Seconds; keys that follow faster were not typed: they are a paste, or a slow line delivered them together."""

NOT_YET = "Read first; keys count in a moment."
"""Shown in place of the key help while no key counts."""

_OVERDUE = "The terminal has not confirmed that it shows this question, so no key counts yet."
_KEPT = "Your text came too early for this question; it is kept for your next message."
_LOST = "Your text came too early for this question and was ignored."


class Keyboard:
    """The keys of a terminal, and its screen as prompt_toolkit draws on it."""

    def __init__(self, terminal: Terminal) -> None:
        self._guard = Guard()
        self.input = Input(terminal.input, self._guard, self._note, self._note_early)
        self.output: Output = create_output(charset.for_toolkit(terminal.output))
        use_colours_of_rich(self.output, terminal.output)
        self.terminal = terminal
        self.keys_pressed = 0
        self.keeps_text = False
        self.typed_ahead = TypedAhead()
        self._latest: deque[tuple[KeyPress, bool]] = deque(
            maxlen=_REMEMBERED
        )  # the key, and whether it came alone
        self._quiet = True
        self._quiet_soon: asyncio.TimerHandle | None = None
        self._ticking: asyncio.TimerHandle | None = None
        self._pressed_at: dict[str, tuple[float, float]] = {}
        self._pasted_at = -float("inf")
        self._application: Application[Any] | None = None
        self._tell: Callable[[str], None] = lambda sentence: None
        self._has_early_text = False
        self._expected_cursor: tuple[int, int] | None = None
        self._parser = self.input.parser
        self._parser.on_device = partial(setattr, terminal.reports, "device")
        self._parser.on_guard_changed = self._follow_guard
        self._parser.on_stray_paste_end = self._note_paste
        self._parser.replies.take_back_escape = self._take_back_escape
        self._go_back: Callable[[], None] | None = None
        ask_for_cursor = self.output.ask_for_cpr

        has_asked = os.environ.get("TERM") == "linux"  # that console prints a part of the query

        def ask() -> None:
            nonlocal has_asked
            if not has_asked:
                self.output.write_raw(DEVICE_QUERY)
                has_asked = True
            self._parser.replies.expect()
            ask_for_cursor()

        self.output.ask_for_cpr = ask  # type: ignore[method-assign]

    # Timing of keys.

    def _note(self, key: KeyPress) -> None:
        """Store the time of a key press, whether it counts or not."""
        if key.key == Keys.CPRResponse:
            return
        now = time.monotonic()
        self.keys_pressed += 1
        if _is_paste(key) or (not self._quiet and _is_text(key) and _is_text(self._latest[-1][0])):
            self._pasted_at = now
        self._latest.append((key, self._quiet))
        self._expect_quiet()
        self._pressed_at[key.key] = (now, self._pressed_at.get(key.key, (-float("inf"), 0.0))[0])

    def _note_paste(self) -> None:
        self._pasted_at = time.monotonic()

    def _expect_quiet(self) -> None:
        """Set `_quiet` after a delay: the event loop reads pending keys before it runs timers."""

        def quiet() -> None:
            self._quiet = True

        self._quiet = False
        if self._quiet_soon is not None:
            self._quiet_soon.cancel()
        self._quiet_soon = asyncio.get_running_loop().call_later(TOGETHER, quiet)

    def came_alone(self, keys: Sequence[KeyPress]) -> bool:
        """Return whether no key was pressed just before the first of `keys`."""
        place = self._place_of(keys[0])
        return place < 0 or self._latest[place][1]

    def repeats(self, keys: Sequence[KeyPress]) -> bool:
        """Return whether the key before `keys` equals the last of them."""
        place = self._place_of(keys[0])
        return place > 0 and self._latest[place - 1][0].key == keys[-1].key

    def _place_of(self, key: KeyPress) -> int:
        """Return the index of `key` in the latest keys, or -1 if it is no longer there."""
        return next((at for at, (known, _) in enumerate(self._latest) if known is key), -1)

    @property
    def in_a_burst(self) -> bool:
        """Whether the latest key followed faster than a person types."""
        return bool(self._latest) and not self._latest[-1][1]

    @property
    def seconds_since_paste(self) -> float:
        """The time since text was pasted, or arrived faster than a person types."""
        return time.monotonic() - self._pasted_at

    def seconds_since_same(self, key: KeyPress) -> float:
        """Return the time between the last two presses of `key`, in any context."""
        if key.key not in self._pressed_at:
            return float("inf")
        latest, before = self._pressed_at[key.key]
        return latest - before

    def seconds_since(self, key: KeyPress) -> float:
        """Return the time since `key` was pressed last, in any context; 0 if that is not known."""
        now = time.monotonic()
        return now - self._pressed_at.get(key.key, (now, now))[0]

    # The terminal's window.

    @property
    def focused(self) -> bool | None:
        """Whether the terminal's window has the focus, or None if the terminal has not reported it."""
        return self._parser.focused

    def forget_focus(self) -> None:
        """Forget the reported focus."""
        self._parser.focused = None

    # An Esc that was the start of a sequence.

    @contextlib.contextmanager
    def taking_back(self, go_back: Callable[[], None]) -> Iterator[None]:
        """While the block runs, call `go_back` if the previous Esc turns out to be the start of a terminal sequence."""
        self._go_back = go_back
        try:
            yield
        finally:
            self._go_back = None

    def _take_back_escape(self) -> None:
        get_app().key_processor.reset()  # the Esc may still be pending there
        if self._go_back is not None:
            self._go_back()

    # When keys count.

    @property
    def keys_count(self) -> bool:
        """Whether a key that is pressed now counts."""
        return self._guard.is_open

    def all_keys_count(self) -> None:
        """Let all keys count, including those typed ahead: the next drawing does not ask for a decision."""
        self._stop_ticking()
        self._guard.open()
        self._take_typed_ahead()

    def guard(self, application: Application[Any], tell: Callable[[str], None]) -> None:
        """Let no key count before the person had time to read what `application`, which runs next, will draw.

        `tell` shows a sentence that says why a key was ignored. Typed text is kept in `typed_ahead`.
        """
        self._stop_ticking()
        self._application, self._tell, self._has_early_text = application, tell, False
        self._take_typed_ahead()
        self._guard.close()
        self._parser.begin_drawing()
        for key in get_typeahead(self.input):
            self.typed_ahead.add(key)
        self._ask_with_next_drawing(application)

    def _take_typed_ahead(self) -> None:
        if keys := self.terminal.reports.typed_ahead:
            self.input.keep(keys.decode("utf-8", "replace"))
            keys.clear()

    def _ask_with_next_drawing(self, application: Application[Any]) -> None:
        def before_drawing(_: Application[Any]) -> None:
            application.before_render -= before_drawing
            self._parser.replies.expect()
            self.output.write_raw(_HIDE_CURSOR + _STATUS_QUERY)
            self._guard.drawn()
            self._follow_guard()

        application.before_render += before_drawing

    # Confirmation of the screen when a key decides.

    def draw_afresh(self, application: Application[Any]) -> None:
        """Draw all of `application` again, and ask the terminal to confirm it."""
        self._expected_cursor, self._parser.cursor = cursor_of(application), None
        if self._expected_cursor is not None:
            self._parser.expects_cursor = True
            self._parser.replies.expect()
            self.output.write_raw(_CURSOR_QUERY)

        def before_drawing(_: Application[Any]) -> None:
            application.before_render -= before_drawing
            self._parser.replies.expect()
            self.output.write_raw(_STATUS_QUERY)
            self._guard.asked()

        application.before_render += before_drawing
        draw_afresh(application)

    @property
    def is_confirmed(self) -> bool:
        """Whether the terminal has confirmed the last complete drawing; true if it does not answer queries."""
        return not self._guard.is_answer_due

    @property
    def was_disturbed(self) -> bool:
        """Whether the cursor was not where it had been left, because something else wrote on the terminal."""
        expected, found = self._expected_cursor, self._parser.cursor
        return expected is not None and found is not None and found != expected

    def expect_no_answer(self) -> None:
        """Stop waiting for the terminal's answers."""
        self._guard.expect_no_answer()

    def _note_early(self, key: KeyPress) -> None:
        self._note(key)
        self._has_early_text |= self.typed_ahead.add(key)
        if key.key == Keys.Ignore:
            return
        if self._has_early_text or _is_text(key):
            self._tell(_KEPT if self.keeps_text else _LOST)
        else:
            self._tell(f"{shown([key.key])} arrived too early and was ignored. Press it again.")
        self._redraw()

    def _follow_guard(self) -> None:
        self._stop_ticking()
        if (seconds := self._guard.wait) is not None:
            self._ticking = asyncio.get_running_loop().call_later(seconds, self._tick)

    def _tick(self) -> None:
        event = self._guard.tick()
        application = self._application
        if event is GuardEvent.OVERDUE and application is not None and application.is_running:
            self._tell(_OVERDUE)
            self._ask_with_next_drawing(application)
            draw_afresh(application)
        elif event is GuardEvent.OPENED:
            self._redraw()
        self._follow_guard()

    def _redraw(self) -> None:
        if self._application is not None:
            self._application.invalidate()

    def _stop_ticking(self) -> None:
        if self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None


def _is_paste(key: KeyPress) -> bool:
    return key.key == Keys.BracketedPaste


def _is_text(key: KeyPress) -> bool:
    return _is_paste(key) or len(key.key) == 1
