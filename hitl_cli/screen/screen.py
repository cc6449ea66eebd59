"""The screen of a run: the model's text, what a command prints, one line for each decision, and what is waited for.

Questions, records and the waiting line belong to the terminal; the model's text and the output of commands are
results, and go to standard output, which may be a file.
"""

import asyncio
import contextlib
import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from hitl_cli.environment import Environment, Terminal
from hitl_cli.screen.leftovers import LeftoverRows
from hitl_cli.screen.margin import MODEL, OUTPUT, WORKFLOW, Margin, MarginLines, Mark
from hitl_cli.screen.panels import answered_line, brief, print_sentence, ran_line, rejected_line, unused_line
from hitl_cli.screen.prints import HeldBack, handed_over
from hitl_cli.screen.speech import Speech
from hitl_cli.screen.themes import Theme
from hitl_cli.shell import CommandResult, Leftover, RunningCommand
from hitl_cli.terminal.relay import LateAnswers, Relay
from hitl_cli.text import charset
from hitl_cli.text.amounts import counted
from hitl_cli.text.prose import PrintableProse, printable
from hitl_cli.text.visible import visible

_PATIENCE = 1.0  # seconds of silence before it is said what is being waited for
_REFRESH = 0.1  # seconds between two drawings of what changes by itself
_SPARE_LINES = 4
_LAST_LINES = 5  # of what a command printed in the background
_MOST_HELD_BACK = 250_000  # characters of what a workflow prints while a person is asked

Above = Callable[[Callable[[], None]], None]
"""Calls what it is given, which prints something, at a moment at which that stands above what is on the screen."""


