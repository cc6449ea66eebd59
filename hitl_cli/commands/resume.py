"""`hitl resume`: continue a stored session."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from hitl_cli.commands.adapters import Adapters
from hitl_cli.commands.file_permissions import make_settings_private, open_journal
from hitl_cli.commands.preparation import (
    choice_of,
    journal_of,
    quieten_libraries,
    use_own_temporary_folder,
    versions,
)
from hitl_cli.commands.recap import recap_of
from hitl_cli.commands.rules_of_run import RulesOfRun
from hitl_cli.commands.runner import Runner
from hitl_cli.environment import Environment
from hitl_cli.errors import HitlError, UsageError
from hitl_cli.journal.entries import SessionEntry
from hitl_cli.journal.history import find
from hitl_cli.journal.stored_session import latest, load
from hitl_cli.loading.references import Reference, moved
from hitl_cli.settings import Settings
from hitl_cli.shell.guardian.processes import forbid_inspection


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
    forbid_inspection()
    make_settings_private(environment)
    store = open_journal(environment, adapters.store)
    found = find(store, session) if session is not None else latest(store, environment.folder)
    journal = journal_of(environment, store, found)
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
        quieten_libraries(environment)
        use_own_temporary_folder(environment)
        opening = partial(
            SessionEntry, stored.folder, stored.workflow, stored.conversation, versions=versions()
        )
        runner = Runner(
            environment,
            settings,
            reference,
            journal,
            opening,
            adapters,
            choice_of(settings, reference),
            RulesOfRun(environment, settings),
            stored,
            recap=recap_of(store, stored),
        )
        return asyncio.run(runner.run(None))
    finally:
        with contextlib.suppress(HitlError):  # a claim ends with its process anyway
            journal.release()
        store.close()


def _check_folders(session: str, *folders: Path) -> None:
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(
                f"Session {session} cannot be resumed: its folder {folder} no longer exists; nothing ran. "
                f"Restore the folder, or resume in another one: hitl resume {session} --cwd FOLDER"
            )
