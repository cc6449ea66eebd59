"""Commands that a fence stopped: a person is asked at once whether each runs again without it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from pydantic import TypeAdapter

from hitl_cli.decisions import Answer, Decision, Refuse, Reject, Run
from hitl_cli.requests import CommandRequest, HeldRun
from hitl_cli.session.progress import Held
from hitl_cli.shell import CommandResult
from hitl_cli.shell.fence import Fence

_STORED = "held"
_NOBODY = "nobody is there to decide whether it runs without the fence"


class HeldCommands:
    """The commands of one run that a fence stopped, and the questions about them (`HeldRuns` of the shell).

    `on_question` is called with each question; the answer comes with `answer`. Without a person, there is no question.
    `number_of` returns the number of a request in the journal.
    """

    def __init__(
        self, on_question: Callable[[Held], None], number_of: Callable[[str], int], *, has_person: bool
    ) -> None:
        self._on_question = on_question
        self._number_of = number_of
        self._has_person = has_person
        self._fenced: dict[str, tuple[CommandRequest, Fence]] = {}
        self._recovered: dict[str, tuple[CommandRequest, Decision | None]] = {}
        self._open: dict[str, asyncio.Future[Decision]] = {}

    def begin_run(self) -> None:
        """Forget the run before; requests of the new one may have the same ids."""
        self._fenced.clear()
        self._recovered.clear()
        self._open.clear()

    def expect(self, request: CommandRequest, fence: Fence) -> None:
        """Note that the command of `request` is about to run behind `fence`."""
        self._fenced[request.request_id] = (request, fence)

    def restore(self, recovered: Mapping[str, tuple[CommandRequest, Decision | None]]) -> None:
        """Restore the questions of a run that is resumed, by the requests that the commands first ran for.

        The decision is None for a question that is still to be asked.
        """
        self._recovered.update(recovered)

    def answer(self, decision: Decision) -> None:
        """Pass `decision` on to the step that waits for it, if it still does."""
        waiting = self._open.pop(decision.request_id, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(decision)

    async def settled(
        self, held: CommandResult, request_id: str, run: Callable[[str, str], Awaitable[CommandResult]]
    ) -> CommandResult:
        """Return the result for the workflow; see `HeldRuns`."""
        request, decision = self._recovered.pop(request_id, (None, None))
        if decision is None:
            if not self._has_person:
                return _with_note(held, _NOBODY)
            decision = await self._asked(held, request_id, request)
        match decision:
            case Run(request_id=again, command=text, comment=comment):
                said = f"; the person says about it: {comment}" if comment else ""
                note = f"a fence stopped a first run of it, and the person let it run without one{said}"
                return _with_note(await run(text, again), note)
            case Refuse(reason=reason):
                return _with_note(held, f"it was not run without the fence: {reason}")
            case Reject(reason=words) | Answer(text=words):
                said = f": {words}" if words else ""
                return _with_note(held, f"the person did not want it to run without the fence{said}")
        raise ValueError(f"{type(decision).__name__} is no decision on a command")

    async def _asked(self, held: CommandResult, request_id: str, recorded: CommandRequest | None) -> Decision:
        request = recorded or self._request(held, request_id)
        waiting: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        self._open[request.request_id] = waiting
        self._on_question(Held(request, is_recorded=recorded is not None))
        return await waiting

    def _request(self, held: CommandResult, request_id: str) -> CommandRequest:
        first, fence = self._fenced.get(request_id, (None, None))
        run = HeldRun(
            request_id,
            self._number_of(request_id),
            held.held,
            tuple(map(str, fence.writes)) if fence else (),
            is_above=first is not None,
        )
        purpose = first.purpose if first else ""
        return CommandRequest(f"{request_id}/unfenced", held.command, purpose=purpose, held=run)


def stored(request: CommandRequest) -> dict[str, Any]:
    """Return a question about a held command as JSON; the engine has no event for it."""
    assert request.held is not None
    data = {"command": request.command, "purpose": request.purpose}
    return {_STORED: asdict(request.held), "event": {"data": data}}


def held_run_of(stored: Mapping[str, Any]) -> HeldRun | None:
    """Return the held run of a request that `stored` serialized; None for any other request.

    Raises:
        ValueError: It is invalid.
    """
    if _STORED not in stored:
        return None
    run: HeldRun = TypeAdapter(HeldRun).validate_python(stored[_STORED])
    return replace(run, is_above=False)


def _with_note(result: CommandResult, note: str) -> CommandResult:
    return replace(result, notes=(*result.notes, note))
