"""The previews at one question: made on request, remembered until the decision, and recorded beside it."""

import asyncio
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hitl_cli.requests import MadePreview
from hitl_cli.shell import Shell

if TYPE_CHECKING:
    from hitl_cli.preview.changes import Preview
    from hitl_cli.preview.summary import PreviewSummary


class QuestionPreviews:
    """Makes previews of the texts on the line, as `shell` would run them; see `PreviewMaker`.

    `record` is called with each. `earlier` were made before the question was asked again.
    """

    def __init__(
        self,
        shell: Shell,
        home: str,
        record: Callable[[MadePreview], None],
        earlier: Sequence[MadePreview] = (),
    ) -> None:
        self._shell = shell
        self._home = home
        self._record = record
        self._made = {each.text: each for each in earlier}
        self._last_text = earlier[-1].text if earlier else None
        self._last: Preview | None = None

    async def make(
        self, text: str, on_output: Callable[[bytes], None], stop: asyncio.Event
    ) -> "PreviewSummary":
        """Run `text` in a preview until `stop` is set, and return what it would change.

        Raises:
            PreviewError: No preview can be made; nothing ran.
        """
        from hitl_cli.preview.runner import Previewer  # most questions need none
        from hitl_cli.preview.summary import summarized

        shell = self._shell
        previewer = Previewer(shell.program, shell.folder, shell.variables, self._home)
        self._last = await previewer.run(text, on_output, stop)
        self._last_text = text
        summary = summarized(self._last, str(shell.folder), self._home, is_root=os.getuid() == 0)
        self._made[text] = MadePreview(text, summary.line, summary.lost_outside)
        self._record(self._made[text])
        return summary

    def latest_of(self, text: str) -> "Preview | None":
        """Return the latest preview, if it was one of `text`."""
        return self._last if self._last_text == text else None

    def note(self, text: str) -> str:
        """Return one line about the latest preview, which says so if it was of another text; empty if there is none."""
        if self._last_text is None:
            return ""
        line = self._made[self._last_text].line
        return (
            f"Preview: {line}" if text == self._last_text else f"This preview is of a different text: {line}"
        )

    def lost_outside(self, text: str) -> bool:
        """Return whether `text` deleted something outside of the folder in a preview."""
        return text in self._made and self._made[text].lost_outside

    @property
    def made(self) -> tuple[MadePreview, ...]:
        """The previews that were made, the latest of each text."""
        return tuple(self._made.values())
