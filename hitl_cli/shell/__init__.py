"""The only place that starts commands: the person's shell, its guardian, and the results.

A name is loaded when it is first used: what reads a result, or needs a part of the package, does not load all of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_MODULES = {
    "CommandResult": "result",
    "CommandWatcher": "ports",
    "Excerpt": "excerpt",
    "Leftover": "leftovers",
    "PinnedFolder": "ports",
    "RunningCommand": "running",
    "Shell": "shell",
    "TERMINAL_CLOSED": "result",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
