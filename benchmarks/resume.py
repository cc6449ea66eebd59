"""From the start of `hitl resume` to the question on the screen, for a session of 1,000 commands and one of 10.

Beyond the engine's own start, the long one takes at most 1.5 times as long.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks._compare import seconds
from hitl_cli.journal.entries import DecisionEntry, ProposalEntry, SessionEntry
from hitl_cli.journal.journal import Journal
from hitl_cli.journal.store import Store
from tests.model_server import Calls, serving
from tests.terminal import Person

_RUNS = 7
_ENGINE = [sys.executable, "-c", "import llama_index.core.agent.workflow, llama_index.llms.openai"]
_QUESTION = r"\$ echo waiting"


def main() -> None:
    """Print the times, and their ratio."""
    with tempfile.TemporaryDirectory() as top, serving() as model:
        short, long = (
            _Sessions(Path(top) / "short", model.url, 10),
            _Sessions(Path(top) / "long", model.url, 1000),
        )
        for each in (short, long):
            model.reply(Calls.of("echo waiting"))
            each.pause()
        rows = [(short.resumed(), long.resumed(), seconds(_ENGINE)) for _ in range(_RUNS)]
    ten, thousand, engine = (statistics.median(column) for column in zip(*rows, strict=True))
    ratio = statistics.median((b - e) / (a - e) for a, b, e in rows)
    print(
        f"resume to question: 10 commands {ten * 1000:.0f} ms, 1,000 commands {thousand * 1000:.0f} ms, "
        f"the engine's imports alone {engine * 1000:.0f} ms; beyond those {ratio:.2f} times as long"
    )


class _Sessions:
    """A home with one session in it."""

    def __init__(self, home: Path, url: str, commands: int) -> None:
        self._home = home
        home.mkdir()
        self._variables = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "OPENAI_BASE_URL": url,
            "OPENAI_API_KEY": "none",
            "HITL_MODEL": "scripted",
        }
        store = Store.open(home / ".local" / "state" / "hitl")
        journal = Journal(store, "0badcafe", home / "reports", lambda text: text, lambda text: ())
        journal.open(SessionEntry(str(home), "agent", conversation=True))
        for number in range(commands):
            _turn(journal, number, str(home))
        journal.release()
        store.close()

    def pause(self) -> None:
        """Have the model ask for a command, and pull the plug at the question."""
        person = self._person()
        try:
            person.sees("^>")
            person.type("one more\r")
            person.sees(_QUESTION)
        finally:
            person.close()

    def resumed(self) -> float:
        """Return the seconds from the start to the question."""
        started = time.perf_counter()
        person = self._person()
        try:
            person.sees(_QUESTION)
            return time.perf_counter() - started
        finally:
            person.close()

    def _person(self) -> Person:
        return Person([sys.executable, "-m", "hitl_cli", "resume"], self._variables, self._home, cold=True)


def _turn(journal: Journal, number: int, folder: str) -> None:
    """Write down one turn of a conversation, with one command in it."""
    command, call = f"grep -r 'word {number}' .", f"call_{number}"
    result = {"exit_status": 0, "duration": 0.1, "ending": "exit 0", "output": "a line\n" * 100, "notes": []}
    journal.begin_run(f"find word {number}", {})
    numbers = journal.propose([ProposalEntry(call, command, {})], folder, None)
    journal.decide(numbers[call], DecisionEntry("run", "person", {}, command, "0" * 64), folder)
    journal.start(numbers[call], os.getpid(), os.getpid(), "", None)
    journal.finish(numbers[call], result, by="program", log=None)
    arguments = {"block_type": "tool_call", "tool_call_id": call, "tool_name": "cli_executor"}
    messages: list[dict[str, Any]] = [
        {"role": "user", "blocks": [{"block_type": "text", "text": f"find word {number}"}]},
        {"role": "assistant", "blocks": [{**arguments, "tool_kwargs": {"command": command}}]},
        {
            "role": "tool",
            "additional_kwargs": {"tool_call_id": call},
            "blocks": [{"block_type": "text", "text": result["output"]}],
        },
        {"role": "assistant", "blocks": [{"block_type": "text", "text": "It is there."}]},
    ]
    journal.end_run("finished", 0, messages)
