"""Parses Python code without running any of it."""

import ast
import threading
import warnings

_lock = threading.Lock()


def syntax_tree(code: str | bytes) -> ast.Module:
    """Return the syntax tree of `code`, without the warnings of the compiler.

    Raises:
        SyntaxError, ValueError: It is not Python.
        RecursionError, MemoryError: It is nested too deeply.
    """
    # Python before 3.11.8 and 3.12.2 counts the depth of what all threads parse together and raises SystemError:
    # https://github.com/python/cpython/issues/106905. The filters of warnings belong to all threads as well.
    with _lock, warnings.catch_warnings(action="ignore"):
        return ast.parse(code)
