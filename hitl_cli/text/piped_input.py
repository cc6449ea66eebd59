"""The prompt of a run: the person's own words, followed by piped input."""

PIPED = "Standard input"
"""The label of piped input in a prompt."""

_BOUNDARY = f"\n\n{PIPED} ("


def own_words(prompt: str) -> str:
    """Return the person's own words of a prompt."""
    return prompt.partition(_BOUNDARY)[0]
