"""`hitl` in processes that are killed at one step of the journal, with a person and a model that are a few lines each.

`python -m tests.journal.killed JOB` is `hitl` with the `arguments` of the job, which is JSON; the program knows nothing
of this. The job has the `script` of the model, and the `person`: one of `DECISIONS`, or `nobody`. With a
`step`, the program is killed at the n-th transaction, or `after` its commit, and with `guardians`, after them and their
reports; where `fills` names a disk, that is full from then on instead. In the home of the person, each question is
noted as a line of JSON in `asked`, each history that the model is sent in `sent`, and the names of the modules that
were loaded in `imported`.
"""

import contextlib
import json
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
from llama_index.core.base.llms.types import ToolCallBlock
from llama_index.core.llms import ChatMessage, MessageRole
from llama_index.core.llms.mock import MockFunctionCallingLLM

import hitl_cli.agent
import hitl_cli.commands.run
import hitl_cli.commands.runner
import hitl_cli.memory
import hitl_cli.models.configured
import hitl_cli.models.explanation
import hitl_cli.models.failures
import hitl_cli.persons.at_terminal
import hitl_cli.persons.in_plain_lines
import hitl_cli.session.session  # noqa: F401
from hitl_cli.cli import main
from hitl_cli.commands.adapters import Adapters
from hitl_cli.decisions import Decision, Refuse, Reject, Run, Settlement
from hitl_cli.journal.store import Store
from hitl_cli.models.provider import NullModelWatcher
from hitl_cli.requests import Alternative, CommandRequest, Request, UnknownOutcome
from hitl_cli.text.visible import shown_form

_PATIENCE = 30  # seconds

REJECTED = "echo rejected"
"""A command that begins like this is rejected; every other one is approved."""


class Broken(Exception):
    """The model was sent a history in which a call has not exactly one result."""


def _checked(messages: Sequence[ChatMessage]) -> None:
    """Check that each call has its one result, right behind the message of the call.

    Raises:
        Broken: It has not.
    """
    open_calls: list[str] = []
    for message in messages:
        if message.role == MessageRole.TOOL:
            identity = message.additional_kwargs.get("tool_call_id")
            if identity not in open_calls:
                raise Broken(f"a result without a call: {message}")
            open_calls.remove(identity)
            continue
        if open_calls:
            raise Broken(f"calls without a result: {open_calls}")
        open_calls = [str(block.tool_call_id) for block in message.blocks if isinstance(block, ToolCallBlock)]
    if open_calls:
        raise Broken(f"calls without a result: {open_calls}")


def model(
    script: Sequence[Sequence[str]], seen: Callable[[Sequence[ChatMessage]], None]
) -> MockFunctionCallingLLM:
    """Return a model that answers by the place in the conversation alone, as if it remembered its script.

    Each message after the request calls the tool once for each command of one line of `script`, always under the ids
    `call_0`, `call_1`, …; when the script is at its end it says so. `seen` is called with each history it is sent.
    """

    def reply(messages: Sequence[ChatMessage], **_: Any) -> AsyncGenerator[ChatMessage, None]:
        async def stream() -> AsyncGenerator[ChatMessage, None]:
            seen(messages)
            _checked(messages)
            last = max(at for at, each in enumerate(messages) if each.role == MessageRole.USER)
            spoken = sum(each.role == MessageRole.ASSISTANT for each in messages[last:])
            if spoken == len(script):
                yield ChatMessage(role="assistant", content="done")
                return
            yield ChatMessage(
                role="assistant",
                blocks=[
                    ToolCallBlock(
                        tool_call_id=f"call_{number}",
                        tool_name="cli_executor",
                        tool_kwargs={"command": command},
                    )
                    for number, command in enumerate(script[spoken])
                ],
            )

        return stream()

    return MockFunctionCallingLLM(response_generator=reply, is_chat_model=True)


class ScriptedProvider:
    """A provider of the `model`; it proposes the first command of the script."""

    def __init__(
        self, script: Sequence[Sequence[str]], seen: Callable[[Sequence[ChatMessage]], None]
    ) -> None:
        self.watcher = NullModelWatcher()
        self._script = script
        self._seen = seen

    def llm(self, *, quiet: bool = False) -> MockFunctionCallingLLM:
        """Return the model."""
        return model(self._script, self._seen)

    async def propose(self, prompt: str) -> Sequence[Alternative]:
        """Return the one proposal."""
        return [Alternative(self._script[0][0], "", "script")]


def run(request: CommandRequest, command: str) -> Run:
    """Return the decision to run `command`, having seen it."""
    return Run(request.request_id, command, shown_form(command))


DECISIONS: dict[str, Callable[[Sequence[CommandRequest]], Decision]] = {
    "approves": lambda asked: run(asked[-1], asked[-1].command),
    "rejects": lambda asked: Reject(asked[-1].request_id, "no"),
    "saw another text": lambda asked: replace(
        run(asked[-1], asked[-1].command), shown=asked[-1].command + " "
    ),
    "saw nothing": lambda asked: replace(run(asked[-1], asked[-1].command), shown=""),
    "adds a control character": lambda asked: run(asked[-1], asked[-1].command + "\r"),
    "adds broken text": lambda asked: run(asked[-1], asked[-1].command + "\udcff"),
    "leaves nothing": lambda asked: run(asked[-1], " "),
    "answers another request": lambda asked: replace(
        run(asked[-1], asked[-1].command), request_id="of nobody"
    ),
    "decides the first request again": lambda asked: run(asked[0], asked[0].command),
    "refuses as the program does": lambda asked: Refuse(asked[-1].request_id, "I am hitl"),
}
"""What a person decides on the last of the requests that they were asked about; some try to run what they may not."""


