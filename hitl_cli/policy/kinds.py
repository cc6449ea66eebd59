"""What a note about a command can be about."""

from enum import Enum


class Kind(Enum):
    """What a note is about. Those of the second group are destructive: what they do cannot be undone."""

    WRITES = "writes"
    OUTSIDE = "writes outside the folder"
    DELETES = "deletes"
    ROOT = "needs root"
    NETWORK = "reaches the network"
    CODE = "runs code that nobody has seen"
    SECRETS = "touches secrets"
    HISTORY = "touches history"
    SYSTEM = "changes the system"

    REMOVES_TREE = "removes a root, home or project folder"
    DISK = "overwrites a disk or a partition"
    SYSTEM_FILE = "overwrites a system file"
    FORK_BOMB = "fork bomb"
    DOWNLOADED = "runs downloaded code"
    REWRITES = "rewrites shared history"
    DISCARDS = "discards work that is not committed"
    STORED = "deletes stored data, volumes or users"
    STOPS = "stops the system or all processes"
    UNREAD = "may do anything: it cannot be judged to its end"

    @property
    def is_destructive(self) -> bool:
        """Whether what it does cannot be undone."""
        return self in _DESTRUCTIVE


_DESTRUCTIVE = frozenset(list(Kind)[list(Kind).index(Kind.REMOVES_TREE) :])
