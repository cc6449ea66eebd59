"""The prompt of a run: the person's own words, followed by data: piped input, or a command that they shared."""

PIPED = "Standard input"
"""The label of piped input in a prompt."""

SHARED = "A command that the person ran, and its output"
"""The label of a shared command in a prompt."""


def own_words(prompt: str) -> str:
    """Return the person's own words of a prompt."""
    for label in (PIPED, SHARED):
        prompt = prompt.partition(f"\n\n{label} (")[0]
    return prompt
