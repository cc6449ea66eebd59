"""For what a person leaves the line of a question."""

from enum import Enum, auto


class Wish(Enum):
    """What is to be done next."""

    RUN = auto()
    COMMENT = auto()
    REJECT = auto()
    ANSWER = auto()
    EDITOR = auto()
    EXPLAIN = auto()
    SAVE = auto()
    STOP = auto()
    END_LEFTOVERS = auto()
