"""The colours of shell code: which stretches of a command are comments, strings, keywords and so on.

The panel and the line take them from here, so both colour a command alike.
"""

from collections.abc import Callable
from functools import lru_cache
from itertools import groupby
from typing import Any

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.styles.pygments import pygments_token_to_classname
from pygments.lexer import bygroups, include
from pygments.lexers.shell import BashLexer
from pygments.token import Comment, Name, Number, Operator, Punctuation, String, Text, Whitespace

from hitl_cli.text.quoting import HEREDOC, kinds
from hitl_cli.text.visible import MAX_COMMAND_CHARACTERS

Stretch = tuple[Any, str]
"""A token of Pygments and its text."""

# A "#" begins a comment where a word begins, and not after an escaped blank. Where bash and this pattern disagree, a
# comment is drawn as code, never code as a comment.
_COMMENT = r"(?<![^\s;&|()<>`])(?<!\\[\s;&|()<>`])#"


class _ShellLexer(BashLexer):
    """The lexer of Pygments with comments as bash reads them, and without patterns that can take very long."""

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
            (r"[^=\s\[\]{}()$\"'`\\<&|;]+", Text),
            (r"<", Text),
        ],
    }


_LEXER = _ShellLexer(stripnl=False, ensurenl=False)


@lru_cache(maxsize=8)
def coloured(command: str) -> tuple[Stretch, ...]:
    """Return the stretches of `command`, in order; one that is longer than any that can run is one stretch."""
    if len(command) > MAX_COMMAND_CHARACTERS:
        return ((Text, command),)
    parts = kinds(command) or bytes(len(command))
    # The body of a here-document is a text of its own; a quote in it opens nothing in the code after it.
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


class ShellCodeLexer(Lexer):
    """Colours the line."""

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """Return what returns a line of `document` in colours."""
        lines: list[StyleAndTextTuples] = [[]]
        for token, text in coloured(document.text):
            style = "class:" + pygments_token_to_classname(token)
            first, *others = text.split("\n")
            lines[-1].append((style, first))
            lines += [[(style, other)] for other in others]
        return lambda number: lines[number] if number < len(lines) else []
