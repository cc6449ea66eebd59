"""What is above the line: the panel, as far as it fits."""

import io
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from prompt_toolkit.output import Output
from rich.console import Console, RenderableType

from hitl_cli.requests import CommandRequest
from hitl_cli.screen.panels import (
    brief_heading,
    changed_in_brief,
    delegation_in_brief,
    noun_of,
    place_of_proposal,
    proposal_panel,
)
from hitl_cli.screen.standing_out import purpose_drawn, standing_out
from hitl_cli.screen.themes import Theme
from hitl_cli.text.visible import suspicions


@lru_cache(maxsize=8)
def suspicions_of(text: str) -> tuple[str, ...]:
    """Return the warnings about `text`, one line each."""
    return tuple(suspicions(text))


class Heading:
    """Draws the heading of one question, in the current width and the colours of the terminal."""

    def __init__(
        self, output: Output, console: Console, theme: Theme, position: int, total: int, folder: Path
    ) -> None:
        self._output = output
        self._console = console
        self._theme = theme
        self._place = (position, total, folder)
        self._latest: tuple[object, str] = (None, "")

    def drawn(
        self,
        proposal: CommandRequest,
        text: str,
        needed: int,
        room: int,
        listed: Callable[[], RenderableType | None],
    ) -> str:
        """Return the heading over `text`, which takes `needed` of the `room` rows for both.

        It is the panel if the text fits under it, else the panel without the command, else one or two lines. `listed`
        returns what is shown in the panel under the command; it is called if the heading is not the one of before.
        """
        key = (self._output.get_size(), proposal.command, text, needed, room)
        if self._latest[0] != key:
            self._latest = (key, self._fitting(proposal, text, needed, room, listed()))
        return self._latest[1]

    def draw(self, renderable: RenderableType) -> str:
        """Return `renderable` as text with escape sequences."""
        canvas = io.StringIO()
        Console(
            file=canvas,
            width=self._output.get_size().columns,
            force_terminal=True,
            color_system=self._console.color_system or "auto",  # type: ignore[arg-type]
            no_color=self._console.no_color,
            highlight=False,
            markup=False,
            emoji=False,
        ).print(renderable)
        return canvas.getvalue().rstrip("\n")

    def _fitting(
        self, proposal: CommandRequest, text: str, needed: int, room: int, listed: RenderableType | None
    ) -> str:
        reasons = suspicions_of(text)
        extent = (text.count("\n") + 1, len(text.encode("utf-8", "replace")))
        noted = standing_out(proposal.notes(text), text)

        def panel(with_command: bool) -> str:
            return self.draw(
                proposal_panel(
                    proposal,
                    *self._place,
                    reasons=reasons,
                    extent=extent,
                    noted=[*noted.drawn(self._theme), *purpose_drawn(proposal, self._theme)],
                    edited=text if text != proposal.command else None,
                    with_command=with_command,
                    listed=listed,
                    theme=self._theme,
                )
            )

        # If the command needs all the room, its panel cannot fit, and drawing it takes long.
        for with_command in (True, False) if needed < room else (False,):
            drawn = panel(with_command)
            if drawn.count("\n") + 1 + needed <= room:
                return drawn
        changed, delegated = changed_in_brief(proposal), delegation_in_brief(proposal)
        has_row = room - 2 > sum(map(bool, (reasons, changed, delegated)))
        brief = self.draw(
            brief_heading(
                *self._place[:2],
                place_of_proposal(proposal, self._place[2]),
                reasons=reasons,
                extent=extent,
                noun=noun_of(proposal),
                noted=noted.in_brief if has_row else "",
                changed=changed,
                delegated=delegated,
                theme=self._theme,
            )
        )
        everything_fits = brief.count("\n") + 1 + needed <= room
        panel_leaves_room = drawn.count("\n") + 1 <= room // 2
        return (
            drawn
            if panel_leaves_room and (reasons or any(noted) or changed or not everything_fits)
            else brief
        )
