"""A secret that was found in a text."""

from dataclasses import dataclass

LONGEST = 32_768
"""Maximum bytes of a secret that are searched on either side of a cut."""


@dataclass(frozen=True)
class SecretMatch:
    """A match: the span of the whole pattern, the span of the secret in it, and the name of its kind.

    `is_settled` says whether the match cannot change, whatever text follows.
    """

    start: int
    end: int
    secret_start: int
    secret_end: int
    name: str
    is_settled: bool = True
