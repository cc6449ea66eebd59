"""What a search proposes: values, and nothing else."""

from typing import NamedTuple

FROM_REPLY = "reply"
"""The `entry` of a command that stands in a model's reply, and not in the catalogue."""


class Candidate(NamedTuple):
    """One command that may be what was asked for.

    `unfilled` names the slots that still stand in the command as `{{name}}`; `score` is between 0 and 1.
    """

    entry: str
    command: str
    description: str
    score: float
    changes: bool
    unfilled: tuple[str, ...] = ()


class Answer(NamedTuple):
    """What the catalogue has for a request, the best first.

    Where nothing is good enough, `candidates` is empty, `problem` says so in a sentence, and `hints` are the
    closest entries.
    """

    candidates: tuple[Candidate, ...] = ()
    hints: tuple[Candidate, ...] = ()
    problem: str = ""
