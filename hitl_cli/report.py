"""What the program has to say besides its results: an error or a notice, on standard error."""

import contextlib
import sys

from hitl_cli.text.prose import printable
from hitl_cli.text.wrapping import columns_of, wrapped

_FURTHER_IN = "  "


def report(sentence: str) -> None:
    """Print `sentence` on standard error, safe to show, and broken between words where that is a terminal."""
    if sys.stderr is None:
        return
    said, columns = f"hitl: {printable(sentence)}", columns_of(sys.stderr)
    if columns is not None:  # no text that it quotes begins a row of a terminal
        first, *others = said.split("\n")
        said = "\n".join(
            [wrapped(first, columns, len(_FURTHER_IN))]
            + [wrapped(_FURTHER_IN + other, columns) for other in others]
        )
    # While a workflow runs, what is written to standard error counts as the workflow's.
    with contextlib.suppress(OSError):  # a full disk, or nobody who reads; the exit status says it, too
        print(said, file=getattr(sys.stderr, "own_stream", sys.stderr), flush=True)
