"""What a run and a resumed session prepare: the journal, the log file, temporary files, and which tools ask."""

import contextlib
import logging
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from hitl_cli import private
from hitl_cli.environment import Environment
from hitl_cli.settings import Settings

if TYPE_CHECKING:
    from hitl_cli.approval.choice import ToolChoice
    from hitl_cli.journal.journal import Journal
    from hitl_cli.journal.store import Store
    from hitl_cli.loading.references import Reference

_VERSIONED = ("hitl-terminal", "llama-index-core", "llama-index-workflows")


def choice_of(settings: Settings, reference: "Reference") -> "ToolChoice":
    """Return which tools of the workflow ask before they are called.

    Raises:
        UsageError: The project's configuration is invalid.
    """
    from hitl_cli.commands.tool_choice import tool_choice

    return tool_choice(settings.approve.value, reference, is_general=settings.approve.source != "--approve")


def journal_of(environment: Environment, store: "Store", session: str) -> "Journal":
    """Return the journal of a session, which masks the secrets among the variables of `environment`."""
    from hitl_cli.journal.journal import Journal
    from hitl_cli.text.programs import programs
    from hitl_cli.text.secrets.masking import Mask, secret_variables

    mask = Mask(secret_variables(environment.variables))
    return Journal(
        store,
        session,
        environment.state_folder / "reports",
        lambda text: mask.applied(text)[0],
        programs,
    )


def versions() -> dict[str, str]:
    """Return the versions that are stored with a session."""
    from importlib.metadata import version  # slow to import, like its search for each of them

    return {name: version(name) for name in _VERSIONED}


def use_own_temporary_folder(environment: Environment) -> None:
    """Put temporary files into the state folder if the system has no folder for them, not into the current one."""
    try:
        is_there = Path(tempfile.gettempdir()) != Path.cwd()
    except OSError:
        is_there = False
    if not is_there:
        folder = environment.state_folder / "temporary"
        with contextlib.suppress(OSError):
            private.make_missing(folder)
            tempfile.tempdir = str(folder)


def quieten_libraries(environment: Environment) -> None:
    """Send logs and warnings of libraries to a file, to keep them off the screen."""
    with contextlib.suppress(OSError, private.NotPrivateError):
        log = environment.state_folder / "hitl.log"
        os.close(private.open_file(log, os.O_WRONLY | os.O_CREAT))
        logging.basicConfig(
            filename=log,
            encoding="utf-8",
            errors="backslashreplace",
            level=logging.WARNING,
            format="%(asctime)s %(name)s %(levelname)s %(message)s",
        )
        logging.captureWarnings(True)
        sys.unraisablehook = _log_unraisable
        return
    logging.disable()
    sys.unraisablehook = _log_unraisable
    warnings.simplefilter("ignore")


def _log_unraisable(failure: "sys.UnraisableHookArgs") -> None:
    """Log an error that nobody can catch, such as one of a coroutine that the engine dropped."""
    logging.getLogger(__name__).warning(
        "%s: %r",
        failure.err_msg or "Exception ignored in",
        failure.object,
        exc_info=failure.exc_value,
    )
