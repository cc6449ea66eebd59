"""A command as Rich draws it: every unusual character as a label, coloured, and with a gutter where it has rows."""

from dataclasses import dataclass
from itertools import groupby

from prompt_toolkit.utils import get_cwidth
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.syntax import ANSISyntaxTheme
from rich.text import Text

from hitl_cli.review.gutter import gutter, gutter_width
from hitl_cli.review.seen import rows
from hitl_cli.review.shell_code import coloured
from hitl_cli.review.themes import Theme
from hitl_cli.text.visible import segments


@dataclass(frozen=True)
class NumberedCode:
    """A command as it is, every unusual character as a label, coloured as shell code.

    Where it needs more than one row, a gutter tells the rows that begin a line from those that continue one.
    """

    command: str
    theme: Theme

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = self.command.split("\n")
        all_rows = rows(lines, max(2, options.max_width), _cells)
        has_gutter = len(all_rows) > 1
        if has_gutter:
            all_rows = rows(lines, max(2, options.max_width - gutter_width(len(lines))), _cells)
        coloured_lines = _coloured_lines(self.command, self.theme)
        for number, group in groupby(all_rows, lambda row: row.line):
            mine = list(group)
            pieces = coloured_lines[number].divide([row.end for row in mine[:-1]])
            for row, piece in zip(mine, pieces, strict=True):
                mark = gutter(number, row.start > 0, len(lines)) if has_gutter else ""
                yield Text.assemble((mark, self.theme.note), piece, no_wrap=True, overflow="ignore")


def _cells(char: str) -> int:
    """Return the columns of `char`, the larger of two libraries' counts: Rich draws the panel."""
    return max(get_cwidth(char), cell_len(char))


def _coloured_lines(command: str, theme: Theme) -> list[Text]:
    """Return the lines of `command` as they are shown, in colours."""
    colours = ANSISyntaxTheme(dict(theme.code))
    styles = [colours.get_style_for_token(token) for token, text in coloured(command) for _ in text]
    found, at = [], 0
    for line in command.split("\n"):
        shown = Text()
        for piece in segments(line, single_line=True):
            if piece.marked:
                shown.append(piece.shown, style=theme.label)
            else:
                for style, run in groupby(zip(piece.raw, styles[at:], strict=False), lambda each: each[1]):
                    shown.append("".join(char for char, _ in run), style=style)
            at += len(piece.raw)
        at += 1
        found.append(shown)
    return found
