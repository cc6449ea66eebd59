"""What a person saw when they approved a command, and so what must hold when it starts."""

from dataclasses import dataclass

from hitl_cli.shell.fence import Fence
from hitl_cli.shell.ports import PinnedFolder


@dataclass(frozen=True)
class Conditions:
    """The conditions of one approval.

    The person saw the first `seen_changes` changes that commands had made to the environment. The command runs in
    `place`; if that is None, in the folder of the next command. One that is isolated passes no folder and no variables
    on to the next command; one with a `fence` runs behind it, and is isolated.
    """

    seen_changes: int
    place: PinnedFolder | None = None
    fence: Fence | None = None
    is_isolated: bool = False
