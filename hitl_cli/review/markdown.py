"""Markdown that is still being written: which blocks of it are complete."""

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from functools import cache
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style

from hitl_cli.text.prose import printable

if TYPE_CHECKING:  # a run that only asks shows no Markdown, and its question should not wait for these
    from markdown_it import MarkdownIt
    from markdown_it.token import Token
    from rich.markdown import Markdown


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table")


def complete_blocks(text: str) -> tuple[str, str]:
    """Split `text` into the top-level blocks that can change no more, and the one that is being written."""
    starts = [
        token.map[0]
        for token in _parser().parse(text)
        if token.level == 0 and token.nesting >= 0 and token.map
    ]
    if len(starts) < 2:
        return "", text
    lines = text.splitlines(keepends=True)
    return "".join(lines[: starts[-1]]), "".join(lines[starts[-1] :])


def rendered(text: str) -> "Prose":
    """Return `text` as Markdown whose links show where they lead, and which prints nothing that is unsafe."""
    from rich.markdown import Markdown

    markdown = Markdown(text, hyperlinks=False, code_theme="ansi_dark")
    _make_printable(markdown.parsed)  # only now: an entity such as `&#x202e;` stands for a character
    return Prose(markdown)


class Prose:
    """Markdown with one blank line between any two of its blocks, none around them, and no blanks that end a line."""

    def __init__(self, markdown: "Markdown") -> None:
        self._markdown = markdown

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render block by block: each kind of them comes with blank lines of another number."""
        for at, tokens in enumerate(_blocks(self._markdown.parsed)):
            block = copy(self._markdown)
            block.parsed = tokens
            lines = console.render_lines(block, options.update(height=None), pad=False)
            if at:
                yield Segment.line()
            for line in _trimmed(lines):
                yield from _stripped(line)
                yield Segment.line()


def _blocks(tokens: "Sequence[Token]") -> "Iterator[list[Token]]":
    """Yield the tokens of each block that is part of no other."""
    block: list[Token] = []
    for token in tokens:
        block.append(token)
        if token.level == 0 and token.nesting <= 0:
            yield block
            block = []


def _trimmed(lines: list[list[Segment]]) -> list[list[Segment]]:
    """Return `lines` without the blank ones at the beginning and at the end."""
    filled = [at for at, line in enumerate(lines) if any(segment.text.strip() for segment in line)]
    return lines[filled[0] : filled[-1] + 1] if filled else []


def _stripped(line: list[Segment]) -> list[Segment]:
    """Return `line` without the blanks at its end that nobody can see.

    A terminal may find a text wider than Rich does, and would break the line among them.
    """
    line = line.copy()
    while line and not _shows_blanks(line[-1].style):
        segment = line.pop()
        if text := segment.text.rstrip(" "):
            return [*line, Segment(text, segment.style)]
    return line


def _shows_blanks(style: Style | None) -> bool:
    return style is not None and bool(style.bgcolor or style.underline or style.reverse or style.strike)


def _make_printable(tokens: "Iterable[Token]") -> None:
    for token in tokens:
        token.content = printable(token.content)
        token.attrs = {
            name: printable(value) if isinstance(value, str) else value for name, value in token.attrs.items()
        }
        _make_printable(token.children or ())


class Tail:
    """The last lines of a text in Markdown, as many as leave room on the screen."""

    def __init__(self, text: str, spare_lines: int) -> None:
        self._text = text
        self._spare_lines = spare_lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render all lines, and yield the last of them."""
        lines = console.render_lines(rendered(self._text), options.update(height=None), pad=False)
        room = max(1, options.max_height - self._spare_lines)
        for line in lines[-room:]:
            yield from line
            yield Segment.line()
