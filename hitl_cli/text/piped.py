"""The prompt of a run: the person's own words, and what was piped in after them."""

PIPED = "Standard input"
"""What the data is called that was piped in."""

_BOUNDARY = f"\n\n{PIPED} ("


def asked(prompt: str) -> str:
    """Return the person's own words in a prompt."""
    return prompt.partition(_BOUNDARY)[0]
