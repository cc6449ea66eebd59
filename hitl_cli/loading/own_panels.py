"""The panels of workflow authors: functions that draw what a question says, by the type of its event."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from hitl_cli.errors import WorkflowError

ENTRY_POINTS = "hitl.panels"
"""The entry point group in which installed packages register panels, by event type."""

IN_FILE = "hitl_panels"
"""The name of the dict in a workflow's own file that maps event types to panels."""

Panel = Callable[[Mapping[str, Any]], Any]
"""Takes the values of a question, as JSON values by name; returns a text or a Rich renderable."""


class OwnPanels:
    """The panels for one workflow: those in its own `files`, then those of installed packages."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._files = {str(each) for each in files}

    def of(self, event_types: Sequence[str]) -> Panel | None:
        """Return the panel for the first of `event_types` that has one; None if none has.

        Raises:
            WorkflowError: What is registered for it is no function.
        """
        panels = self._in_files()
        for each in event_types:
            if each in panels:
                panel: Panel = panels[each]
                if not callable(panel):
                    raise WorkflowError(f"{IN_FILE} has no function for {each!r}, but {type(panel).__name__}")
                return panel
        found = next((self._installed[each] for each in event_types if each in self._installed), None)
        return None if found is None else lambda values: found.load()(values)

    def _in_files(self) -> dict[str, Any]:
        panels: dict[str, Any] = {}
        for module in list(sys.modules.values()):
            if getattr(module, "__file__", None) not in self._files or not hasattr(module, IN_FILE):
                continue
            own = getattr(module, IN_FILE)
            if not isinstance(own, Mapping):
                raise WorkflowError(
                    f"{IN_FILE} must be a dict of event types and functions, not {type(own).__name__}"
                )
            panels |= own
        return panels

    @cached_property
    def _installed(self) -> dict[str, EntryPoint]:
        """The panels of installed packages; the metadata of all packages is read only once."""
        return {each.name: each for each in entry_points(group=ENTRY_POINTS)}
