"""The prompt of a run: the person's own words, and piped input."""

from hitl_cli.shell.result import as_data
from hitl_cli.text.piped_input import PIPED


def with_piped(words: str, piped: str, notes: tuple[str, ...] = ()) -> str:
    """Return a prompt of the person's `words`, what was `piped` in, marked as data, and `notes` about that."""
    return "\n".join([f"{words}\n\n{as_data(piped, PIPED)}", *(f"Note: {note}" for note in notes)])
