"""What a command leaves to the next one, as the person sees it: functions end with it, variables are named."""

import json
import re
import signal
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.conftest import Hitl
from tests.model_server import Calls, ModelServer, Text
from tests.own_workflows import ASKS
from tests.terminal import Person

At = Callable[..., Person]

ENTER, CTRL_D = "\r", "\x04"


def plain(text: str) -> str:
    """Return `text` in one line, without the frame of a panel or the margin of what a workflow says."""
    return re.sub(r"[\s│▌]+", " ", text)


def program(file: Path, output: str) -> None:
    """Put a program there that prints `output`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\necho {output}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def test_a_function_does_not_change_what_the_next_command_means(
    person: At, model: ModelServer, folder: Path
) -> None:
    """An exported function ends with its command, as a loader variable does, and a note says so."""
    program(folder.parent / "bin" / "tool", "the real one")
    path = f"{folder.parent / 'bin'}:/usr/bin:/bin"
    model.reply(
        Calls.of(
            "tool() { echo FUNCTION; }; export -f tool; export LD_AUDIT=/none.so; tool; mkdir sub; cd sub; "
            "for n in command printf env pwd builtin unset exec export trap exit set; do "
            'eval "$n() { /usr/bin/touch ../reached; }"; done'
        ),
        Calls.of('tool; echo "[$LD_AUDIT] $PWD"'),
        Text("Done."),
    )
    at = person("run", "agent", "go", env={"PATH": path})
    at.approves("tool()")
    screen = plain(at.sees("tool; echo"))
    assert "never are): LD_AUDIT, the function tool" in screen
    assert "changed" not in screen
    at.type(ENTER)
    assert at.leaves() == 0
    assert f"the real one\n[] {folder}/sub\n" in at.screen
    assert not (folder / "reached").exists(), "the hook ran a function of the command"
    assert at.everything.count("FUNCTION\n") == 1
    assert "never are): LD_AUDIT, the function tool" in str(model.tool_results(1))


def test_a_changed_variable_is_named(person: At, model: ModelServer, folder: Path, hitl: Hitl) -> None:
    """Once in the next question, with both values; at resume again, and in the journal. Nothing in it can deceive."""
    model.reply(
        Calls.of('export PATH="$PWD/evil:$PATH" GIT_SSH_COMMAND="ssh $(printf \'\\33[2J\')" HARMLESS=1'),
        Calls.of("echo second"),
        Calls.of("echo third"),
    )
    at = person("run", "agent", "go", env={"PATH": "/usr/bin:/bin"}, columns=120)
    at.approves("export PATH")
    screen = plain(at.sees("echo second"))
    assert f"changed PATH: /usr/bin:/bin → {folder}/evil:/usr/bin:/bin (by command 1)" in screen
    assert "changed GIT_SSH_COMMAND: not set → 'ssh ⟦U+001B⟧[2J' (by command 1)" in screen
    assert "HARMLESS" not in screen.partition("(by command 1)")[2]
    at.type(ENTER)
    at.sees("echo third")
    assert "changed" not in at.screen[at.screen.rindex("Run this command?") :]
    at.signal(signal.SIGKILL)
    at.leaves()

    at = person("resume", env={"PATH": "/usr/bin:/bin"}, columns=120)
    screen = plain(at.sees("echo third"))
    assert f"Changed by earlier commands: PATH: /usr/bin:/bin → {folder}/evil:/usr/bin:/bin" in screen
    assert "Also set by earlier commands: HARMLESS" in screen
    assert "changed GIT_SSH_COMMAND: not set → 'ssh ⟦U+001B⟧[2J' (earlier in this session)" in screen
    at.type(CTRL_D)
    at.leaves()

    shown = plain(hitl("show", "1").stdout)
    assert f"changed PATH: /usr/bin:/bin → {folder}/evil:/usr/bin:/bin" in shown
    assert "changed GIT_SSH_COMMAND: not set → 'ssh ⟦U+001B⟧[2J'" in shown


def test_a_stored_session_brings_back_no_code(person: At, model: ModelServer, folder: Path) -> None:
    """Functions and loader variables that stand in the journal, as earlier versions kept them, are not restored."""
    model.reply(Calls.of("export OTHER=1"), Calls.of('git --version; echo "[$LD_AUDIT]"'), Text("Done."))
    at = person("run", "agent", "go")
    at.approves("export OTHER")
    at.sees("git --version")
    at.signal(signal.SIGKILL)
    at.leaves()
    (journal,) = folder.parent.rglob("journal.db")
    with closing(sqlite3.connect(journal)) as connection, connection:
        stored = json.loads(connection.execute("SELECT variables FROM shells").fetchone()[0])
        stored["changed"] |= {"BASH_FUNC_git%%": "() { echo EVIL; }", "LD_AUDIT": "/none.so"}
        connection.execute("UPDATE shells SET variables = ?", (json.dumps(stored),))

    at = person("resume")
    screen = plain(at.sees("git --version"))
    assert "functions and loader variables (BASH_FUNC_git%%, LD_AUDIT)" in screen
    at.type(ENTER)
    assert at.leaves() == 0
    assert "git version" in at.screen
    assert "\n[]\n" in at.screen
    assert "EVIL" not in at.screen


def test_a_changed_variable_is_named_in_plain_lines(person: At, model: ModelServer) -> None:
    """The same in plain lines, and with secrets masked."""
    secret = "correct-horse-battery"
    model.reply(
        Calls.of(f"export GIT_TOKEN={secret} GIT_CONFIG_PARAMETERS='x.y={secret}'"),
        Calls.of("echo second"),
    )
    at = person("run", "--plain", "agent", "go", columns=120)
    at.sees("To run it, type [0-9]+")
    at.type(re.search(r"To run it, type ([0-9]+)", at.screen)[1] + ENTER)  # type: ignore[index]
    at.sees("Question 1 of 1(?s:.*)Question 1 of 1(?s:.*)echo second")
    question = at.everything.rpartition("Question 1 of 1")[2]
    assert "changed GIT_CONFIG_PARAMETERS: not set → 'x.y=[GIT_TOKEN: masked]' (by command 1)" in question
    assert "changed GIT_TOKEN: not set → '[masked]' (by command 1)" in question
    assert secret not in question


def test_many_changes_leave_room_for_the_command(person: At, model: ModelServer) -> None:
    """On a small screen one line names what was changed, what matters most first."""
    model.reply(
        Calls.of("for n in $(seq 30); do export GIT_$n=$n; done; export PATH=/mine:$PATH"),
        Calls.of("echo second"),
    )
    at = person("run", "agent", "go", env={"PATH": "/usr/bin:/bin"}, lines=10)
    at.approves("for n in")
    at.sees("echo second", "changed by earlier commands: PATH, GIT_1, GIT_10, ")


BOTH = (
    ASKS
    + """
