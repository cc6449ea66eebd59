"""One run of a workflow with a scripted person, through the session, the gate and the journal of the program."""

import asyncio
import inspect
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hitl_cli.approval.choice import ToolChoice, chosen_for, parsed
from hitl_cli.environment import Environment
from hitl_cli.errors import ExitStatus, UndecidedError
from hitl_cli.interrupts import Interrupts
from hitl_cli.journal.entries import SessionEntry
from hitl_cli.journal.history import CommandFilter, LoggedCommand, commands
from hitl_cli.journal.journal import Journal, new_session_id
from hitl_cli.journal.store import Store
from hitl_cli.journal.stored_session import load
from hitl_cli.loading.importing import Loaded
from hitl_cli.loading.module_path import ModulePath
from hitl_cli.loading.own_code import OwnCode
from hitl_cli.requests import Request
from hitl_cli.session.model_watch import ModelWatch
from hitl_cli.session.run_start import RunStart
from hitl_cli.session.session import Session
from hitl_cli.settings import Settings, withheld
from hitl_cli.shell import CommandResult, Shell
from hitl_cli.shell_program import shell_program
from hitl_cli.starting.inputs import GivenInputs
from hitl_cli.testing.model import ScriptedModel, ScriptedProvider
from hitl_cli.testing.person import ScriptedPerson
from hitl_cli.testing.screen import SilentScreen
from hitl_cli.testing.script import ScriptError, script_error_in
from hitl_cli.text.programs import programs

if TYPE_CHECKING:
    from llama_index.core.llms.function_calling import FunctionCallingLLM
    from workflows import Workflow

    MadeWorkflow = Workflow | Callable[[], Workflow | Awaitable[Workflow]]

_MOST_RECORDS = 1_000


@dataclass(frozen=True)
class ScriptedRun:
    """How a run ended.

    `result` is what the workflow returned, None if the person stopped. `requests` is what they were asked, and
    `records` what the journal has about it, as `hitl log` shows it. `exit_status` is that of `hitl run`, and `told` are
    the lines that the program showed besides questions and results.
    """

    result: Any
    requests: tuple[Request, ...]
    records: tuple[LoggedCommand, ...]
    exit_status: int
    told: tuple[str, ...]

    @property
    def is_paused(self) -> bool:
        """Whether the person stopped, so that `hitl resume` would ask again."""
        return self.exit_status == ExitStatus.UNDECIDED


def run_workflow(
    workflow: "MadeWorkflow",
    request: str = "",
    *,
    inputs: Mapping[str, Any] | None = None,
    person: ScriptedPerson | None = None,
    model: "FunctionCallingLLM | None" = None,
    folder: Path | None = None,
    approve: str = "",
    patience: float = 60.0,
) -> ScriptedRun:
    """Run `workflow` on `request` as `hitl run` does, with `person` in the place of the one at the terminal.

    `workflow` is a workflow, or a function that makes one, such as `create_workflow`; inside it, `default_model()` is
    `model`. `inputs` are its start fields besides the request; `person` is asked for required ones that are missing.
    Without a `person`, nothing may be asked. Settings, journal and home are in a temporary folder, in which commands
    run that run for real, unless there is another `folder` for them. `approve` are the tools that ask before they are
    called, as in `hitl run --approve`. A run may take `patience` seconds.

    Raises:
        ScriptError: The person or the model was asked something that is not in the script, or something in the script
            was not used.
        HitlError: The workflow failed.
    """
    making = arun_workflow(
        workflow,
        request,
        inputs=inputs,
        person=person,
        model=model,
        folder=folder,
        approve=approve,
        patience=patience,
    )
    return asyncio.run(making)


async def arun_workflow(
    workflow: "MadeWorkflow",
    request: str = "",
    *,
    inputs: Mapping[str, Any] | None = None,
    person: ScriptedPerson | None = None,
    model: "FunctionCallingLLM | None" = None,
    folder: Path | None = None,
    approve: str = "",
    patience: float = 60.0,
) -> ScriptedRun:
    """Do the same as `run_workflow` in a test that is asynchronous."""
    person = person or ScriptedPerson()
    with tempfile.TemporaryDirectory(prefix="hitl-test-", ignore_cleanup_errors=True) as home:
        environment = _environment(Path(home), folder)
        with closing(Store.open(environment.state_folder)) as store:
            rehearsal = _Rehearsal(
                workflow, request, inputs or {}, person, model, environment, store, approve
            )
            try:
                async with asyncio.timeout(patience):
                    run = await rehearsal.to_the_end()
            except TimeoutError as late:
                raise ScriptError(f"The run did not end within {patience:g} s.") from late
            except Exception as problem:
                if (cause := script_error_in(problem)) is not None:
                    raise cause from None
                raise
    person.check_used()
    if isinstance(model, ScriptedModel):
        model.check_used()
    return run


