"""What a session says of a workflow before its first run."""

from hitl_cli.loading.importing import Loaded
from hitl_cli.models.configured import model_of
from hitl_cli.models.provider import ModelProvider
from hitl_cli.session.approvals import Approvals
from hitl_cli.session.engine.foreign import is_foreign
from hitl_cli.session.own_models import lines_on_models


class Introduction:
    """The lines about a workflow, which are found out once, as that takes time.

    `is_foreign` is whether the workflow asks with events that are not this project's; it is known with the lines.
    """

    def __init__(self, approvals: Approvals, provider: ModelProvider, unsaved: str) -> None:
        """Take what the lines are about; `unsaved` says why no run can be saved, and is empty if they can."""
        self.is_foreign = False
        self._approvals = approvals
        self._provider = provider
        self._unsaved = unsaved
        self._lines: list[str] | None = None

    def of(self, loaded: Loaded) -> list[str]:
        """Return the lines about the workflow: tools that ask first, whether it can be saved, models of its own."""
        if self._lines is None:
            self.is_foreign = is_foreign(loaded.workflow, loaded.own.files())
            lines = (
                self._approvals.announcement(loaded, is_foreign=self.is_foreign),
                self._unsaved,
                *lines_on_models(loaded, model_of(self._provider)),
            )
            self._lines = [line for line in lines if line]
        return self._lines
