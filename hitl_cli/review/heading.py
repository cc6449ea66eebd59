"""What stands over the line of a question: as much of the panel as leaves room for the text."""

import io
from functools import lru_cache
from pathlib import Path

from prompt_toolkit.output import Output
from rich.console import Console, RenderableType

from hitl_cli.review.panels import brief_heading, changed_in_brief, proposal_panel
from hitl_cli.review.themes import Theme
from hitl_cli.session.decision import Proposal
from hitl_cli.text.visible import suspicions


@lru_cache(maxsize=8)
def reasons_of(text: str) -> tuple[str, ...]:
    """Return why a person should look twice at `text`, one line each."""
    return tuple(suspicions(text))


class Heading:
    """Draws the heading of one question, as wide as the terminal is now and in its colours."""

    def __init__(
        self, output: Output, console: Console, theme: Theme, position: int, total: int, folder: Path
    ) -> None:
        self._output = output
        self._console = console
        self._theme = theme
        self._place = (position, total, folder)
        self._latest: tuple[object, str] = (None, "")

    def drawn(
        self, proposal: Proposal, text: str, needed: int, room: int, listed: RenderableType | None
    ) -> str:
        """Return the heading over `text`, which fills `needed` of the `room` rows that both have.

        It is the panel if the text fits under it; else the panel without the command; else one or two lines. `listed`
        stands in the panel under the command.
        """
        key = (self._output.get_size(), proposal.command, text, needed, room)
        if self._latest[0] != key:
            self._latest = (key, self._fitting(proposal, text, needed, room, listed))
        return self._latest[1]

    def draw(self, renderable: RenderableType) -> str:
        """Return `renderable` as the terminal gets it."""
        canvas = io.StringIO()
        Console(
            file=canvas,
            width=self._output.get_size().columns,
            force_terminal=True,
            color_system=self._console.color_system or "auto",  # type: ignore[arg-type]
            no_color=self._console.no_color,
            highlight=False,
        ).print(renderable)
        return canvas.getvalue().rstrip("\n")

    def _fitting(
        self, proposal: Proposal, text: str, needed: int, room: int, listed: RenderableType | None
    ) -> str:
        reasons = reasons_of(text)
        extent = (text.count("\n") + 1, len(text.encode("utf-8", "replace")))

        def panel(with_command: bool) -> str:
            return self.draw(
                proposal_panel(
                    proposal,
                    *self._place,
                    reasons=reasons,
                    extent=extent,
                    edited=text != proposal.command,
                    with_command=with_command,
                    listed=listed,
                    theme=self._theme,
                )
            )

        # A panel with a command that needs all the room would not fit either, and takes long to draw.
        for with_command in (True, False) if needed < room else (False,):
            drawn = panel(with_command)
            if drawn.count("\n") + 1 + needed <= room:
                return drawn
        changed = changed_in_brief(proposal)
        brief = self.draw(
            brief_heading(*self._place, reasons=reasons, extent=extent, changed=changed, theme=self._theme)
        )
        everything_fits = brief.count("\n") + 1 + needed <= room
        panel_leaves_room = drawn.count("\n") + 1 <= room // 2
        return drawn if panel_leaves_room and (reasons or changed or not everything_fits) else brief
