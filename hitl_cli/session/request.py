"""The prompt of a run: the person's own words, and data beside them."""

from hitl_cli.shell.result import CommandResult, as_data
from hitl_cli.text.piped_input import PIPED, SHARED


def with_piped(words: str, piped: str, notes: tuple[str, ...] = ()) -> str:
    """Return a prompt of the person's `words`, what was `piped` in, marked as data, and `notes` about that."""
    return "\n".join([f"{words}\n\n{as_data(piped, PIPED)}", *(f"Note: {note}" for note in notes)])


def with_shared(words: str, result: CommandResult) -> str:
    """Return a prompt of the person's `words` and a command that they ran themselves, with its `result` as data."""
    notes = "".join(f"Note: {note}\n" for note in result.notes)
    told = f"$ {result.command}\n{result.output.rstrip()}\n({result.ending})\n{notes}"
    return f"{words}\n\n{as_data(told, SHARED)}"