DECIDED = []

class Both(Workflow):
    @step
    async def propose(self, ctx: Context, ev: StartEvent) -> Question:
        ctx.write_event_to_stream(Question(data=Command(command="export PATH=/other:$PATH; echo changed > first")))
        return Question(data=Command(command="echo ran > second"))

    @step
    async def carry_out(self, ctx: Context, ev: Decision) -> StopEvent | None:
        DECIDED.append(ev)
        while len(DECIDED) < 2 or (ev.command == "echo ran > second" and not Path("first").exists()):
            await asyncio.sleep(0.02)
        try:
            await run_command(ev.command, request_id=ev.request_id)
        except Exception as problem:
            return StopEvent(result=str(problem))

workflow = Both(timeout=None)
"""
)


def test_nothing_runs_with_a_change_that_came_after_its_approval(person: At, folder: Path) -> None:
    """A workflow that runs two commands after both were approved: the second does not get the PATH of the first."""
    (folder / "both.py").write_text(BOTH)
    at = person("run", "./both.py", "x")
    at.approves("export PATH")
    at.approves("echo ran > second")
    at.leaves()
    assert (folder / "first").exists()
    assert not (folder / "second").exists()
    said = plain(at.everything)
    assert (
        "Another command changed PATH after this one was approved. Nothing ran. Ask for the command again."
        in said
    )
