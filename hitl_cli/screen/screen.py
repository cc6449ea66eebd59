"""The screen of a run: the model's text, the output of commands, a record of each decision, and the waiting line.

Questions, records and the waiting line go to the terminal. The model's text and the output of commands are results and
go to standard output, which may be a file.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TextIO

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.text import Text

from hitl_cli.environment import Environment, Terminal
from hitl_cli.screen.brief import brief, print_sentence
from hitl_cli.screen.held_output import HeldLeftoverLines, HeldPrints, redirected_prints
from hitl_cli.screen.line_writer import LineWriter
from hitl_cli.screen.live_area import REFRESH_INTERVAL, LiveArea
from hitl_cli.screen.margin import MODEL, OUTPUT, WORKFLOW, Margin, MarginLines, Mark
from hitl_cli.screen.themes import Theme, console_theme
from hitl_cli.terminal.late_answers import LateAnswers
from hitl_cli.terminal.reflow import wraps_again
from hitl_cli.text import charset
from hitl_cli.text.amounts import counted
from hitl_cli.text.prose import PrintableProse, printable
from hitl_cli.text.visible import visible

if TYPE_CHECKING:
    from hitl_cli.approval.ledger import CalledTool
    from hitl_cli.loading.own_panels import Panel
    from hitl_cli.screen.model_text import ModelText
    from hitl_cli.session.ports import PrintAbove
    from hitl_cli.shell import CommandResult, Leftover, RunningCommand
    from hitl_cli.terminal.relay import Relay

_RESULT_ROWS = 3  # of a terminal, in which JSON can be read
_LAST_LINES = 5  # shown of the output of a background command
_MAX_HELD_PRINTS = 250_000  # characters that a workflow prints while a question is open


class TerminalScreen:
    """Shows a run on the person's terminal, if there is one, and its results on standard output; see `Screen`.

    What only a run shows is loaded by `prepare`, or when it is first shown: a conversation's first prompt needs none of
    it.
    """

    def __init__(
        self, environment: Environment, terminal: Terminal | None, theme: Theme, *, plain: bool = False
    ) -> None:
        """Take where to show things; with `plain`, only lines of text, without colours, and nothing is redrawn."""
        self._theme = theme
        self._stdout = environment.stdout
        self._terminal_name = environment.variables.get("TERM", "")
        self._terminal = terminal
        self._relay: Relay | None = None
        self._late_answers = LateAnswers()
        self._plain = plain
        side = self._side = terminal.output if terminal else environment.stderr
        self.console = Console(
            file=side,
            highlight=False,
            markup=False,
            emoji=False,
            color_system=None if plain else "auto",
            theme=console_theme(theme),
        )
        self._results_on_terminal = terminal is not None and terminal.output is self._stdout
        self._live = LiveArea(
            self.console,
            theme,
            lambda lines: self._model_text.unfinished(lines) if self._model_text else None,
            partial(wraps_again, terminal),
            enabled=not plain,
        )
        self._prose = PrintableProse()  # where standard output is no terminal
        self._model_text: ModelText | None = None
        self._model_lines = self._lines_of(MODEL)  # in plain lines
        self._workflow_lines = self._lines_of(WORKFLOW, colours=not plain)
        self._report_lines = self._lines_of(WORKFLOW)
        self._writer = LineWriter(self._live)
        self._held_prints: HeldPrints | None = None
        self._held_leftovers = HeldLeftoverLines(self.console, theme)
        self._print_above: PrintAbove | None = None
        self._named = ""  # the running command, if it was named above its output
        self._lines_since_named = 0

    def prepare(self) -> None:
        """Load what a run shows; to be called in a thread."""
        from hitl_cli.screen import command_text, live_rows, model_text, records  # noqa: F401
        from hitl_cli.terminal import relay  # noqa: F401

    def waiting(self, what: str) -> None:
        """Show that the run waits for `what`, and for how long, until something else is shown."""
        what = visible(what, single_line=True)
        if self._plain:
            if what != self._live.status:
                self._live.set_status(what)
                self._print_sentence(what)
            return
        if what != self._live.status or not self._live.is_drawn:
            self._live.set_status(what)
        self._live.start()

    def arriving(self, text: str) -> None:
        """Show the end of what has come of what the run waits for, on one line."""
        self._live.arriving = visible(" ".join(text.split()), single_line=True)

    def quiet(self) -> None:
        """Remove the waiting line, and start a new line."""
        self._live.stop()
        self._writer.start_line()

    def capturing_prints(self) -> contextlib.AbstractContextManager[None]:
        """Return a context manager that shows `print` calls of a workflow on this screen, on lines of their own.

        Output that does not go to a terminal is not changed.
        """
        return redirected_prints(self._show_print)

    @contextlib.contextmanager
    def asking(self, print_above: "PrintAbove | None" = None) -> Iterator[None]:
        """Leave the terminal to the block: hold back what a workflow prints on it, and show that afterwards.

        Output of leftover processes is held back too, unless `print_above` can print it above what the block shows.
        Afterwards nothing says for a moment what the run waits for: it mostly goes on at once.
        """
        self._writer.start_line()
        held = self._held_prints = HeldPrints(_MAX_HELD_PRINTS)
        self._print_above = print_above
        try:
            yield
        finally:
            self._held_prints = self._print_above = None
            self._live.delay(REFRESH_INTERVAL)
            # If the terminal is gone, the error that ended the block matters more.
            with contextlib.suppress(OSError):
                held.release(self._show_print)
                if held.omitted:
                    omitted = counted(held.omitted, "more character")
                    self._print_sentence(
                        f"Not shown: {omitted} that the workflow printed meanwhile", self._theme.note
                    )
                self._print_leftovers()

    def say(self, delta: str, *, keeps_lines: bool = False) -> None:
        """Show a piece of the model's text, as Markdown where possible; with `keeps_lines`, its lines stay lines."""
        if not self._results_on_terminal:
            self._writer.write(self._stdout, self._prose.add(delta))
            return
        if self._plain:
            self._writer.write_lines(self._stdout, self._model_lines, self._model_lines.add(delta))
            return
        self._writer.start_line()
        self._live.text_arrived()
        if keeps_lines:
            delta = delta.replace("\n", "  \n")  # a hard line break in Markdown
        if self._model_text is None:
            self._model_text = self._new_text()
        for block in self._model_text.add(delta):
            self.console.print(block)
        self._live.start()

    def end_saying(self) -> None:
        """End the model's text."""
        if not self._results_on_terminal:
            self._writer.write(self._stdout, f"{self._prose.end()}\n")
            self._prose = PrintableProse()
            return
        if self._plain:
            self._writer.write_lines(self._stdout, self._model_lines, self._model_lines.end())
            self._model_lines = self._lines_of(MODEL)
            return
        self._writer.start_line()
        if self._model_text is not None:
            for block in self._model_text.end():
                self.console.print(block)
            self._model_text = None

    def recall(self, request: str, words: str, lines: Sequence[str]) -> None:
        """Show what was before the session was resumed, beside the results: a request, the model's words, and lines.

        Unusual characters in all but the words are labelled already.
        """
        if request:
            self._print_sentence(f"You asked: {request}", self._theme.other)
        if words:
            self._recall_words(words)
        for line in lines:
            self._print_sentence(line, self._theme.other)

    def _recall_words(self, words: str) -> None:
        self._writer.start_line()
        if self._plain:
            lines = self._lines_of(MODEL)
            self._writer.write_lines(self._side, lines, lines.add(words) + lines.end())
            return
        text = self._new_text()
        for block in (*text.add(words), *text.end()):
            self.console.print(block)

    def _new_text(self) -> "ModelText":
        from hitl_cli.screen.model_text import ModelText

        return ModelText(self._theme.model)

    def result(self, text: str, outline: str) -> None:
        """Show a result that is not prose, unchanged; on a terminal, the `outline` of one that is too long to read."""
        self._writer.start_line()
        shown = printable(text)
        if not self._results_on_terminal or (
            "\\n" not in text and cell_len(shown) <= _RESULT_ROWS * self.console.width
        ):
            self._writer.write(self._stdout, f"{shown}\n")
            return
        lines = self._lines_of(WORKFLOW)
        self._writer.write_lines(self._stdout, lines, lines.add(f"{outline}\n") + lines.end())

    def report(self, text: str, *, ends_line: bool) -> None:
        """Show what the workflow reports of its progress, beside the results."""
        text = f"{text}\n" if ends_line else text
        lines = self._report_lines
        self._writer.write_lines(self._side, lines, lines.add(text) + ("" if ends_line else lines.flush()))

    async def draw(self, panel: "Panel", values: Mapping[str, Any]) -> Text:
        """Return what a panel of the workflow's author draws of these values, in the room beside the margin."""
        from hitl_cli.screen import own_panels

        ascii_only = self._plain or self.console.options.ascii_only
        columns = self.console.width
        margin = WORKFLOW.shown(plain=self._plain, ascii_only=ascii_only, columns=columns)
        return await own_panels.draw(panel, values, max(1, columns - len(margin)), ascii_only=ascii_only)

    def tell(self, text: str) -> None:
        """Show one line of the program's own."""
        self._print_sentence(visible(text, single_line=True), self._theme.other)

    def record_rejection(self, command: str, reason: str) -> None:
        """Show the record of a rejected request."""
        from hitl_cli.screen.records import rejected_line

        self._print_line(rejected_line(command, reason, self._theme))

    def record_call(self, called: "CalledTool") -> None:
        """Show the record of an approved call of a tool that ended."""
        from hitl_cli.screen.records import called_line

        self._print_line(called_line(called, self._theme))

    def record_answer(self, request: str, answer: str) -> None:
        """Show the record of a request that the person answered: a form, or a command in whose place they did."""
        from hitl_cli.screen.records import answered_line

        self._print_line(answered_line(request, answer, self._theme))

    def record_delegated(self, command: str, proposed: str, comment: str) -> None:
        """Show the record of an approved command that the workflow runs; `comment` is the person's."""
        from hitl_cli.screen.records import delegated_line

        self._print_line(delegated_line(command, proposed, self._theme, comment))

    def record_unused(self, command: str) -> None:
        """Show the record of an approved command that the workflow did not run."""
        from hitl_cli.screen.records import unused_line

        self._print_line(unused_line(command, self._theme))

    def command_started(self, running: "RunningCommand") -> None:
        """Name a command above its output; if it has a pty, give it the terminal."""
        from hitl_cli.screen.command_text import StartedCommand
        from hitl_cli.terminal.relay import Relay

        self.quiet()
        self._named, self._lines_since_named = "" if self._plain else running.command, 0
        terminal = self._terminal if running.process.has_terminal else None
        if self._plain:
            background = "; Ctrl-] sends it to the background" if terminal else ""
            self._live.set_status(f"running {brief(running.command)}; Ctrl-C stops it{background}")
            self._print_sentence(self._live.status)
        else:
            self._print_line(StartedCommand(running.command, self._theme))
        if terminal is not None:
            plain = self._plain or self.console.is_dumb_terminal
            self._relay = Relay(terminal, running, self._terminal_name, self._late_answers, plain=plain)
            return
        self._live.set_status(visible(f"running {running.command}", single_line=True))
        self._live.start_later()

    def command_output(self, chunk: bytes) -> None:
        """Show output of the command, byte for byte."""
        self._lines_since_named += chunk.count(b"\n")
        if self._relay is not None:
            self._relay.show(chunk)
            return
        self._live.stop()
        if self._stdout is not None:
            self._stdout.flush()
            self._stdout.buffer.write(chunk)
            self._stdout.buffer.flush()
            self._writer.note_written(self._stdout, chunk.endswith(b"\n"))
        self._live.start_later()

    def command_left(self) -> None:
        """Take the terminal back from the command."""
        relay, self._relay = self._relay, None
        self._workflow_lines.restart()
        if relay is not None:
            relay.give_back()

    def command_finished(self, result: "CommandResult", proposed: str | None, comment: str = "") -> None:
        """Show the record of a command that ended or was sent to the background.

        `proposed` is the text that was proposed, None if unknown; `comment` is the person's.
        """
        from hitl_cli.screen.records import ran_line

        self.quiet()
        is_in_view = self._named == result.command and self._lines_since_named < self.console.height - 1
        self._named = ""
        self._print_line(ran_line(result, proposed, self._theme, comment, named=not is_in_view))
        self.note_result(result)
        self._print_leftovers()

    def name_leftovers(self, leftovers: "Sequence[Leftover]") -> None:
        """Show which processes commands left behind."""
        self._writer.start_line()
        self._held_leftovers.print_processes(leftovers)

    def leftover_printed(self, running: "RunningCommand", text: str) -> None:
        """Show a line that leftovers of `running` printed, as soon as nothing else is shown."""
        self._held_leftovers.add(running, text)
        if self._print_above is not None:
            self._print_above(self._print_leftovers)
        elif self._held_prints is None and self._relay is None:
            self._print_leftovers()

    def _print_leftovers(self) -> None:
        if self._held_leftovers:
            self._writer.start_line()
            self._held_leftovers.release()

    def background_ended(self, result: "CommandResult") -> None:
        """Show the record of a background command that ended, and the last lines of its output."""
        from hitl_cli.screen.records import ran_line

        self.quiet()
        self._print_line(ran_line(result, None, self._theme))
        if result.output.strip():
            last = result.output.rstrip("\n").split("\n")[-_LAST_LINES:]
            shown = Text("\n".join(visible(line.expandtabs(), single_line=True) for line in last))
            self._writer.start_line()
            self.console.print(Margin(shown, self._theme.note, OUTPUT, plain=self._plain))
        self.note_result(result)

    def note_result(self, result: "CommandResult") -> None:
        """Show the notes of a result under its record."""
        for note in result.notes:
            self._print_sentence("  " + visible(note, single_line=True), self._theme.note)

    def tokens(self, prompt: int, completion: int) -> None:
        """Show how many tokens a run used."""
        self._print_line(Text(f"tokens: {prompt:,} in, {completion:,} out", style=self._theme.note))

    def _print_sentence(self, shown: str, style: str = "") -> None:
        self._writer.start_line()
        print_sentence(self.console, shown, style)

    def _print_line(self, line: RenderableType) -> None:
        self._writer.start_line()
        self.console.print(line, soft_wrap=True)

    def _lines_of(self, mark: Mark, *, colours: bool = False) -> MarginLines:
        return MarginLines(
            mark,
            lambda: self.console.width,
            plain=self._plain,
            ascii_only=self.console.options.ascii_only,
            colours=colours,
        )

    def _show_print(self, stream: TextIO, text: str) -> None:
        """Show what the workflow writes to `stream`, or hold it until it can be shown."""
        if not stream.isatty():
            self._writer.write(stream, text)
        elif self._held_prints is not None:
            self._held_prints.add(stream, text)
        else:
            shown = self._workflow_lines.add(text) + self._workflow_lines.flush()
            if self._relay is not None:
                self._relay.show(charset.encoded(shown.replace("\n", "\r\n")))
            else:
                self._writer.write_lines(stream, self._workflow_lines, shown)
