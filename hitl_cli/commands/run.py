"""`hitl run`: one request, or a conversation."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from hitl_cli.commands.adapters import Adapters
from hitl_cli.commands.early_start import early_request
from hitl_cli.commands.file_permissions import make_settings_private, open_journal
from hitl_cli.commands.preparation import (
    choice_of,
    journal_of,
    quieten_libraries,
    use_own_temporary_folder,
    versions,
)
from hitl_cli.commands.request_input import STANDARD_INPUT, read_request, read_start_fields
from hitl_cli.commands.rules_of_run import RulesOfRun
from hitl_cli.environment import Environment
from hitl_cli.journal.entries import SessionEntry
from hitl_cli.loading.references import Reference
from hitl_cli.report import report
from hitl_cli.settings import Settings
from hitl_cli.shell.guardian.processes import forbid_inspection
from hitl_cli.waiting import in_thread

if TYPE_CHECKING:
    from hitl_cli.commands.runner import Runner
    from hitl_cli.models.early_request import EarlyRequest


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
    choice = choice_of(settings, reference)
    # A session is resumed with the same.
    policy = settings.policy.value if flags.get("policy") else None
    flags = {**flags, "approve": ",".join(choice.patterns) or None, "policy": str(policy) if policy else None}
    store = open_journal(environment, adapters.store)
    quieten_libraries(environment)
    use_own_temporary_folder(environment)
    rules = RulesOfRun(environment, settings)

    def runner(early: "EarlyRequest | None") -> "Runner":
        from hitl_cli.commands.runner import Runner
        from hitl_cli.journal.journal import new_session_id

        def opening() -> SessionEntry:
            return SessionEntry(
                folder=str(environment.folder),
                workflow=reference.absolute,
                conversation=request is None,
                # `plain` is not stored: it depends on the terminal where the session is resumed.
                flags={
                    name: str(value) for name, value in flags.items() if value is not None and name != "plain"
                },
                versions=versions(),
            )

        journal = journal_of(environment, store, new_session_id())
        return Runner(
            environment,
            settings,
            reference,
            journal,
            opening,
            adapters,
            choice,
            rules,
            inputs=given,
            early=early,
        )

    with contextlib.closing(store):
        early = None
        if request is not None and not given:
            early = early_request(environment, settings, reference, request, adapters, rules)
        return asyncio.run(_run(request, early, runner))


async def _run(
    request: str | None, early: "EarlyRequest | None", runner: "Callable[[EarlyRequest | None], Runner]"
) -> int:
    """Run `request`; what the `runner` needs is imported while the `early` request is on its way."""
    if early is None:
        return await runner(None).run(request)
    try:
        await early.begin()
        running = await in_thread(partial(runner, early))
    except BaseException:
        if unused := await early.close():
            report(unused)
        raise
    return await running.run(request)
