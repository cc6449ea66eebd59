"""Which tools ask before they are called in a run: what the settings and the project say of its workflow."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from hitl_cli.approval.choice import EVERY_WORKFLOW, ToolChoice, chosen_for, parsed
from hitl_cli.errors import LoadError, UsageError
from hitl_cli.loading.project import Project
from hitl_cli.loading.references import Reference


def tool_choice(
    given: Mapping[str, tuple[str, ...]], reference: Reference, *, is_general: bool = False
) -> ToolChoice:
    """Return which tools ask: those of the setting, `given` for each workflow, and those that its project names.

    With `is_general`, what the setting says of every workflow need not match a tool of this one.

    Raises:
        UsageError: The project's configuration is invalid, or it is not certain what it says.
    """
    project = reference.project
    wanted = _of_project(project) if project is not None else {}
    roots = {reference.folder, project.root} if project is not None else {reference.folder}
    names = [each for each in (*given, *wanted) if _means(each, reference, roots)]
    return chosen_for([given, wanted], names, is_general=is_general)


def _of_project(project: Project) -> dict[str, tuple[str, ...]]:
    try:
        wanted = parsed(project.approve)
    except ValueError as problem:
        raise UsageError(
            f"Invalid [tool.hitl.approve] in pyproject.toml: {problem}. Nothing ran."
        ) from problem
    if project.approve_problem:
        raise UsageError(
            f"{project.approve_problem} It may say which tools must ask you, so nothing ran. Correct it first."
        )
    for name in wanted:
        if name != EVERY_WORKFLOW and _parsed(name, project.root) is None:
            raise UsageError(
                f"Invalid [tool.hitl.approve] in pyproject.toml: there is no workflow {name!r}. Nothing ran. "
                f'Use a name or a file of the project, or "{EVERY_WORKFLOW}" for every workflow.'
            )
    return wanted


def _means(name: str, reference: Reference, roots: Iterable[Path]) -> bool:
    """Return whether `name`, in a configuration, is the workflow of `reference`, however both are written."""
    if name in (reference.text, reference.title):
        return True
    others = [_parsed(name, root) for root in roots] if name != EVERY_WORKFLOW else []
    return any(other is not None and reference.is_same(other) for other in others)


def _parsed(name: str, folder: Path) -> Reference | None:
    try:
        return Reference.parse(name, folder)
    except LoadError:
        return None
