"""What the program has to say besides its results: an error or a notice, on standard error."""

import contextlib
import sys

from hitl_cli.text.prose import printable
from hitl_cli.text.wrapping import columns_of, wrapped


def report(sentence: str) -> None:
    """Print `sentence` on standard error, safe to show, and broken between words where that is a terminal."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):  # a full disk, or nobody who reads; the exit status says it, too
            print(
                wrapped(f"hitl: {printable(sentence)}", columns_of(sys.stderr)), file=sys.stderr, flush=True
            )
