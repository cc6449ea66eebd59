"""The model's text as it streams in: complete blocks of Markdown, and the one that is unfinished."""

from collections.abc import Iterator
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.text import Text

from hitl_cli.screen.margin import Margin
from hitl_cli.screen.markdown import MAX_BLOCK, Tail, fence_of, parsed, rendered
from hitl_cli.text.prose import PrintableProse

_GROWTH = 8  # a text is parsed again when it has grown by one eighth


class Block(NamedTuple):
    """Markdown that is final; if it `continues`, it is another part of the block before it."""

    text: str
    continues: bool


class Blocks:
    """Splits streamed Markdown into its top-level blocks, in linear time.

    A block longer than `MAX_BLOCK` is split between two of its lines.
    """

    def __init__(self) -> None:
        self.rest = Block("", False)
        self._parse_at = 0  # the length at which to look for a complete block again

    def add(self, piece: str) -> Iterator[Block]:
        """Add `piece`, and yield the blocks that are final now."""
        for start in range(0, len(piece), MAX_BLOCK):
            part = piece[start : start + MAX_BLOCK]
            self.rest = self.rest._replace(text=self.rest.text + part)
            if "\n" in part and len(self.rest.text) >= self._parse_at:
                yield from self._complete()
                self._parse_at = len(self.rest.text) + len(self.rest.text) // _GROWTH
            while len(self.rest.text) > MAX_BLOCK:
                yield self._cut()
                self._parse_at = 0

    def end(self) -> Iterator[Block]:
        """Yield the rest."""
        rest, self.rest = self.rest, Block("", False)
        yield rest

    def _complete(self) -> Iterator[Block]:
        starts = [
            token.map[0]
            for token in parsed(self.rest.text[:MAX_BLOCK])
            if token.level == 0 and token.nesting >= 0 and token.map
        ]
        if len(starts) > 1:
            lines = self.rest.text.split("\n")
            yield self.rest._replace(text="\n".join(lines[: starts[-1]]) + "\n")
            self.rest = Block("\n".join(lines[starts[-1] :]), False)

    def _cut(self) -> Block:
        """Return the first part of a block, or line, that is too long; the rest of a code block stays a code block."""
        text, fence = self.rest.text, fence_of(self.rest.text)
        end = text.rfind("\n", len(fence), MAX_BLOCK) + 1
        if end <= len(fence):
            end = text.rfind(" ", MAX_BLOCK // 2, MAX_BLOCK) + 1 or MAX_BLOCK
        taken = self.rest._replace(text=text[:end])
        self.rest = Block(fence + text[end:], True)
        return taken


class ModelText:
    """One message of a model, drawn behind a margin."""

    def __init__(self, style: str) -> None:
        """Take the style of the margin."""
        self._style = style
        self._prose = PrintableProse()
        self._blocks = Blocks()
        self._has_printed = False

    def add(self, delta: str) -> Iterator[RenderableType]:
        """Add `delta`, and yield what can be printed now."""
        return self._drawn(self._blocks.add(self._prose.add(delta)))

    def end(self) -> Iterator[RenderableType]:
        """Yield the rest: the message is complete."""
        yield from self._drawn(self._blocks.add(self._prose.end()))
        yield from self._drawn(self._blocks.end())

    def unfinished(self, spare_lines: int) -> RenderableType | None:
        """Return the last lines of the unfinished block, None if empty; `spare_lines` of the screen stay free."""
        rest = self._blocks.rest
        if not rest.text.strip():
            return None
        return Margin(Group(*self._gap(rest), Tail(rest.text, spare_lines)), self._style)

    def _drawn(self, blocks: Iterator[Block]) -> Iterator[RenderableType]:
        for block in blocks:
            if block.text.strip():
                yield Margin(Group(*self._gap(block), rendered(block.text)), self._style)
                self._has_printed = True

    def _gap(self, block: Block) -> list[RenderableType]:
        return [Text()] if self._has_printed and not block.continues else []
