"""What the journal costs: each command at most 20 ms in all; `hitl log` over 100,000 commands at most 200 ms.

The database is written by the functions that write every journal, only in larger steps. `hitl log` is timed as a whole
process, in turn with `hitl --version`, which does nothing: their ratio says what the history itself takes.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks._compare import compare, seconds
from hitl_cli.journal.chain import append
from hitl_cli.journal.entries import DecisionEntry, ProposalEntry, SessionEntry
from hitl_cli.journal.journal import Journal, new_session_id
from hitl_cli.journal.projection import RecordKind, project
from hitl_cli.journal.store import Store
from hitl_cli.text.programs import programs

COMMANDS = 100_000
IN_A_SESSION = 50
WRITTEN = 200

_TEXTS = (
    "git status --short",
    "find . -name '*.py' -size +100k | sort",
    "sudo systemctl restart nginx",
    "du -sh * | sort -h",
)
_RESULT = {"exit_status": 0, "duration": 0.5, "ending": "exit 0", "output": "line\n" * 40, "notes": []}
_LOGS = {
    "the last 50": [],
    "all failures of a program": ["--program", "git", "--status", "failed"],
    "a rare program": ["--program", "rare"],
    "a status that nothing has": ["--status", "unknown"],
    "a folder": ["--folder", "/home/me/3"],
    "a time long ago": ["--until", "2020-06-01"],
    "one session": ["--session", "00000005"],
    "as JSON": ["--json"],
}


def main() -> None:
    """Print what writing and reading take."""
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        each = [taken * 1000 for taken in _written(home / "small")]
        print(
            f"a command written down in all (proposed, decided, started, finished): {statistics.median(each):.1f} ms, "
            f"at most {max(each):.1f} ms"
        )
        _fill(home / "hitl")
        os.environ["XDG_STATE_HOME"] = place
        hitl = [sys.executable, "-m", "hitl_cli"]
        for name, options in _LOGS.items():
            log, nothing, ratio = compare([*hitl, "log", *options], [*hitl, "--version"], 9)
            print(
                f"hitl log, {name}: {log * 1000:.0f} ms, hitl --version {nothing * 1000:.0f} ms, ratio {ratio:.2f}"
            )
        print(f"hitl log --verify of all of it: {seconds([*hitl, 'log', '--verify']):.1f} s")


def _written(folder: Path) -> list[float]:
    """Return the seconds that each of some commands took to be written down, each step on the disk."""
    store = Store.open(folder)
    journal = Journal(store, new_session_id(), folder / "reports", lambda text: text, programs)
    journal.open(SessionEntry("/work", "agent", conversation=False))
    journal.begin_run("go", {})
    taken = []
    for number in range(WRITTEN):
        text = f"{_TEXTS[number % len(_TEXTS)]} # {number}"
        started = time.perf_counter()
        request = str(number)
        command = journal.propose(
            [ProposalEntry(request, text, {"command": text})], "/work", {"state": "x" * 4000}
        )[request]
        journal.decide(command, DecisionEntry("run", "person", {"command": text}, text, "0" * 64), "/work")
        journal.start(command, os.getpid(), os.getpid(), "boot", None)
        journal.finish(command, _RESULT, by="hitl", log=None)
        taken.append(time.perf_counter() - started)
    store.close()
    return taken


def _fill(folder: Path) -> None:
    """Write many sessions, over some years."""
    store = Store.open(folder)
    with store.writing() as connection:
        connection.execute("PRAGMA cache_size = -200000")
        for number in range(1, COMMANDS + 1):
            session = f"{(number - 1) // IN_A_SESSION:08}"
            place, text = f"/home/me/{number % 40}", _TEXTS[number % len(_TEXTS)]
            at = 1_500_000_000.0 + number * 3000
            names = list(programs(text)) + (["rare"] if number % 9999 == 0 else [])
            steps: list[tuple[RecordKind, dict[str, object]]] = [
                (
                    RecordKind.PROPOSED,
                    {
                        "command": number,
                        "run": 1,
                        "request": str(number),
                        "proposed": text,
                        "folder": place,
                        "programs": names,
                    },
                ),
                (
                    RecordKind.DECIDED,
                    {"command": number, "decision": "run", "by": "person", "approved": text, "masked": False}
                    | {"shown": "0" * 64, "words": "", "folder": place, "programs": names},
                ),
                (
                    RecordKind.STARTED,
                    {"command": number, "process": 1, "began": at, "boot": "", "guardian": 1, "log": None},
                ),
                (
                    RecordKind.FINISHED,
                    {
                        "command": number,
                        "log": None,
                        "by": "hitl",
                        **_RESULT,
                        "exit_status": int(number % 500 == 0),
                    },
                ),
            ]
            if (number - 1) % IN_A_SESSION == 0:
                opening = {
                    "folder": place,
                    "workflow": "agent",
                    "conversation": True,
                    "flags": {},
                    "versions": {},
                }
                steps = [
                    (RecordKind.SESSION, opening),
                    (RecordKind.RUN, {"run": 1, "prompt": "go", "files": {}}),
                    *steps,
                ]
            if number % IN_A_SESSION == 0:
                steps.append((RecordKind.RUN_ENDED, {"run": 1, "how": "finished", "exit_status": 0}))
            for kind, body in steps:
                project(connection, append(connection, at, session, kind, body))
    store.close()
