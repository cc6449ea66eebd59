"""Shows a preview at a question: its output live, then the panel, and the differences when it is asked for again."""

import asyncio

from rich.console import Console
from rich.text import Text

from hitl_cli.errors import HitlError
from hitl_cli.interrupts import Interrupts
from hitl_cli.requests import CommandRequest
from hitl_cli.screen.preview_output import PreviewOutput
from hitl_cli.screen.preview_panel import diff_of, has_diff, preview_lines, preview_panel
from hitl_cli.screen.themes import Theme

_HEADING = "Preview, on copies of all files, which are discarded. Ctrl-C stops it:"


class PreviewShowing:
    """Shows previews on `console`: with a panel if `framed`, otherwise in lines."""

    def __init__(self, console: Console, theme: Theme, interrupts: Interrupts, *, framed: bool) -> None:
        self._console = console
        self._theme = theme
        self._interrupts = interrupts
        self._framed = framed

    async def show(self, proposal: CommandRequest, text: str, again: str) -> str:
        """Make a preview of `text` and show it; of a text that was just previewed, show the differences.

        Returns a sentence to tell the person: why there is no preview, or how to see the differences (`again` says what
        to do for that); empty if there is nothing to tell.
        """
        previews = proposal.previews
        assert previews is not None  # the action has no effect without
        latest = previews.latest_of(text)
        if latest is not None and has_diff(latest.changes):
            for line in diff_of(latest.changes, self._theme):
                self._print(line)
            return ""
        self._console.print(Text(_HEADING, style=self._theme.note))
        output = PreviewOutput(lambda line: self._print(Text(line, style=self._theme.note)))
        stop = asyncio.Event()
        try:
            with self._interrupts.handled_by(stop.set):
                summary = await previews.make(text, output.add, stop)
        except HitlError as problem:
            return f"No preview: {problem}"
        finally:
            output.end()
        if self._framed:
            self._console.print(preview_panel(summary, self._theme))
        else:
            for each in preview_lines(summary):
                self._print(Text(each))
        latest = previews.latest_of(text)
        if latest is not None and has_diff(latest.changes):
            return f"For the differences of its texts, {again} again."
        return ""

    def _print(self, line: Text) -> None:
        self._console.print(line, soft_wrap=True)
