"""What a model says, as it comes: blocks of Markdown that are complete, and the one that is being written."""

from collections.abc import Iterator
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.text import Text

from hitl_cli.screen.margin import Margin
from hitl_cli.screen.markdown import MOST_AT_ONCE, Tail, fence_of, parsed, rendered
from hitl_cli.text.prose import PrintableProse

_LEAST_GROWTH = 8  # a text is read again when it has grown by one part in so many


class Block(NamedTuple):
    """Markdown that can change no more; one that `continues` is a further part of the block before it."""

    text: str
    continues: bool


class Blocks:
    """Splits Markdown that comes in pieces into its top-level blocks, in time that grows with its length.

    A block that is longer than `MOST_AT_ONCE` is taken for several, between two of its lines.
    """

    def __init__(self) -> None:
        self.rest = Block("", False)
        self._look_at = 0  # the length at which it is worth while to look for a complete block

    def add(self, piece: str) -> Iterator[Block]:
        """Yield the blocks that can change no more, now that `piece` has come."""
        for begin in range(0, len(piece), MOST_AT_ONCE):
            part = piece[begin : begin + MOST_AT_ONCE]
            self.rest = self.rest._replace(text=self.rest.text + part)
            if "\n" in part and len(self.rest.text) >= self._look_at:
                yield from self._complete()
                self._look_at = len(self.rest.text) + len(self.rest.text) // _LEAST_GROWTH
            while len(self.rest.text) > MOST_AT_ONCE:
                yield self._cut()
                self._look_at = 0

    def end(self) -> Iterator[Block]:
        """Yield the rest."""
        rest, self.rest = self.rest, Block("", False)
        yield rest

    def _complete(self) -> Iterator[Block]:
        starts = [
            token.map[0]
            for token in parsed(self.rest.text[:MOST_AT_ONCE])
            if token.level == 0 and token.nesting >= 0 and token.map
        ]
        if len(starts) > 1:
            lines = self.rest.text.split("\n")
            yield self.rest._replace(text="\n".join(lines[: starts[-1]]) + "\n")
            self.rest = Block("\n".join(lines[starts[-1] :]), False)

    def _cut(self) -> Block:
        """Take the first lines of a block that is too long, or of a line that is; code stays code."""
        text, fence = self.rest.text, fence_of(self.rest.text)
        end = text.rfind("\n", len(fence), MOST_AT_ONCE) + 1
        if end <= len(fence):
            end = text.rfind(" ", MOST_AT_ONCE // 2, MOST_AT_ONCE) + 1 or MOST_AT_ONCE
        taken = self.rest._replace(text=text[:end])
        self.rest = Block(fence + text[end:], True)
        return taken


class Speech:
    """One message of a model, behind its margin."""

    def __init__(self, style: str) -> None:
        """Take the style of the margin."""
        self._style = style
        self._prose = PrintableProse()
        self._blocks = Blocks()
        self._has_spoken = False

    def add(self, delta: str) -> Iterator[RenderableType]:
        """Yield what can be printed now that `delta` has come."""
        return self._drawn(self._blocks.add(self._prose.add(delta)))

    def end(self) -> Iterator[RenderableType]:
        """Yield the rest: the message is complete."""
        yield from self._drawn(self._blocks.add(self._prose.end()))
        yield from self._drawn(self._blocks.end())

    def tail(self, spare_lines: int) -> RenderableType | None:
        """Return the last lines of what is being written, None for nothing; `spare_lines` of the screen stay free."""
        rest = self._blocks.rest
        if not rest.text.strip():
            return None
        return Margin(Group(*self._gap(rest), Tail(rest.text, spare_lines)), self._style)

    def _drawn(self, blocks: Iterator[Block]) -> Iterator[RenderableType]:
        for block in blocks:
            if block.text.strip():
                yield Margin(Group(*self._gap(block), rendered(block.text)), self._style)
                self._has_spoken = True

    def _gap(self, block: Block) -> list[RenderableType]:
        return [Text()] if self._has_spoken and not block.continues else []
