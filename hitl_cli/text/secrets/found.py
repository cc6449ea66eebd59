"""A secret that was found in a text."""

from dataclasses import dataclass

LONGEST = 32_768
"""Bytes of a secret that are looked at on either side of a place where a text is cut."""


@dataclass(frozen=True)
class Found:
    """A secret: where its form begins and ends, where in it the secret does, and what it is called.

    `is_settled` says whether that stays so, whatever follows the text.
    """

    start: int
    end: int
    secret_start: int
    secret_end: int
    name: str
    is_settled: bool = True
