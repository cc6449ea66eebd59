"""Commands that the person types between two runs; they pass the gate, the shell and the journal as others do."""

import secrets

from hitl_cli.decisions import Decider, Run
from hitl_cli.errors import UndecidedError, UsageError
from hitl_cli.gate import Gate
from hitl_cli.journal.entries import OWN
from hitl_cli.requests import CommandRequest
from hitl_cli.session.command_watch import CommandWatch
from hitl_cli.session.ports import Screen
from hitl_cli.session.recorder import SessionRecorder
from hitl_cli.session.rules import SessionRules
from hitl_cli.shell import CommandResult, PinnedFolder, Shell
from hitl_cli.text.visible import shown_form


class OwnCommands:
    """Runs commands of the person in the shell of a session; call it only while no run is active."""

    def __init__(
        self,
        shell: Shell,
        recorder: SessionRecorder,
        commands: CommandWatch,
        rules: SessionRules,
        screen: Screen,
    ) -> None:
        self._shell = shell
        self._recorder = recorder
        self._commands = commands
        self._rules = rules
        self._screen = screen

    def confirmation(self, command: str) -> str:
        """Return the word that the person must also type to run `command`; empty if none is needed."""
        return self._request(command).confirmation(command)

    async def run(self, command: str, confirmation: str = "") -> CommandResult:
        """Run `command` at once, and return its result.

        Raises:
            UsageError: It must not run: it has control characters, a rule denies it, or it needs a word.
            CommandStartError: It could not be started.
            JournalError: It could not be recorded; it did not run, or its end is not recorded.
        """
        request = self._request(command)
        gate = Gate()
        if refused := gate.open(request):
            raise UsageError(f"{refused.reason} Nothing ran.")
        decision = Run(request.request_id, command, shown_form(command), confirmation=confirmation)
        try:
            gate.decide(decision, Decider.PERSON)
        except UndecidedError as problem:
            raise UsageError(str(problem)) from problem
        place = PinnedFolder(self._shell.folder)
        self._recorder.approve_own(request, decision, place.path)
        self._shell.gate, self._shell.ledger = gate, self._recorder.ledger
        self._commands.begin_run(gate)
        self._commands.expect(request, decision)
        self._shell.note_approval(request.request_id, place)
        try:
            return await self._shell.run(command, request.request_id)
        finally:
            self._screen.quiet()

    def _request(self, command: str) -> CommandRequest:
        return CommandRequest(
            f"{OWN}{secrets.token_hex(4)}",
            command,
            folder=self._shell.folder,
            judge=lambda text: self._rules.verdict(text, self._shell),
        )