class _Rehearsal:
    """One run, and its resumption each time that the person stops and their script has more answers."""

    def __init__(
        self,
        workflow: "MadeWorkflow",
        request: str,
        inputs: Mapping[str, Any],
        person: ScriptedPerson,
        model: "FunctionCallingLLM | None",
        environment: Environment,
        store: Store,
        approve: str,
    ) -> None:
        self._choice = chosen_for([parsed(approve)], ()) if approve else ToolChoice()
        self._made = workflow
        self._request = request
        self._inputs = GivenInputs(values=inputs, source="inputs") if inputs else None
        self._person = person
        self._provider = ScriptedProvider(model)
        self._environment = environment
        self._store = store
        self._id = new_session_id()
        self._screen = SilentScreen()

    async def to_the_end(self) -> ScriptedRun:
        """Run the workflow until it ends, or the person stops and has no more answers."""
        status, result = await self._part(is_new=True)
        while status == ExitStatus.UNDECIDED and self._person.has_answers:
            status, result = await self._part(is_new=False)
        return ScriptedRun(
            result,
            tuple(self._person.requests),
            tuple(commands(self._store, CommandFilter(), _MOST_RECORDS)),
            status,
            tuple(self._screen.told),
        )

    async def _part(self, *, is_new: bool) -> tuple[int, Any]:
        """Start or resume the session until the run ends or pauses; return the exit status and the result."""
        reports = self._environment.state_folder / "reports"
        journal = Journal(self._store, self._id, reports, lambda text: text, programs)
        session = self._session(journal, is_new=is_new)
        try:
            with session.current():
                workflow: Any = self._made if _is_workflow(self._made) else self._made()  # type: ignore[operator]
                if inspect.isawaitable(workflow):
                    workflow = await workflow
                loaded = Loaded(workflow, OwnCode(_path_of(self._made)))
                if is_new:
                    await session.prepare(loaded)
                    start = RunStart("the workflow", workflow, self._inputs, None)
                    request = self._request or ("" if start.takes_conversation else None)
                    values = await start.values(request, session.person, self._screen)
                    return await session.run(loaded, values), session.result
                journal.claim()
                status = await session.resume(loaded, load(self._store, self._id))
                return status or ExitStatus.FINISHED, session.result
        except UndecidedError as stopped:
            return stopped.exit_status, None
        finally:
            await session.close()
            journal.release()

    def _session(self, journal: Journal, *, is_new: bool) -> Session:
        variables = self._environment.variables
        folder = self._environment.folder
        shell = _RehearsalShell(
            program=shell_program(variables),
            folder=folder,
            variables=withheld(variables),
            secrets=variables,
            log_folder=self._environment.state_folder / "output",
            person=self._person,
        )
        return Session(
            Settings.load(self._environment),
            self._provider,
            ModelWatch(self._screen),
            self._person,
            self._screen,
            shell,
            Interrupts(),
            lambda request, command, changes: "",
            journal,
            SessionEntry(str(folder), "test", conversation=False) if is_new else None,
            self._choice,
        )


@dataclass
class _RehearsalShell(Shell):
    """The person's shell, in which a command with a scripted result is not started."""

    person: ScriptedPerson | None = None

    def prepare(self) -> None:
        """Start no guardian ahead of time."""

    async def run(self, command: str, request_id: str | None = None) -> CommandResult:
        """Return the scripted result of an approved command, or run it; see `Shell.run`."""
        assert self.person is not None
        assert self.gate is not None
        is_approved = any(each == (request_id, command) for each in self.gate.unused)
        result = self.person.result_of(request_id or "", command) if is_approved else None
        if result is None or self.ledger.outcome(request_id) is not None:
            return await super().run(command, request_id)
        async with self.foreground:
            self.gate.use(request_id, command)
            self.ledger.starting(request_id, command, os.getpid(), os.getpid(), "", None)
            self.ledger.ended(request_id, result, None)
            self.watcher.command_finished(result, request_id)
        return result


def _environment(home: Path, folder: Path | None) -> Environment:
    """Return an environment of which nothing is the person's own, except the programs on their path."""
    home = home.resolve()
    state = home / "state"
    return Environment(
        stdin=None,
        stdout=None,
        stderr=None,
        variables={**_variables(), "HOME": str(home)},
        current_folder=folder or home,
        settings_file=home / "config" / "config.toml",
        state_folder=state,
        cache_folder=home / "cache",
    )


def _variables() -> dict[str, str]:
    """Return the variables of this process, without settings of hitl and of a model."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("HITL_", "OPENAI_", "XDG_"))
    }


def _is_workflow(made: object) -> bool:
    from workflows import Workflow

    return isinstance(made, Workflow)


def _path_of(made: Any) -> ModulePath:
    """Return where the code of the author is, whose failures are reported with their lines."""
    where = made if inspect.isfunction(made) or inspect.isclass(made) else type(made)
    module = sys.modules.get(where.__module__)
    file = getattr(module, "__file__", None)
    folder = Path(file).resolve().parent if file else Path.cwd()
    if "site-packages" in folder.parts:  # an agent of LlamaIndex
        folder = Path.cwd()
    return ModulePath(where.__module__, folder, (str(folder),))
