"""Which workflow an imported module offers: an instance, a class, or a function that makes one."""

import inspect
from collections.abc import Callable, Coroutine
from types import ModuleType
from typing import TYPE_CHECKING, Any

from hitl_cli.errors import HitlError, LoadError
from hitl_cli.loading.failures import advice, placed
from hitl_cli.loading.outline import FACTORY, INSTANCE
from hitl_cli.loading.own_code import OwnCode
from hitl_cli.loading.references import Reference
from hitl_cli.text.suggestions import did_you_mean

if TYPE_CHECKING:
    from workflows import Workflow

Await = Callable[[Coroutine[Any, Any, Any]], Any]
"""Runs a coroutine to its end and returns its result."""


def workflow_in(module: ModuleType, reference: Reference, own: OwnCode, run: Await) -> "Workflow":
    """Return the workflow that `reference` names in `module`; without a name, the only one there is.

    Raises:
        LoadError: There is none, there are several, or it cannot be made.
    """
    attribute = reference.attribute or _only(module, reference)
    found: Any = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            near = did_you_mean(attribute, offered(module)) or _listed(offered(module))
            raise LoadError(f"{reference.title} has no {attribute}; nothing ran. {near}".rstrip())
        found = getattr(found, part)
    return _workflow(found, attribute, reference, own, run)


def offered(module: ModuleType) -> list[str]:
    """Return the names of the workflows in `module`; of several kinds, only the first that there is.

    These are `create_workflow` and `workflow`, other instances, functions that say that they return a workflow, and
    classes.
    """
    from workflows import Workflow

    conventional = [name for name in (FACTORY, INSTANCE) if hasattr(module, name)]
    if conventional:
        return conventional[:1]
    values = {name: value for name, value in vars(module).items() if not name.startswith("__")}
    if instances := _instances({name: each for name, each in values.items() if isinstance(each, Workflow)}):
        return instances
    own = {
        name: value for name, value in values.items() if getattr(value, "__module__", "") == module.__name__
    }
    if factories := [name for name, value in own.items() if _is_factory(value)]:
        return factories
    classes = {
        name: value for name, value in own.items() if isinstance(value, type) and issubclass(value, Workflow)
    }
    return [
        name
        for name, each in classes.items()
        if not any(other is not each and issubclass(other, each) for other in classes.values())
    ]


def _instances(found: dict[str, "Workflow"]) -> list[str]:
    """Return the names of instances: one for each, and none for the agents of an agent workflow that is there too."""
    parts = {
        id(agent)
        for each in found.values()
        if isinstance(agents := getattr(each, "agents", None), dict)
        for agent in agents.values()
        if agent is not each
    }
    first = {id(each): name for name, each in reversed(found.items())}
    return [name for name, each in found.items() if first[id(each)] == name and id(each) not in parts]


def _is_factory(value: object) -> bool:
    from workflows import Workflow

    if not inspect.isfunction(value):
        return False
    returned = value.__annotations__.get("return")
    if isinstance(returned, str):
        returned = value.__globals__.get(returned.rpartition(".")[2])
    return isinstance(returned, type) and issubclass(returned, Workflow) and not _required(value)


def _only(module: ModuleType, reference: Reference) -> str:
    names = offered(module)
    if not names:
        raise LoadError(
            f"{reference.title} has no workflow; nothing ran. It needs an instance or a subclass of Workflow, "
            f"or a function {FACTORY}(). A function of another name can be given: {reference.named('NAME')}"
        )
    if len(names) > 1:
        raise LoadError(
            f"{reference.title} has several workflows; nothing ran. "
            f"Give one: {', '.join(reference.named(name) for name in names)}"
        )
    return names[0]


def _listed(names: list[str]) -> str:
    return f"It has {', '.join(names)}." if names else ""


def _workflow(found: Any, attribute: str, reference: Reference, own: OwnCode, run: Await) -> "Workflow":
    from workflows import Workflow

    if not isinstance(found, Workflow) and callable(found):
        found = _made(found, attribute, reference, own, run)
    if not isinstance(found, Workflow) and callable(getattr(found, "get_workflows", None)):
        found = _served(found.get_workflows(), attribute, reference)
    if not isinstance(found, Workflow):
        raise LoadError(
            f"{attribute} in {reference.title} is not a workflow but {_kind(found)}; nothing ran. "
            "It must be a Workflow, a subclass of it, or a function that returns one."
        )
    return found


def _made(maker: Any, attribute: str, reference: Reference, own: OwnCode, run: Await) -> object:
    from workflows import Workflow

    if isinstance(maker, type) and not issubclass(maker, Workflow):
        return maker
    if missing := _required(maker):
        plural = "s" if len(missing) > 1 else ""
        raise LoadError(
            f"{attribute} in {reference.title} needs the argument{plural} {', '.join(missing)}, and hitl gives none; "
            f"nothing ran. Give defaults, or add a function {FACTORY}() that returns the workflow."
        )
    try:
        made = maker()
        return run(made) if inspect.iscoroutine(made) else made
    except HitlError:
        raise
    except Exception as problem:
        raise LoadError(
            f"{attribute}() in {reference.title} failed: {placed(problem, own).rstrip('.')}."
            f"{advice(problem, own)} Nothing ran."
        ) from problem


def _served(workflows: dict[str, Any], attribute: str, reference: Reference) -> object:
    """Return the workflow of a server that has only one."""
    if len(workflows) != 1:
        raise LoadError(
            f"{attribute} in {reference.title} serves {len(workflows)} workflows ({', '.join(workflows)}); "
            "nothing ran. Name one by its module, as in package.module:name."
        )
    return next(iter(workflows.values()))


def _required(maker: Any) -> list[str]:
    """Return the names of the parameters that must be given."""
    try:
        parameters = inspect.signature(maker).parameters.values()
    except (ValueError, TypeError):
        return []
    return [
        each.name
        for each in parameters
        if each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]


def _kind(value: object) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, ModuleType):
        return "a module"
    return f"a value of type {type(value).__name__}"
