"""Which models a loaded workflow uses, as far as they can be seen before it runs, in lines for the person."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from hitl_cli.loading.importing import Loaded
from hitl_cli.models.foreign import address_of_model, is_client, is_model, is_model_class, name_of_model

if TYPE_CHECKING:
    from workflows import Workflow

_PROGRAM = "hitl_cli"
_WAYS_TO_DEFAULT = ("default_model", "propose_command", "Settings")


def lines_on_models(loaded: Loaded, default: object) -> list[str]:
    """Return what to say of the models of a workflow; `default` is the model of the person's settings, if it is made.

    Models that a step makes while it runs cannot be seen.
    """
    workflow = loaded.workflow
    found = (each for each in (*_values(workflow), *_globals(loaded)) if is_model(each) or is_client(each))
    own = {
        _described(each): None
        for each in found
        if each is not default and not type(each).__module__.startswith(_PROGRAM)
    }
    own |= {each.__name__: None for each in _resources(workflow)}
    told = [f"The workflow brings its own model, which stays as it is: {', '.join(own)}."] if own else []
    lacking = [each for each in _agents(workflow) if each.llm is default]
    return [*told, *(_without_function_calling(each) for each in lacking if not _calls_functions(each.llm))]


def uses_default_model(loaded: Loaded) -> bool:
    """Return whether a workflow may use the model of the person's settings: its code names a way to get it.

    That is a function of `hitl_cli`, an agent without a model of its own, or LlamaIndex's `Settings`.
    """
    if any(type(each.llm).__module__.startswith(_PROGRAM) for each in _agents(loaded.workflow)):
        return True
    return any(name in _names(each) for each in _modules(loaded) for name in _WAYS_TO_DEFAULT)


def _names(module: ModuleType) -> str:
    """Return the source of `module`, or the names in it if it has none."""
    try:
        return Path(str(module.__file__)).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return " ".join(vars(module))


def _calls_functions(model: Any) -> bool:
    return bool(model.metadata.is_function_calling_model)


def _described(model: object) -> str:
    address = address_of_model(model)
    return f"{name_of_model(model)} at {address}" if address else name_of_model(model)


def _without_function_calling(agent: Any) -> str:
    name = f"{name_of_model(agent.llm)} has no function calling"
    option = "is_function_calling_model"
    hint = f" If it has, set llm_options.{option} to true." if option in type(agent.llm).model_fields else ""
    if type(agent).__name__ == "FunctionAgent":
        return f"{name}, and the agent {agent.name} needs it.{hint}"
    return f"{name}: the agent finds its tool calls in the text, which is less reliable.{hint}"


def _agents(workflow: "Workflow") -> list[Any]:
    agents = getattr(workflow, "agents", None)
    found = [*agents.values()] if isinstance(agents, dict) else [workflow]
    return [each for each in found if is_model(getattr(each, "llm", None))]


def _values(workflow: "Workflow") -> Iterator[object]:
    yield from (each.llm for each in _agents(workflow))
    yield from vars(workflow).values()


def _globals(loaded: Loaded) -> Iterator[object]:
    for module in _modules(loaded):
        yield from vars(module).values()


def _modules(loaded: Loaded) -> Iterator[ModuleType]:
    """Yield the workflow's own modules."""
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and loaded.own.has(file):
            yield module


def _resources(workflow: "Workflow") -> Iterator[type]:
    for step in workflow._get_steps().values():
        for resource in step._step_config.resources:
            if is_model_class(resource.type_annotation):
                yield resource.type_annotation
