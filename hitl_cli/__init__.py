"""`hitl`: the terminal where a person stays in charge of what a language model runs.

This module has everything that a workflow file needs; docs/workflows.md describes each name. A name is loaded when it
is first used, so that `hitl --help` and `import hitl_cli` do not wait for LlamaIndex or the model client.
"""

import gc
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hitl_cli.agent import PersonInTheLoopAgentWorkflow, ask_command, current_request_id
    from hitl_cli.current_run import (
        default_model,
        describe_machine,
        propose_command,
        run_command,
        system_prompt,
    )
    from hitl_cli.protocol import (
        CommandData,
        CommandInputEvent,
        CommandResponseEvent,
        HumanInputEvent,
        HumanResponseEvent,
    )
    from hitl_cli.shell.result import CommandResult

__all__ = [
    "CommandData",
    "CommandInputEvent",
    "CommandResponseEvent",
    "CommandResult",
    "HumanInputEvent",
    "HumanResponseEvent",
    "PersonInTheLoopAgentWorkflow",
    "ask_command",
    "current_request_id",
    "default_model",
    "describe_machine",
    "main",
    "propose_command",
    "run_command",
    "system_prompt",
]

_OBJECTS_BETWEEN_COLLECTIONS = 50_000

_MODULES = {
    "CommandData": "hitl_cli.protocol",
    "CommandInputEvent": "hitl_cli.protocol",
    "CommandResponseEvent": "hitl_cli.protocol",
    "CommandResult": "hitl_cli.shell.result",
    "HumanInputEvent": "hitl_cli.protocol",
    "HumanResponseEvent": "hitl_cli.protocol",
    "PersonInTheLoopAgentWorkflow": "hitl_cli.agent",
    "ask_command": "hitl_cli.agent",
    "current_request_id": "hitl_cli.agent",
    "default_model": "hitl_cli.current_run",
    "describe_machine": "hitl_cli.current_run",
    "propose_command": "hitl_cli.current_run",
    "run_command": "hitl_cli.current_run",
    "system_prompt": "hitl_cli.current_run",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program as the command line does; `arguments` default to those of the process.

    Returns the exit status (see `hitl_cli.errors`).
    """
    # Modules stay loaded: checking them for garbage would take a sixth of the start-up time. `Runner` turns the
    # collection on as soon as a run is loaded; no other command makes garbage in cycles.
    gc.disable()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    from hitl_cli.cli import main as program

    status = program(arguments)
    gc.freeze()  # else the interpreter looks through all imported modules for garbage before it exits
    return status
