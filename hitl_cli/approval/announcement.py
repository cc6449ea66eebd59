"""What a person is told before a run: which tools act without asking, and how to be asked."""

from collections.abc import Sequence

from hitl_cli.approval.choice import ToolChoice
from hitl_cli.inspection.structure import Tool

_MOST_NAMED = 6

_FOREIGN = "hitl shows you the questions of this workflow."
_BY_ITSELF = "It does not ask about what the workflow runs by itself."


def announcement(
    tools: Sequence[Tool],
    choice: ToolChoice,
    running_code: Sequence[str],
    own_tools: Sequence[str],
    *,
    is_foreign: bool,
) -> str:
    """Return one line about the `tools` of a workflow; empty if nothing happens without a question.

    `running_code` are the names of the agents that run code of their model, which is always asked about. The workflow
    itself calls its `own_tools`, so that nobody can be asked about these.
    """
    called = [each for each in tools if each.agent not in running_code]
    asking = list(dict.fromkeys(each.name for each in called if choice.takes(each.name)))
    free = list(dict.fromkeys(each.name for each in called if not each.asks and each.name not in asking))
    in_code = [each.name for each in tools if each.agent in running_code and not each.runs_code]
    said = [_FOREIGN] if is_foreign else []
    if running_code:
        calling = f", which can call {_listed(in_code)} without asking" if in_code else ""
        said.append(f"You approve the Python code of {_listed(running_code)} before it runs{calling}.")
    if asking:
        said.append(f"You approve each call of {_listed(asking)}.")
    if free:
        verb = "acts" if len(free) == 1 else "act"
        names = ",".join(free) if len(free) <= _MOST_NAMED else "all"
        said.append(f"{_listed(free)} {verb} without asking you; to be asked: --approve {names}.")
    if own_tools:
        said.append(f"The workflow calls {_listed(own_tools)} itself, and nobody can be asked about that.")
    elif choice and not asking:
        said.append("No agent has a tool yet that you want to approve; if one gets it later, you are asked.")
    elif is_foreign and not free and not asking and not running_code:
        said.append(_BY_ITSELF)
    return " ".join(said)


def _listed(names: Sequence[str]) -> str:
    shown = [
        *names[:_MOST_NAMED],
        *([f"{len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else []),
    ]
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
