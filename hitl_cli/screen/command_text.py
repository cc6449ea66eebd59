"""A command as it is drawn: line numbers in a gutter, labels for unusual characters, syntax highlighting."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from typing import Any

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.styles.pygments import pygments_token_to_classname
from prompt_toolkit.utils import get_cwidth
from pygments.lexer import Lexer as PygmentsLexer
from pygments.lexer import bygroups, include
from pygments.lexers.shell import BashLexer
from pygments.token import Comment, Name, Number, Operator, Punctuation, String, Whitespace
from pygments.token import Text as PlainToken
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.syntax import ANSISyntaxTheme
from rich.text import Text

from hitl_cli.screen.rows import rows, wrapped_at
from hitl_cli.screen.themes import Theme
from hitl_cli.text.amounts import counted
from hitl_cli.text.difference import has_marks, word_changes
from hitl_cli.text.programs import HEREDOC, kinds
from hitl_cli.text.visible import MAX_COMMAND_CHARACTERS, segments

CONTINUED = "↳"
PLAIN_CONTINUED = "+"
PROMPT = "$"


def gutter_width(lines: int) -> int:
    """Return the width of the gutter beside a text of so many lines, with the blank after it."""
    return len(str(lines)) + 1


def gutter(line: int, continues: bool, lines: int, *, first: str = "1", continued: str = CONTINUED) -> str:
    """Return the gutter of a row of `line`, counted from 0, in a text of so many lines.

    `first` is shown as the number of the first line, `continued` beside a row that continues its line.
    """
    mark = continued if continues else str(line + 1) if line else first
    return mark.rjust(gutter_width(lines) - 1) + " "


TokenText = tuple[Any, str]
"""A token type of Pygments and its text."""

# A "#" starts a comment at the start of a word, but not after an escaped blank. Where this pattern and bash disagree,
# a comment is drawn as code, never code as a comment.
_COMMENT = r"(?<![^\s;&|()<>`])(?<!\\[\s;&|()<>`])#"


class _ShellLexer(BashLexer):
    """The lexer of Pygments with bash's rules for comments, and without patterns that can take very long."""

    tokens = {  # noqa: RUF012
        "basic": [
            (rf"{_COMMENT}[^\n]*", Comment.Single),
            *(rule for rule in BashLexer.tokens["basic"] if str(rule[0]).startswith(r"\b(")),
            (r"\\[\w\W]", String.Escape),
            (r"(\b\w+)(\s*)(\+?=)", bygroups(Name.Variable, Whitespace, Operator)),  # type: ignore[no-untyped-call]
            (r"[\[\]{}()=]", Operator),
            (r"<<<|<<-?|&&|\|\|", Operator),
        ],
        "backticks": [
            (rf"{_COMMENT}[^\n`]*", Comment.Single),
            ("`", String.Backtick, "#pop"),
            include("root"),
        ],
        "data": [
            (r'(?s)\$?"(\\.|[^"\\$])*"', String.Double),
            (r'"', String.Double, "string"),
            (r"(?s)\$'(\\.|[^'\\])*'", String.Single),
            (r"'[^']*'", String.Single),
            (r"[;&|]", Punctuation),
            (r"\s+", Whitespace),
            (r"\d+\b", Number),
            (r"[^=\s\[\]{}()$\"'`\\<&|;]+", PlainToken),
            (r"<", PlainToken),
        ],
    }


_LEXER = _ShellLexer(stripnl=False, ensurenl=False)


@cache
def _python_lexer() -> PygmentsLexer:
    """Return the lexer for Python, whose patterns take ten times as long to compile as those of the shell."""
    from pygments.lexers.python import PythonLexer

    return PythonLexer(stripnl=False, ensurenl=False)


@lru_cache(maxsize=8)
def highlighted(command: str, language: str = "bash") -> tuple[TokenText, ...]:
    """Return the tokens of `command`, in order; a command that is too long to run is a single token.

    `language` is `bash` or `python`.
    """
    if len(command) > MAX_COMMAND_CHARACTERS:
        return ((PlainToken, command),)
    if language == "python":
        return tuple((token, text) for _, token, text in _python_lexer().get_tokens_unprocessed(command))
    parts = kinds(command) or bytes(len(command))
    # A quote in the body of a here-document must not affect the code after it.
    code = "".join(
        char if kind != HEREDOC or char == "\n" else " " for char, kind in zip(command, parts, strict=True)
    )
    tokens = (token for _, token, text in _LEXER.get_tokens_unprocessed(code) for _ in text)
    by_character = (
        String.Heredoc if kind == HEREDOC else token for token, kind in zip(tokens, parts, strict=True)
    )
    found, at = [], 0
    for token, run in groupby(by_character):
        size = sum(1 for _ in run)
        found.append((token, command[at : at + size]))
        at += size
    return tuple(found)


