"""A few answers of which a person chooses one: what they are, and how each is called."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Option:
    """One answer: the `keys` that give it, each a letter, `enter` or `escape`; the first of them stands for it.

    One that is `harmless` changes nothing that could not be chosen otherwise later.
    """

    keys: tuple[str, ...]
    means: str
    harmless: bool = False


Choose = Callable[[Sequence[Option], str], Awaitable[str]]
"""Takes the answers, and what Ctrl-D does if it is none of them; returns the first key of the one that is chosen.

Returns the empty text where the person leaves the question. Raises EOFError where the input has ended.
"""


def told_by_key(options: Sequence[Option], leaving: str) -> str:
    """Return the line that says what each key does; Esc is named only where it is the first."""
    said = [f"{_named(option.keys)} {option.means}" for option in options]
    return " · ".join([*said, f"Ctrl-D {leaving}"] if leaving else said)


def _named(keys: Sequence[str]) -> str:
    if keys[0] == "escape":
        return "Esc"
    return " or ".join("Enter" if key == "enter" else key for key in keys if key != "escape")


def told_by_line(options: Sequence[Option], leaving: str, number: str) -> str:
    """Return the sentence that says what each line does that can be typed; see `lines`."""
    said = [
        f"{' or '.join(line or 'Enter' for line in lines(option, number))}: {option.means}"
        for option in options
    ]
    return f"Answer {'; '.join([*said, f'Ctrl-D: {leaving}'] if leaving else said)}."


def lines(option: Option, number: str) -> list[str]:
    """Return the lines that choose `option`: its keys, with `number` before each unless it is harmless."""
    words = ["" if key == "enter" else key for key in option.keys if key != "escape"]
    return [word if option.harmless else f"{number} {word}".strip() for word in words]
