"""The only place that starts commands: the person's shell, its guardian, and the results."""

from hitl_cli.shell.excerpt import Excerpt
from hitl_cli.shell.leftovers import Leftover
from hitl_cli.shell.ports import CommandWatcher, PinnedFolder
from hitl_cli.shell.result import TERMINAL_CLOSED, CommandResult
from hitl_cli.shell.running import RunningCommand
from hitl_cli.shell.shell import Shell

__all__ = [
    "TERMINAL_CLOSED",
    "CommandResult",
    "CommandWatcher",
    "Excerpt",
    "Leftover",
    "PinnedFolder",
    "RunningCommand",
    "Shell",
]