class TerminalScreen:
    """Shows a run on the person's terminal, if there is one, and its results on standard output."""

    def __init__(
        self, environment: Environment, terminal: Terminal | None, theme: Theme, *, plain: bool = False
    ) -> None:
        """Take where to show things; `plain` is for lines of text only, without colours or anything redrawn."""
        self._theme = theme
        self._stdout = environment.stdout
        self._terminal_name = environment.variables.get("TERM", "")
        self._terminal = terminal
        self._relay: Relay | None = None
        self._late_answers = LateAnswers()
        self._plain = plain
        side = terminal.output if terminal else environment.stderr
        self.console = Console(
            file=side, highlight=False, markup=False, emoji=False, color_system=None if plain else "auto"
        )
        self._results_on_terminal = terminal is not None and terminal.output is self._stdout
        self._live: Live | None = None
        self._what = ""
        self._since = time.monotonic()
        self._last_delta = 0.0
        self._prose = PrintableProse()  # of a message that goes to no terminal
        self._speech = Speech(theme.model)
        self._spoken = self._lines_of(MODEL)  # in plain lines
        self._prints = self._lines_of(WORKFLOW, colours=not plain)
        self._row_of: MarginLines | None = None  # what stands in the line that is open
        self._open_line: TextIO | None = None  # where what was written last did not end its line
        self._still_until = 0.0  # what a pipe was given may come to the same terminal a little later
        self._held_back: HeldBack | None = None
        self._later: asyncio.TimerHandle | None = None
        self._ticking: asyncio.TimerHandle | None = None
        self._leftovers = LeftoverRows(self.console, theme)
        self._above: Above | None = None

    def waiting(self, what: str) -> None:
        """Say that the run waits for `what`, and for how long, until something else is shown."""
        what = visible(what, single_line=True)
        if self._plain:
            if what != self._what:
                self._what = what
                self._print_sentence(what)
            return
        if what != self._what or self._live is None:
            self._what, self._since = what, time.monotonic()
        self._go_live()

    def quiet(self) -> None:
        """Take away the waiting line, and begin another one for what comes."""
        self._stop_live()
        self._begin_line()

    def _stop_live(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None
        if self._live is not None:
            self._live.stop()
            self._live = None

    def taking_prints(self) -> contextlib.AbstractContextManager[None]:
        """Return what has `print` in a workflow come to this screen while it lasts, on lines of its own.

        What does not go to a terminal goes on as it is.
        """
        return handed_over(self._printed)

    @contextlib.contextmanager
    def asking(self, above: Above | None = None) -> Iterator[None]:
        """Hold back what a workflow prints on the terminal while the block runs, which has the terminal to itself.

        What processes print that commands left behind is held back, too, or shown `above` what the block shows.
        """
        self._begin_line()
        held_back = self._held_back = HeldBack(_MOST_HELD_BACK)
        self._above = above
        try:
            yield
        finally:
            self._held_back = self._above = None
            # The terminal may be gone, and then why the block ended is what matters.
            with contextlib.suppress(OSError):
                held_back.release(self._printed)
                if held_back.left_out:
                    left_out = counted(held_back.left_out, "more character")
                    self._print_sentence(
                        f"Printed while you were asked, and not shown: {left_out}", self._theme.note
                    )
                self._print_leftovers()

    def say(self, delta: str) -> None:
        """Show some more of the model's text, as Markdown where it can be."""
        if not self._results_on_terminal:
            self._write(self._stdout, self._prose.add(delta))
            return
        if self._plain:
            self._write_behind(self._stdout, self._spoken, self._spoken.add(delta))
            return
        self._begin_line()
        self._last_delta = time.monotonic()
        for block in self._speech.add(delta):
            self.console.print(block)
        self._go_live()

    def end_saying(self) -> None:
        """Show the rest of the model's text."""
        if not self._results_on_terminal:
            self._write(self._stdout, f"{self._prose.end()}\n")
            self._prose = PrintableProse()
            return
        if self._plain:
            self._write_behind(self._stdout, self._spoken, self._spoken.end())
            self._spoken = self._lines_of(MODEL)
            return
        self._begin_line()
        for block in self._speech.end():
            self.console.print(block)
        self._speech = Speech(self._theme.model)

    def result(self, text: str) -> None:
        """Show a result that is no prose, as it is."""
        self._begin_line()
        self._write(self._stdout, f"{printable(text)}\n")

    def tell(self, text: str) -> None:
        """Show one line from the program."""
        self._print_sentence(visible(text, single_line=True), self._theme.other)

    def record_rejection(self, command: str, reason: str) -> None:
        """Leave the line of a command that was rejected."""
        self._print_line(rejected_line(command, reason, self._theme))

    def record_answer(self, command: str, answer: str) -> None:
        """Leave the line of a command in whose place the person answered."""
        self._print_line(answered_line(command, answer, self._theme))

    def record_unused(self, command: str) -> None:
        """Leave the line of a command that was approved, and that the workflow did not run."""
        self._print_line(unused_line(command, self._theme))

    def command_started(self, running: RunningCommand) -> None:
        """Make room for what the command prints; one that has a terminal gets this one."""
        self.quiet()
        terminal = self._terminal if running.process.has_terminal else None
        if self._plain:
            background = ", Ctrl-] sends it to the background" if terminal else ""
            self._what = f"running {brief(running.command)}; Ctrl-C stops it{background}"
            self._print_sentence(self._what)
        if terminal is not None:
            plain = self._plain or self.console.is_dumb_terminal
            self._relay = Relay(terminal, running, self._terminal_name, self._late_answers, plain=plain)
            return
        self._what = visible(f"running {running.command}", single_line=True)
        self._since = time.monotonic()
        self._wait_later()

    def command_output(self, chunk: bytes) -> None:
        """Show the bytes that a command printed, as they are."""
        if self._relay is not None:
            self._relay.show(chunk)
            return
        self._stop_live()
        if self._stdout is not None:
            self._stdout.flush()
            self._stdout.buffer.write(chunk)
            self._stdout.buffer.flush()
            self._note_written(self._stdout, chunk.endswith(b"\n"))
        self._wait_later()

    def command_left(self) -> None:
        """Take back the terminal from the command that had it."""
        relay, self._relay = self._relay, None
        self._prints.restart()
        if relay is not None:
            relay.give_back()

    def command_finished(self, result: CommandResult, proposed: str | None, comment: str = "") -> None:
        """Leave the line of a command that ended, or that was sent to the background.

        `proposed` is what the model had asked for, None where that is not known, and `comment` what the person said.
        """
        self.quiet()
        self._print_line(ran_line(result, proposed, self._theme, comment))
        self.note_result(result)
        self._print_leftovers()

    def name_leftovers(self, leftovers: Sequence[Leftover]) -> None:
        """Say which processes commands have left behind."""
        self._begin_line()
        self._leftovers.name(leftovers)

    def leftover_printed(self, running: RunningCommand, text: str) -> None:
        """Show a line that leftovers of `running` printed, once nothing else has the screen."""
        self._leftovers.hold(running, text)
        if self._above is not None:
            self._above(self._print_leftovers)
        elif self._held_back is None and self._relay is None:
            self._print_leftovers()

    def _print_leftovers(self) -> None:
        if self._leftovers.are_held:
            self._begin_line()
            self._leftovers.print()

    def background_ended(self, result: CommandResult) -> None:
        """Leave the line of a command that ended in the background, and the last of what it printed."""
        self.quiet()
        self._print_line(ran_line(result, None, self._theme))
        if result.output.strip():
            last = result.output.rstrip("\n").split("\n")[-_LAST_LINES:]
            shown = Text("\n".join(visible(line, single_line=True) for line in last))
            self._begin_line()
            self.console.print(Margin(shown, self._theme.note, OUTPUT, plain=self._plain))
        self.note_result(result)

    def note_result(self, result: CommandResult) -> None:
        """Show what there is to know of a result beside its line."""
        for note in result.notes:
            self._print_sentence("  " + visible(note, single_line=True), self._theme.note)

    def tokens(self, prompt: int, completion: int) -> None:
        """Show what a run took."""
        self._print_line(Text(f"tokens: {prompt:,} in, {completion:,} out", style=self._theme.note))

    def _print_sentence(self, shown: str, style: str = "") -> None:
        self._begin_line()
        print_sentence(self.console, shown, style)

    def _print_line(self, line: RenderableType) -> None:
        self._begin_line()
        self.console.print(line, soft_wrap=True)

    def _lines_of(self, mark: Mark, *, colours: bool = False) -> MarginLines:
        return MarginLines(
            mark,
            lambda: self.console.width,
            plain=self._plain,
            ascii_only=self.console.options.ascii_only,
            colours=colours,
        )

    def _printed(self, stream: TextIO, text: str) -> None:
        """Show what the workflow itself writes to `stream`, or keep it until it can be shown."""
        if not stream.isatty():
            self._write(stream, text)
        elif self._held_back is not None:
            self._held_back.add(stream, text)
        else:
            shown = self._prints.add(text) + self._prints.flush()
            if self._relay is not None:
                self._relay.show(charset.encoded(shown.replace("\n", "\r\n")))
            else:
                self._write_behind(stream, self._prints, shown)

    def _write_behind(self, stream: TextIO | None, lines: MarginLines, shown: str) -> None:
        """Write what `lines` returned, in a row of theirs: another one ends first."""
        if not shown:
            return
        if self._row_of is not lines:
            self._begin_line()
        self._write(stream, shown)
        self._row_of = lines if lines.is_open else None

    def _write(self, stream: TextIO | None, text: str) -> None:
        if stream is None or not text:
            return
        waits = self._live is not None or self._later is not None
        if _is_seen(stream):
            self._stop_live()
        stream.write(text)
        stream.flush()
        self._note_written(stream, text.endswith("\n"))
        if waits and self._live is None:
            self._wait_later(_REFRESH)

    def _note_written(self, stream: TextIO, ends_line: bool) -> None:
        if _is_seen(stream):
            self._open_line = None if ends_line else stream
            self._still_until = time.monotonic() + (_REFRESH if stream.isatty() else _PATIENCE)

    def _begin_line(self) -> None:
        """End the line in which something stands on the terminal; in a pipe it is not ours to end."""
        if self._open_line is not None and self._open_line.isatty():
            self._open_line.write("\n")
            self._open_line.flush()
            self._open_line = None
            if self._row_of is not None:
                self._row_of.restart()
                self._row_of = None

    def _wait_later(self, seconds: float = _PATIENCE) -> None:
        if self._later is not None:
            self._later.cancel()
        self._later = asyncio.get_running_loop().call_later(seconds, self._go_live)

    def _go_live(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if (
            self._live is None
            and not self._plain
            and self.console.is_terminal
            and not self.console.is_dumb_terminal
        ):
            left = self._still_until - time.monotonic()
            if self._open_line is not None or left > 0:
                self._wait_later(max(left, _REFRESH))
                return
            self._live = Live(
                get_renderable=self._region,
                console=self.console,
                transient=True,
                auto_refresh=False,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
            self._live.refresh()  # at once: the loop may be busy with what is waited for
            self._refresh_later()

    def _refresh_later(self) -> None:
        """Draw the region anew in a moment: from the loop, because what a thread draws may cut off what is printed."""
        self._ticking = asyncio.get_running_loop().call_later(_REFRESH, self._refresh)

    def _refresh(self) -> None:
        if self._live is not None:
            self._live.refresh()
            self._refresh_later()

    def _region(self) -> RenderableType:
        now = time.monotonic()
        parts: list[RenderableType] = []
        if (tail := self._speech.tail(_SPARE_LINES)) is not None:
            parts.append(tail)
        if now - self._last_delta >= _PATIENCE:
            seconds = int(now - self._since)
            parts.append(_Waiting(self._what + (f" · {seconds} s" if seconds else ""), self._theme))
        return Group(*parts)


def _is_seen(stream: TextIO) -> bool:
    """Whether what is written to `stream` may come to a terminal: it is one, or a pipe to who knows whom."""
    kind = os.fstat(stream.fileno()).st_mode
    return stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind) or stream.isatty()


class _Waiting:
    """One line with a spinner, cut where the screen ends."""

    _spinner = Spinner("dots")

    def __init__(self, what: str, theme: Theme) -> None:
        self._what = what
        self._theme = theme

    def __rich__(self) -> RenderableType:
        self._spinner.text = Text(self._what, style=self._theme.note, no_wrap=True, overflow="ellipsis")
        return self._spinner
