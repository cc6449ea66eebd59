"""Builds the session of a run from its parts, and loads its workflow."""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hitl_cli import private, system
from hitl_cli.approval.choice import ToolChoice
from hitl_cli.commands.adapters import Adapters
from hitl_cli.commands.rules_of_run import RulesOfRun
from hitl_cli.environment import Environment
from hitl_cli.errors import LoadError
from hitl_cli.interrupts import Interrupts
from hitl_cli.journal.entries import SessionEntry
from hitl_cli.loading.importing import Loaded, loaded
from hitl_cli.loading.own_code import OwnCode
from hitl_cli.loading.references import Reference
from hitl_cli.settings import Settings, withheld
from hitl_cli.waiting import in_thread

if TYPE_CHECKING:
    from hitl_cli.commands.user_interface import UserInterface
    from hitl_cli.journal.journal import Journal
    from hitl_cli.journal.stored_session import StoredSession
    from hitl_cli.models.early_request import EarlyRequest
    from hitl_cli.session.session import Session
    from hitl_cli.shell import Shell

_LOGGER = logging.getLogger("hitl")


class SessionBuilder:
    """Builds the session of one process of the program."""

    def __init__(
        self,
        environment: Environment,
        settings: Settings,
        reference: Reference,
        adapters: Adapters,
        interface: "UserInterface",
        interrupts: Interrupts,
        shell_program: str,
        rules: RulesOfRun,
    ) -> None:
        self._environment = environment
        self._settings = settings
        self._reference = reference
        self._adapters = adapters
        self._interface = interface
        self._interrupts = interrupts
        self._shell_program = shell_program
        self._rules = rules

    @property
    def has_person(self) -> bool:
        """Whether there is somebody to ask."""
        return self._adapters.person is not None or self._interface.has_person

    def session(
        self,
        journal: "Journal",
        opening: SessionEntry,
        choice: ToolChoice,
        stored: "StoredSession | None",
        until_the_end: contextlib.ExitStack,
        early: "EarlyRequest | None" = None,
    ) -> "Session":
        """Return the session; to be called once, in a thread.

        `stored` is the session to resume, if any. `until_the_end` closes what lasts as long as the program. `early` is
        the request that was sent already.

        Raises:
            UsageError: The installed engine cannot be used, or cannot resume the stored session.
        """
        from hitl_cli.session.engine.support import support_of_installed

        support = support_of_installed(self._environment.state_folder)
        support.check()
        if stored is not None and stored.paused is not None:
            support.check_resume(stored.id, stored.versions)
        from hitl_cli.models.configured import ClassProvider, provider_of
        from hitl_cli.session.model_watch import ModelWatch
        from hitl_cli.session.session import Session

        model = ModelWatch(self._interface.screen)
        make = self._adapters.provider or partial(provider_of, early=early)
        provider = make(self._settings, model)
        if isinstance(provider, ClassProvider):
            until_the_end.enter_context(provider.as_library_default())
        rules = self._rules.checked()
        return Session(
            self._settings,
            provider,
            model,
            self._adapters.person or self._interface.person(provider),
            self._interface.screen,
            self._shell(),
            self._interrupts,
            partial(_add_to_catalogue, self._environment.own_catalogue),
            journal,
            opening if stored is None else None,
            choice,
            support.notice,
            rules,
        )

    async def workflow(self, session: "Session", own: OwnCode, until_the_end: contextlib.ExitStack) -> Loaded:
        """Load the workflow in a thread; `own` records its files.

        Raises:
            LoadError: It cannot be imported, or it has no workflow.
        """
        loop = asyncio.get_running_loop()

        def on_loop(making: Coroutine[Any, Any, Any]) -> Any:
            return asyncio.run_coroutine_threadsafe(making, loop).result()

        def load() -> Loaded:
            try:
                with session.current():
                    workflow = until_the_end.enter_context(loaded(self._reference, own, on_loop))
                own.note_imported()  # here, because it takes time after so many imports
                return workflow
            except LoadError as problem:
                if problem.__cause__ is not None:
                    _LOGGER.error("The workflow was not loaded", exc_info=problem.__cause__)
                raise

        return await in_thread(load)

    def _shell(self) -> "Shell":
        from hitl_cli.shell import Shell

        variables = self._environment.variables
        project = self._reference.project
        return Shell(
            program=self._shell_program,
            folder=self._settings.cwd.value,
            variables=withheld(variables, self._settings.key_variables),
            time_limit=self._settings.timeout.value,
            terminal=self._interface.terminal_for_commands,
            question_end=self._interface.question_end,
            secrets={**variables, **(project.variables() if project is not None else {})},
            log_folder=self._environment.state_folder / "output",
        )


def _add_to_catalogue(file: Path, request: str, command: str, changes: bool) -> str:
    """Add `command` to the person's catalogue in `file`; return a sentence that reports success or failure."""
    from hitl_cli.catalogue import entry_files

    try:
        entry_files.add(file, request, command, changes=changes)
    except (OSError, ValueError, private.NotPrivateError) as problem:
        why = system.reason(problem) if isinstance(problem, OSError) else f"{str(problem).rstrip('.')}."
        return f"The command was not added to your catalogue: {why}"
    return f"Added to your catalogue: {file}"