class ScriptedPerson:
    """Rejects what is to be rejected, decides on the rest as one of `DECISIONS`, and tells the truth about losses."""

    is_present = True

    def __init__(self, home: Path, folder: Path, decides: str) -> None:
        self._home = home
        self._folder = folder
        self._decides = DECISIONS[decides]
        self._asked: list[CommandRequest] = []

    async def decide(
        self,
        request: Request,
        position: int,
        total: int,
        on_edit: Callable[[str], None],
    ) -> Decision:
        """Return the decision."""
        assert isinstance(request, CommandRequest)
        self._note("decide", request.request_id, request.command, request.note)
        self._asked.append(request)
        if request.command.startswith(REJECTED):
            return Reject(request.request_id, "no")
        return self._decides(self._asked)

    async def settle(self, lost: UnknownOutcome) -> Settlement:
        """Say whether it ran, as its effect tells; what did not is to be asked about again."""
        self._note("settle", str(lost.number), lost.command, "")
        ran = process_of(self._home, lost.number) in effects(self._folder).values()
        return Settlement.RAN if ran else Settlement.AGAIN

    async def agrees(self, warning: str) -> bool:
        """Go on."""
        self._note("agree", "", warning, "")
        return True

    def _note(self, *what: str) -> None:
        _append(self._home / "asked", json.dumps(what))


def effects(folder: Path) -> dict[int, int]:
    """Return the numbers of the processes that had an effect in `folder`, by the place of the effect."""
    with contextlib.suppress(FileNotFoundError):
        return {
            at: int(line.split()[1]) for at, line in enumerate((folder / "effects").read_text().splitlines())
        }
    return {}


def process_of(home: Path, command: int) -> int | None:
    """Return the process id of the last start of a command that the journal has, None if it has none."""
    (journal,) = home.rglob("journal.db")
    with contextlib.closing(sqlite3.connect(journal)) as connection:
        bodies = [
            json.loads(body)
            for (body,) in connection.execute("SELECT body FROM records WHERE kind = 'started'")
        ]
    processes = [int(body["process"]) for body in bodies if body["command"] == command]
    return processes[-1] if processes else None


def _append(file: Path, line: str) -> None:
    with open(file, "a") as written:
        written.write(line + "\n")


def _killed_at(step: int, *, after: bool, guardians: bool) -> type[Store]:
    """Return a store that kills this process at the n-th transaction, before or after its commit."""

    def die() -> None:
        if guardians:
            children = psutil.Process().children(recursive=True)
            for kill in (psutil.Process.suspend, psutil.Process.kill):
                for child in children:
                    with contextlib.suppress(psutil.NoSuchProcess):  # a guardian may just be going
                        kill(child)
            for report in Path(os.environ["HOME"]).rglob("reports/*"):
                report.unlink()
        os.kill(os.getpid(), signal.SIGKILL)

    return _store_that(step, None if after else die, die)


def _filled_at(step: int, disk: Path) -> type[Store]:
    """Return a store that leaves no room on `disk` from the n-th transaction on."""

    def fill() -> None:
        with contextlib.suppress(OSError), open(disk / "full", "ab", buffering=0) as file:
            while True:
                file.write(b"." * 512)

    return _store_that(step, fill, None)


def _store_that(
    step: int, before: Callable[[], None] | None, after: Callable[[], None] | None
) -> type[Store]:
    """Return a store that calls these before and after the commit of the n-th transaction."""
    count = 0

    class Interrupted(Store):
        @contextlib.contextmanager
        def writing(self) -> Iterator[sqlite3.Connection]:
            nonlocal count
            count += 1
            mine = count
            with super().writing() as connection:
                yield connection
                if mine == step and before:
                    before()
            if mine == step and after:
                after()

    return Interrupted


def _run(job: dict[str, Any]) -> int:
    signal.alarm(_PATIENCE)  # one that waits for ever is no answer
    folder, home = Path.cwd(), Path.home()
    store = Store
    if job["step"] and job["fills"]:
        store = _filled_at(job["step"], Path(job["fills"]))
    elif job["step"]:
        store = _killed_at(job["step"], after=job["after"], guardians=job["guardians"])

    def seen(messages: Sequence[ChatMessage]) -> None:
        _append(
            home / "sent",
            json.dumps([[str(each.role.value), each.content or ""] for each in messages]),
        )

    adapters = Adapters(
        person=None if job["person"] == "nobody" else ScriptedPerson(home, folder, job["person"]),
        provider=lambda settings, watcher: ScriptedProvider(job["script"], seen),
        store=store,
    )
    known = set(sys.modules)
    status = main(job["arguments"], adapters)
    (home / "imported").write_text("\n".join(sorted(set(sys.modules) - known)))
    return status


if __name__ == "__main__":
    ended = _run(json.loads(sys.argv[1]))
    sys.stdout.flush()
    os._exit(ended)  # there are hundreds of them, and taking the interpreter down is half of their time
