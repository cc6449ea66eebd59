"""`hitl`: the terminal where a person stays in charge of what a language model runs.

These are the names that a workflow file needs. Each is loaded when it is first used, so that `hitl --help` and
`import hitl_cli` wait neither for LlamaIndex nor for the model client.
"""

import gc
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hitl_cli.models import default_model, system_prompt
    from hitl_cli.models.proposing import propose_command
    from hitl_cli.protocol import HumanInputEvent, HumanResponseEvent
    from hitl_cli.shell import CommandResult, run_command
    from hitl_cli.shell.shell import describe_machine

__all__ = [
    "CommandResult",
    "HumanInputEvent",
    "HumanResponseEvent",
    "default_model",
    "describe_machine",
    "main",
    "propose_command",
    "run_command",
    "system_prompt",
]

# What is imported stays: looking through it for garbage every 700 objects is a tenth of the time of a start.
_OBJECTS_BETWEEN_COLLECTIONS = 50_000

_HOMES = {
    "CommandResult": "hitl_cli.shell",
    "HumanInputEvent": "hitl_cli.protocol",
    "HumanResponseEvent": "hitl_cli.protocol",
    "default_model": "hitl_cli.models",
    "describe_machine": "hitl_cli.shell.shell",
    "propose_command": "hitl_cli.models.proposing",
    "run_command": "hitl_cli.shell",
    "system_prompt": "hitl_cli.models",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program as the command line does; `arguments` are those after its name, by default the process's own.

    Returns the exit status (see `hitl_cli.errors`).
    """
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    from hitl_cli.cli import main as program

    return program(arguments)
