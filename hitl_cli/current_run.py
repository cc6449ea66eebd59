"""The current run, and the functions that a workflow calls without naming it: `default_model()`, `run_command()`, …

A workflow file imports these functions and calls them from anywhere. They use the model and the shell of the active
run, which are in one context variable. The session sets it around loading and running a workflow; asyncio tasks inherit
it. Outside `hitl run`, in a script or under a server, it is unset: the model is then the one
that the settings name, and each command gets a shell of its own.
"""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hitl_cli.environment import Environment
from hitl_cli.models.configured import provider_of
from hitl_cli.models.provider import ModelProvider, NullModelWatcher
from hitl_cli.settings import Settings
from hitl_cli.shell import CommandResult, Shell
from hitl_cli.shell_program import machine

if TYPE_CHECKING:
    from llama_index.core.llms.function_calling import FunctionCallingLLM


@dataclass(frozen=True)
class CurrentRun:
    """What the functions of this module use; without a `shell` or a `provider`, they behave as outside a run.

    `system_prompt` is the person's own, empty if they set none.
    """

    shell: Shell | None = None
    provider: ModelProvider | None = None
    system_prompt: str = ""

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Make this the current run inside the block, and in all tasks that are started there."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)


_current: ContextVar[CurrentRun | None] = ContextVar("hitl_current_run", default=None)


def default_model() -> "FunctionCallingLLM":
    """Return the person's model: the one that their settings name, or the offline catalogue in its place.

    It is a LlamaIndex model for chats, completions and tool calls, so it fits wherever LlamaIndex takes an `llm`.

    Raises:
        UsageError: A setting is invalid.
        ModelError: The settings name a model that cannot be used.
    """
    return _provider().llm()


async def propose_command(prompt: str) -> str:
    """Return the one shell command that the model proposes for `prompt`.

    If it offers several, the person chooses one of them at the question; the text that is returned cannot run.

    Raises:
        NoCommandError: The model answered with prose and no command.
        NoMatchError: No model is set, and the offline catalogue has no good match.
        ModelError: The model cannot be asked, or its answer is unusable.
    """
    provider = _provider()
    alternatives = await provider.propose(prompt)
    if len(alternatives) > 1 or alternatives[0].description:
        provider.watcher.alternatives_found(alternatives)
    return alternatives[0].command


def system_prompt(default: str) -> str:
    """Return the system prompt from the person's settings, or `default` if they set none."""
    run = _current.get()
    if run is None or run.provider is None:
        return Settings.load(Environment.from_process()).system_prompt.value or default
    return run.system_prompt or default


def _provider() -> ModelProvider:
    run = _current.get()
    if run is None or run.provider is None:
        return provider_of(Settings.load(Environment.from_process()), NullModelWatcher())
    return run.provider


def describe_machine() -> str:
    """Return in a few words where a command will run, for a model: `bash on Linux 6.1.0 (x86_64)`."""
    run = _current.get()
    shell = run.shell if run is not None and run.shell is not None else Shell.of_process()
    return machine(shell.program)


async def run_command(command: str, *, request_id: str | None = None) -> CommandResult:
    """Run a shell command to its end, and return how it ended and what it printed.

    `command` and `request_id` are those of the person's response event. Under `hitl run`, the command has the person's
    terminal, its output is shown live, and only exactly what the person approved runs, once. Elsewhere, in a script or
    under a server, it runs without a terminal in the current folder, and any process it leaves behind is ended before
    this returns; inside `CurrentRun(shell=…).entered()`, folder and variables are kept from one command to the next.

    Raises:
        NotApprovedError: Under `hitl run`: the person did not approve this text for this request, or it ran already.
        CommandStartError: The operating system could not start the command.
    """
    run = _current.get()
    if run is not None and run.shell is not None:
        return await run.shell.run(command, request_id)
    shell = Shell.of_process()
    try:
        return await shell.run(command, request_id)
    finally:
        await shell.close()
