"""Whatever a command printed, the next question is drawn on a terminal in order, and can be answered."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.model_server import Calls, ModelServer, Text
from tests.shell.emulated import EmulatedTerminal
from tests.terminal import Person

At = Callable[..., Person]

PRINTED = [
    b"\x1b[?1049h\x1b[?25l\x1b[?1003;1006;1004h\x1b[?9001h\x1b[4h\x1b[20h\x1b[5;10r\x1b[?6h\x1b[31m\x1b[=8;1u\x1b=\x1b[?100",
    b"\x1b%@\x1b(0\x0e\x1b~\x1b*0\x1b G\x1b[2h\x1b]11;red\x07\x1b]22;hand2\x07\x1b[3g\x1b[5 q\x1b[?0000002026h\x1b[?2l",
    b"\x1b]0;" + b"never ended " * 1000,
]


def state_after(data: bytes) -> dict[str, Any]:
    """Return the state of a terminal that was sent `data`."""
    terminal = EmulatedTerminal()
    terminal.feed(data)
    return terminal.settled


def test_every_question_is_answered(person: At, model: ModelServer, folder: Path) -> None:
    """After each of these outputs Enter still runs what is shown, and in the end the terminal is as at first."""
    for number, data in enumerate(PRINTED):
        (folder / f"printed{number}").write_bytes(data)
    commands = [f"cat printed{number}" for number in range(len(PRINTED))]
    model.reply(*[Calls((command,)) for command in [*commands, "touch made"]], Text("all done"))
    at = person("run", "agent", "x")
    states = []
    for number, command in enumerate([*commands, "touch made"], 1):
        at.sees(rf"^.*\$ {command}", "all keys")
        states.append(state_after(at.raw))
        assert states[-1] == states[0]
        at.type("\r")
        at.waits(lambda: at.raw.count(b"exit 0") == number, "to see how it ended")  # noqa: B023
    at.sees("all done")
    assert at.leaves() == 0
    assert (folder / "made").exists()
    assert state_after(at.raw) == state_after(b"")
