"""Prints errors and notices on standard error."""

import contextlib
import sys

from hitl_cli.text.prose import printable
from hitl_cli.text.wrapping import columns_of, wrapped

_INDENT = "  "


def report(sentence: str) -> None:
    """Print `sentence` on standard error, safe to display, and wrapped between words on a terminal."""
    if sys.stderr is None:
        return
    text, columns = f"hitl: {printable(sentence)}", columns_of(sys.stderr)
    if columns is not None:  # indented, so that no quoted text starts a row of the terminal
        first, *others = text.split("\n")
        text = "\n".join(
            [wrapped(first, columns, len(_INDENT))] + [wrapped(_INDENT + other, columns) for other in others]
        )
    # While a workflow runs, sys.stderr is redirected and captures the workflow's output.
    with contextlib.suppress(OSError):  # a full disk or a closed pipe; the exit status also shows the failure
        print(text, file=getattr(sys.stderr, "own_stream", sys.stderr), flush=True)
