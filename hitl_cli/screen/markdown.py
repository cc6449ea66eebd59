"""The model's Markdown, rendered in linear time, with every character shown."""

import re
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from functools import cache
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style

from hitl_cli.text.prose import printable

if TYPE_CHECKING:  # imported only when Markdown is shown, so that a question appears sooner
    from markdown_it import MarkdownIt
    from markdown_it.token import Token
    from rich.markdown import Markdown

MAX_BLOCK = 8_000
"""Maximum characters that are parsed as one block: the parser takes more than linear time for some texts."""

_FENCE = re.compile(r" {0,3}(?:`{3,}|~{3,})[^\n]*\n")
_MAX_FENCE = 200
_MAX_CELLS = 700  # of a table; one that may have more is shown as source text


@cache
def _parser(*, tables: bool) -> "MarkdownIt":
    from markdown_it import MarkdownIt

    # HTML and link reference definitions would not be shown at all.
    parser = MarkdownIt("commonmark", {"html": False}).enable("strikethrough").disable("reference")
    return parser.enable("table") if tables else parser


def parsed(text: str) -> "list[Token]":
    """Return the tokens of `text`."""
    lines = text.split("\n")
    cells = len(lines) * max(line.count("|") for line in lines)
    return _parser(tables=cells <= _MAX_CELLS).parse(text)


def rendered(text: str) -> "Prose":
    """Return `text`, of about `MAX_BLOCK` characters at most, as Markdown that is safe to print.

    Links and pictures show their addresses.
    """
    tokens = parsed(text)
    _show_pictures(tokens)
    _make_printable(tokens)  # after parsing: an entity such as `&#x202e;` becomes a character
    markdown = _markdown()("", hyperlinks=False)
    markdown.parsed = tokens
    return Prose(markdown)


@cache
def _markdown() -> "type[Markdown]":
    """Return Rich's Markdown without syntax highlighting: some lexers take exponential time."""
    from rich.markdown import CodeBlock, Markdown
    from rich.text import Text

    class PlainCodeBlock(CodeBlock):
        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            for line in str(self.text).rstrip().split("\n"):
                yield Text(f" {line}" if line else "", overflow="fold")

    class PlainCodeMarkdown(Markdown):
        elements = {  # noqa: RUF012
            **Markdown.elements,
            "fence": PlainCodeBlock,
            "code_block": PlainCodeBlock,
        }

    return PlainCodeMarkdown


def _show_pictures(tokens: "Iterable[Token]") -> None:
    """Replace each picture with text: Rich would move it out of its sentence."""
    for token in tokens:
        children = token.children or []
        _show_pictures(children)
        for child in children:
            if child.type == "image":
                words = f"[picture: {child.content}]" if child.content else "[picture]"
                child.type, child.tag, child.children = "text", "", None
                child.content = f"{words} ({child.attrs.get('src', '')})"


class Prose:
    """Markdown with one blank line between two blocks, none around them, and no trailing blanks."""

    def __init__(self, markdown: "Markdown") -> None:
        self._markdown = markdown

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render block by block: Rich surrounds each kind with a different number of blank lines."""
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
    """Yield the tokens of each top-level block."""
    block: list[Token] = []
    for token in tokens:
        block.append(token)
        if token.level == 0 and token.nesting <= 0:
            yield block
            block = []


def _trimmed(lines: list[list[Segment]]) -> list[list[Segment]]:
    """Return `lines` without leading and trailing blank lines."""
    filled = [at for at, line in enumerate(lines) if any(segment.text.strip() for segment in line)]
    return lines[filled[0] : filled[-1] + 1] if filled else []


def _stripped(line: list[Segment]) -> list[Segment]:
    """Return `line` without invisible trailing blanks.

    A terminal may draw a text wider than Rich expects, and would wrap the line within them.
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
    """The last lines of a Markdown text, as many as fit on the screen with `spare_lines` free."""

    def __init__(self, text: str, spare_lines: int) -> None:
        self._text = text
        self._spare_lines = spare_lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render the end of the text, and yield its last lines."""
        room = max(1, options.max_height - self._spare_lines)
        text = _end_of(self._text, room * options.max_width)
        lines = console.render_lines(rendered(text), options.update(height=None), pad=False)
        for line in lines[-room:]:
            yield from line
            yield Segment.line()


def fence_of(text: str) -> str:
    """Return the opening fence if `text` begins with a fenced code block, else an empty text."""
    found = _FENCE.match(text)
    return found[0] if found and len(found[0]) <= _MAX_FENCE else ""


def _end_of(text: str, size: int) -> str:
    """Return about the last `size` characters of `text`, in whole lines if possible; code stays code."""
    if len(text) <= size:
        return text
    fence = fence_of(text)
    start = text.find("\n", len(text) - size) + 1 or len(text) - size
    return fence + text[max(start, len(fence)) :]
