"""Builds the session of a run from its parts, and loads its workflow."""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hitl_cli import private, system
from hitl_cli.approval.choice import ToolChoice
from hitl_cli.commands.adapters import Adapters
from hitl_cli.environment import Environment
from hitl_cli.errors import LoadError, UsageError
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
    from hitl_cli.policy.judge import Policy
    from hitl_cli.session.rules import SessionRules
    from hitl_cli.session.session import Session
    from hitl_cli.shell import Shell

_LOGGER = logging.getLogger("hitl")
_BUNDLED = ("agent", "custom")  # the references of the workflows whose first request is known


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
    ) -> None:
        self._environment = environment
        self._settings = settings
        self._reference = reference
        self._adapters = adapters
        self._interface = interface
        self._interrupts = interrupts
        self._shell_program = shell_program
        self._rules: SessionRules | None = None

    @property
    def has_person(self) -> bool:
        """Whether there is somebody to ask."""
        return self._adapters.person is not None or self._interface.has_person

    def early_request(self, request: str, versions: Mapping[str, str]) -> "EarlyRequest | None":
        """Return the early request of a run of a bundled workflow on `request`; None if there is none.

        `versions` are those of the installed packages. Where there are rules, they are checked first: nothing is sent
        for a run that they refuse.

        Raises:
            UsageError: The rules are invalid.
        """
        settings, file = self._settings, self._reference.file
        is_possible = settings.early_request.value and not settings.is_offline and settings.llm_class is None
        if not is_possible or self._adapters.provider or self._reference.text not in _BUNDLED or file is None:
            return None
        if self._has_rules():
            self._checked_rules()
        from hitl_cli.models.chat_client import ChatClient
        from hitl_cli.models.early_request import FILE, EarlyRequest, Shapes, Texts, key_of
        from hitl_cli.models.provider import NullModelWatcher

        instructions = settings.system_prompt.value or ""
        used = (
            settings.model.value,
            settings.base_url.value,
            settings.max_tokens.value,
            bool(instructions),
            self._shell_program,
        )
        return EarlyRequest(
            Shapes(self._environment.cache_folder / FILE, self._environment.variables),
            key_of(file, versions, *used),
            Texts(request, instructions),
            ChatClient.of(settings, NullModelWatcher()),
        )

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
        rules = self._checked_rules()
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

    def _has_rules(self) -> bool:
        """Whether there are rules besides the built-in ones; without them, no module that reads rules is loaded."""
        from hitl_cli.policy.project_file import project_file

        settings = self._settings
        if settings.policy.value or settings.allow_reads.value or self._environment.own_rules.exists():
            return True
        return project_file(settings.cwd.value) is not None

    def _checked_rules(self) -> "SessionRules":
        """Return the rules, which are checked the first time.

        Raises:
            UsageError: They are invalid, or allow reads where there is no fence.
        """
        if self._rules is None:
            rules = self._read_rules()
            rules.check(self._settings.cwd.value)
            self._rules = rules
        return self._rules

    def _read_rules(self) -> "SessionRules":
        from hitl_cli.policy.changing import RuleFile
        from hitl_cli.policy.files import load, project_rules
        from hitl_cli.session.rules import SessionRules

        environment, settings = self._environment, self._settings
        home = environment.variables.get("HOME", "")

        def policy(folder: Path) -> "Policy":
            own = settings.policy.value or environment.own_rules
            return load(own, folder, environment.state_folder, home, reads=settings.allow_reads.value).policy

        def changeable(folder: Path) -> list["RuleFile"]:
            own = RuleFile(settings.policy.value or environment.own_rules, home, environment.state_folder)
            try:
                project = project_rules(folder, environment.state_folder, home)
            except UsageError:  # no rule can be added to a file that is invalid
                return [own]
            if project is None or not project.is_trusted:
                return [own]
            base = str(project.file.parent.parent)
            return [own, RuleFile(project.file, home, environment.state_folder, base)]

        return SessionRules(policy, home, (environment.settings_file, environment.state_folder), changeable)

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
