"""How the runs of one workflow start: with the request, the start fields of the command line, and those of a form."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hitl_cli.decisions import Respond
from hitl_cli.errors import UndecidedError, UsageError
from hitl_cli.session.stored_values import started_with
from hitl_cli.starting.fields import start_fields
from hitl_cli.starting.inputs import GivenInputs
from hitl_cli.starting.values import Start, StartValues, told

if TYPE_CHECKING:
    from workflows import Workflow

    from hitl_cli.journal.stored_session import PausedRun
    from hitl_cli.session.ports import Person, Screen


class RunStart:
    """Finds the values with which each run of a workflow starts; those of one run are kept for the next one."""

    def __init__(
        self, reference: str, workflow: "Workflow", inputs: GivenInputs | None, paused: "PausedRun | None"
    ) -> None:
        """Take the `reference` as the person wrote it, and the `paused` run of a session that is resumed."""
        self._start = Start(reference, start_fields(workflow), inputs or GivenInputs())
        if paused is not None:
            self._start = self._start.keeping(started_with(paused))

    @property
    def takes_conversation(self) -> bool:
        """Whether the workflow takes one request after another."""
        return self._start.takes_conversation

    async def values(self, request: str | None, person: "Person | None", screen: "Screen") -> StartValues:
        """Return what a run on `request` starts with; `person` is asked for required fields that are missing.

        Raises:
            UsageError: A value is invalid, or one is missing and there is nobody to ask.
            UndecidedError: The person did not fill in the form.
        """
        values = await self._values(request, person, screen)
        self._start = self._start.keeping(values)
        return values

    async def _values(self, request: str | None, person: "Person | None", screen: "Screen") -> StartValues:
        start = self._start
        given = start.given(request)
        if request is not None and (note := start.note_on_request):
            screen.tell(note)
        if not start.missing(given):
            if request is None and start.needs_request:
                raise no_request(start.workflow)
            return start.complete(given, request)
        if person is None:
            raise start.missing_error(given)
        return await self._filled_in(given, request, person, screen)

    async def again(self, started: StartValues, person: "Person", screen: "Screen") -> StartValues:
        """Return what a run starts with that starts again; `person` is asked for secrets, which were not stored.

        Raises:
            UndecidedError: The person did not fill in the form.
        """
        if not self._start.missing(started.values):
            return started
        return await self._filled_in(started.values, started.prompt, person, screen)

    async def _filled_in(
        self, given: Mapping[str, Any], request: str | None, person: "Person", screen: "Screen"
    ) -> StartValues:
        screen.quiet()
        reply = await person.decide(self._start.form(given), 1, 1, lambda draft: None)
        if not isinstance(reply, Respond):
            raise UndecidedError("You did not fill in what the workflow needs to start, so nothing ran.")
        values = self._start.complete({**given, **reply.values}, request)
        screen.tell(f"Started with {told(reply) or 'empty fields'}")
        return values


def no_request(workflow: str) -> UsageError:
    """Return the error for a run of `workflow` without a request, and without a person for a conversation."""
    return UsageError(
        "There is no request, and no terminal for a conversation; nothing ran. "
        f'Add a request: hitl run {workflow} "show the largest files"'
    )
