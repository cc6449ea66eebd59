"""The tree-sitter grammar of bash: loaded once, used to parse commands and to find syntax errors while typing."""

import re
import time
from functools import lru_cache
from typing import TYPE_CHECKING

from hitl_cli.text.python_code import syntax_tree

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MAX_BYTES = 32_768
"""Only this much of a text is parsed, to limit the time; nobody reviews a longer command."""

# CPU seconds; for some texts the parse time grows with the square of the length.
_TIMEOUT = 0.1
_CHUNK = 4096
_NOT_ASCII = re.compile(rb"[\x80-\xff]")


def parsed(code: bytes) -> "Node | None":
    """Return the root of the syntax tree of `code`, or None after a timeout.

    In the texts of its nodes, non-ASCII bytes are replaced by `^`.
    """
    # The grammar calls C's isalpha() with whole code points, which reads out of bounds and can crash the program. bash
    # also treats each such byte as part of a word.
    code = _NOT_ASCII.sub(b"^", code)
    deadline = time.thread_time() + _TIMEOUT
    try:
        tree = _parser().parse(
            lambda offset, _: code[offset : offset + _CHUNK],
            progress_callback=lambda *_: time.thread_time() > deadline,
        )
    except ValueError:
        _parser().reset()
        return None
    return tree.root_node


@lru_cache(maxsize=1)
def _parser() -> "Parser":
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


@lru_cache(maxsize=8)
def syntax_error(text: str) -> tuple[int, int] | None:
    """Return line and column, counted from 1, of the first syntax error in `text`, or None.

    The grammar does not cover all of bash, so this is only a hint.
    """
    code = text.encode("utf-8", "replace")
    if not text.strip() or len(code) > MAX_BYTES:
        return None
    root = parsed(code)
    if root is None or not root.has_error:
        return None
    node = _first_error(root)
    line = code.split(b"\n")[node.start_point[0]]
    column = len(line[: node.start_point[1]].decode("utf-8", "replace"))
    return node.start_point[0] + 1, column + 1


def python_syntax_error(text: str) -> tuple[int, int] | None:
    """Return line and column, counted from 1, of the syntax error in the Python code `text`, or None."""
    try:
        syntax_tree(text)
    except SyntaxError as problem:
        return problem.lineno or 1, problem.offset or 1
    except (ValueError, RecursionError, MemoryError):
        return None
    return None


def _first_error(node: "Node") -> "Node":
    while not (node.is_error or node.is_missing):
        inner = next((child for child in node.children if child.has_error or child.is_missing), None)
        if inner is None:
            return node
        node = inner
    return node
