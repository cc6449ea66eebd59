"""For the tests of workflow authors: a person and a model that follow a script, and a run with them.

`run_workflow` takes the way of `hitl run`: the same session, gate and journal, without a terminal, a model server or
the network. docs/testing.md has examples for pytest and unittest. The program itself does not import this package.
"""

from hitl_cli.testing.model import ScriptedModel, tool_call
from hitl_cli.testing.person import ScriptedPerson
from hitl_cli.testing.running import ScriptedRun, arun_workflow, run_workflow
from hitl_cli.testing.script import ScriptError

__all__ = [
    "ScriptError",
    "ScriptedModel",
    "ScriptedPerson",
    "ScriptedRun",
    "arun_workflow",
    "run_workflow",
    "tool_call",
]
