"""`hitl run` and `hitl resume`: one request, a conversation, or a resumed session."""

import asyncio
import contextlib
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from hitl_cli import private
from hitl_cli.approval.choice import ToolChoice
from hitl_cli.commands.adapters import Adapters
from hitl_cli.commands.file_permissions import make_settings_private, open_journal
from hitl_cli.commands.request_input import STANDARD_INPUT, read_request, read_start_fields
from hitl_cli.commands.runner import Runner
from hitl_cli.commands.tool_choice import tool_choice
from hitl_cli.environment import Environment
from hitl_cli.errors import HitlError, UsageError
from hitl_cli.journal.entries import SessionEntry
from hitl_cli.journal.journal import Journal, new_session_id
from hitl_cli.journal.store import Store
from hitl_cli.loading.references import Reference, moved
from hitl_cli.settings import Settings
from hitl_cli.shell.guardian.processes import forbid_inspection
from hitl_cli.text.programs import programs
from hitl_cli.text.secrets.masking import Mask, secret_variables

_VERSIONED = ("hitl-terminal", "llama-index-core", "llama-index-workflows")


def run(
    environment: Environment,
    flags: Mapping[str, str | bool | None],
    reference_text: str,
    words: list[str],
    adapters: Adapters,
    inputs: Sequence[str] = (),
    input_file: str | None = None,
) -> int:
    """Run a workflow on the request from `words` and standard input, or in a conversation.

    `flags` maps names of settings to their values on the command line. `inputs`, as in `topic=cats`, and `input_file`
    give start fields of the workflow. Returns the exit status.

    Raises:
        HitlError: The run could not start, or it failed.
    """
    forbid_inspection()
    make_settings_private(environment)
    settings = Settings.load(environment, flags)
    if environment.current_folder is None and settings.cwd.value.is_absolute():
        environment = replace(environment, current_folder=settings.cwd.value)
    reference = Reference.parse(reference_text, environment.folder)
    given = None
    if inputs or input_file is not None:
        from hitl_cli.starting.inputs import GivenInputs

        given = GivenInputs.parse(
            inputs, input_file, environment.folder, lambda: read_start_fields(environment, words)
        )
    source = replace(environment, stdin=None) if input_file == STANDARD_INPUT else environment
    request = read_request(source, words, reference_text, is_optional=given is not None)
    store = open_journal(environment, adapters.store)
    _quieten_libraries(environment)
    _use_own_temporary_folder(environment)
    journal = _journal(environment, store, new_session_id())
    choice = _choice(settings, reference)
    # A session is resumed with the same.
    policy = settings.policy.value if flags.get("policy") else None
    flags = {**flags, "approve": ",".join(choice.patterns) or None, "policy": str(policy) if policy else None}
    opening = SessionEntry(
        folder=str(environment.folder),
        workflow=reference.absolute,
        conversation=request is None,
        # `plain` is not stored: it depends on the terminal where the session is resumed.
        flags={name: str(value) for name, value in flags.items() if value is not None and name != "plain"},
        versions=_versions(),
    )
    runner = Runner(environment, settings, reference, journal, opening, adapters, choice, inputs=given)
    with contextlib.closing(store):
        return asyncio.run(runner.run(request))


def resume(
    environment: Environment,
    flags: Mapping[str, str | bool | None],
    session: str | None,
    adapters: Adapters,
) -> int:
    """Resume the session whose id starts with `session`, by default the latest one of this folder.

    `flags` override those that the session was started with. Returns the exit status.

    Raises:
        HitlError: There is no such session, it cannot be resumed, or it failed.
    """
    from hitl_cli.commands.recap import recap_of
    from hitl_cli.journal.history import find
    from hitl_cli.journal.stored_session import latest, load

    forbid_inspection()
    make_settings_private(environment)
    store = open_journal(environment, adapters.store)
    found = find(store, session) if session is not None else latest(store, environment.folder)
    journal = _journal(environment, store, found)
    journal.claim()
    try:
        stored = load(store, journal.session)
        given = {name: value for name, value in flags.items() if value is not None}
        folder = Path(stored.folder)
        if "cwd" in given:
            folder = environment.current_folder or environment.path_of(str(given["cwd"]))
        else:
            _check_folders(stored.id, folder, folder / stored.flags.get("cwd", ""))
        environment = replace(environment, current_folder=folder)
        settings = Settings.load(environment, {**stored.flags, **given})
        workflow = stored.workflow
        if "cwd" in given:
            new = settings.cwd.value
            workflow = moved(workflow, Path(stored.folder), new)
            stored = replace(stored, folder=str(new), shell_folder=str(new))
        reference = Reference.parse(workflow, folder)
        _quieten_libraries(environment)
        _use_own_temporary_folder(environment)
        opening = SessionEntry(stored.folder, stored.workflow, stored.conversation, versions=_versions())
        runner = Runner(
            environment,
            settings,
            reference,
            journal,
            opening,
            adapters,
            _choice(settings, reference),
            stored,
            recap=recap_of(store, stored),
        )
        return asyncio.run(runner.run(None))
    finally:
        with contextlib.suppress(HitlError):  # a claim ends with its process anyway
            journal.release()
        store.close()


def _choice(settings: Settings, reference: Reference) -> ToolChoice:
    return tool_choice(settings.approve.value, reference, is_general=settings.approve.source != "--approve")


def _check_folders(session: str, *folders: Path) -> None:
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(
                f"Session {session} cannot be resumed: its folder {folder} no longer exists; nothing ran. "
                f"Restore the folder, or resume in another one: hitl resume {session} --cwd FOLDER"
            )


def _journal(environment: Environment, store: Store, session: str) -> Journal:
    mask = Mask(secret_variables(environment.variables))
    return Journal(
        store,
        session,
        environment.state_folder / "reports",
        lambda text: mask.applied(text)[0],
        programs,
    )


def _versions() -> dict[str, str]:
    return {name: version(name) for name in _VERSIONED}


def _use_own_temporary_folder(environment: Environment) -> None:
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


def _quieten_libraries(environment: Environment) -> None:
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