class CodeLexer(Lexer):
    """Highlights the edit line, in the language that `language` returns."""

    def __init__(self, language: Callable[[], str]) -> None:
        self._language = language

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """Return a function that returns a line of `document`, highlighted."""
        lines: list[StyleAndTextTuples] = [[]]
        for token, text in highlighted(document.text, self._language()):
            style = "class:" + pygments_token_to_classname(token)
            first, *others = text.split("\n")
            lines[-1].append((style, first))
            lines += [[(style, other)] for other in others]
        return lambda number: lines[number] if number < len(lines) else []


@dataclass(frozen=True)
class NumberedCode:
    """A command, highlighted, with a label for every unusual character.

    If it needs more than one row, a gutter distinguishes rows that start a line from rows that continue one.
    """

    command: str
    theme: Theme
    language: str = "bash"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = self.command.split("\n")
        all_rows = rows(lines, max(2, options.max_width), _cells)
        has_gutter = len(all_rows) > 1
        if has_gutter:
            all_rows = rows(lines, max(2, options.max_width - gutter_width(len(lines))), _cells)
        highlighted_lines = _highlighted_lines(self.command, self.theme, self.language)
        for number, group in groupby(all_rows, lambda row: row.line):
            mine = list(group)
            pieces = highlighted_lines[number].divide([row.end for row in mine[:-1]])
            for row, piece in zip(mine, pieces, strict=True):
                mark = gutter(number, row.start > 0, len(lines)) if has_gutter else ""
                yield Text.assemble((mark, self.theme.note), piece, no_wrap=True, overflow="ignore")


def marked_changes(old: str, new: str) -> list[tuple[str, str]] | None:
    """Return what was changed, in pieces: a mark and a text; the mark is "-" if it was deleted, "+" if it was added.

    The result is None if the texts have little in common, or something in them that looks like the marks as drawn.
    """
    if has_marks(old) or has_marks(new) or (changes := word_changes(old, new)) is None:
        return None
    pieces = [piece for each in changes for piece in zip(("", "-", "+"), each, strict=True)]
    return [(mark, text) for mark, text in pieces if text]


@dataclass(frozen=True)
class ChangedCode:
    """A command with what was deleted as `[-so-]` and what was added as `{+so+}`, also where nothing has a colour."""

    changes: Sequence[tuple[str, str]]
    theme: Theme

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        drawn = {
            "": ("", "", ""),
            "-": ("[-", "-]", f"strike {self.theme.bad}"),
            "+": ("{+", "+}", f"bold {self.theme.good}"),
        }
        whole = Text()
        for mark, text in self.changes:
            before, after, style = drawn[mark]
            whole.append(before, style=style)
            for at, line in enumerate(text.split("\n")):
                whole.append("\n" if at else "")
                for piece in segments(line, single_line=True):
                    whole.append(piece.shown, style=self.theme.label if piece.marked else style)
            whole.append(after, style=style)
        parts = list(whole.split("\n", allow_blank=True))
        columns = max(2, options.max_width)
        has_gutter = len(parts) > 1 or bool(wrapped_at(parts[0].plain, columns, _cells)[0])
        for part in parts:
            breaks, _ = wrapped_at(part.plain, max(2, columns - 2) if has_gutter else columns, _cells)
            for number, row in enumerate(part.divide(breaks)):
                sign = f"{CONTINUED if number else ' '} " if has_gutter else ""
                yield Text.assemble((sign, self.theme.note), row, no_wrap=True, overflow="ignore")


@dataclass(frozen=True)
class StartedCommand:
    """A command above its output, as it was on the edit line: the first rows, and how many lines follow them."""

    command: str
    theme: Theme
    max_rows: int = 6

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = self.command.rstrip("\n").split("\n")
        columns = options.max_width if console.is_terminal else 1 << 20  # other output is not wrapped
        all_rows = rows(lines, max(2, columns - gutter_width(len(lines))), _cells)
        shown = all_rows if len(all_rows) <= self.max_rows else all_rows[: self.max_rows - 1]
        code = _highlighted_lines(self.command, self.theme, "bash")
        for row in shown:
            mark = gutter(row.line, row.start > 0, len(lines), first=PROMPT)
            style = self.theme.note if row.line or row.start else f"bold {self.theme.border}"
            piece = code[row.line][row.start : row.end]
            yield Text.assemble((mark, style), piece, no_wrap=True, overflow="ignore")
        if len(shown) < len(all_rows):
            rest = counted(len(all_rows) - len(shown), "more row")
            mark = "…".rjust(gutter_width(len(lines)) - 1)
            yield Text(f"{mark} {rest}", style=self.theme.note, no_wrap=True, overflow="ellipsis")


def _cells(char: str) -> int:
    """Return the columns of `char`, by the larger of the counts of Rich, which draws the panel, and prompt_toolkit."""
    return max(get_cwidth(char), cell_len(char))


def _highlighted_lines(command: str, theme: Theme, language: str) -> list[Text]:
    """Return the lines of `command` in their shown form, highlighted."""
    colours = ANSISyntaxTheme(dict(theme.code))
    styles = [
        colours.get_style_for_token(token) for token, text in highlighted(command, language) for _ in text
    ]
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
