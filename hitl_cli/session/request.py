"""What a run is about: the person's own words, and what was piped in beside them."""

from hitl_cli.shell.result import as_data

_PIPED = "Standard input"
_BOUNDARY = f"\n\n{_PIPED} ("


def with_piped(words: str, piped: str, notes: tuple[str, ...] = ()) -> str:
    """Return a prompt of the person's `words` and of what was `piped` in, marked as data, and `notes` about that."""
    return "\n".join([f"{words}\n\n{as_data(piped, _PIPED)}", *(f"Note: {note}" for note in notes)])


def asked(prompt: str) -> str:
    """Return the person's own words in a prompt."""
    return prompt.partition(_BOUNDARY)[0]
