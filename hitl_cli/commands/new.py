"""`hitl new`: a minimal workflow with its test, to begin from."""

import contextlib
import importlib.util
import keyword
import re
import shlex
from pathlib import Path
from typing import NamedTuple

from hitl_cli import system
from hitl_cli.errors import OutputError, UsageError
from hitl_cli.installing import python_command

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")

_WORKFLOW = '''\
"""@TITLE@: proposes one command to a person, and runs it if they approve.

Run it with: hitl run ./@MODULE@.py "hello"
"""

import shlex

from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

from hitl_cli import CommandData, CommandInputEvent, CommandResponseEvent, run_command


class @CLASS@(Workflow):
    """Two steps: the first asks, the second takes the answer."""

    @step
    async def propose(self, ev: StartEvent) -> CommandInputEvent:
        """Ask the person whether a command may run."""
        return CommandInputEvent(data=CommandData(command=f"echo {shlex.quote(ev.user_msg)}"))

    @step
    async def decide(self, ev: CommandResponseEvent) -> StopEvent:
        """Run exactly what the person approved."""
        if not ev.execute:
            return StopEvent(result=ev.outcome_for_model())
        return StopEvent(result=await run_command(ev.command, request_id=ev.request_id))


def create_workflow() -> @CLASS@:
    """Return the workflow; `hitl run` calls this. A person may take longer than any time limit."""
    return @CLASS@(timeout=None)
'''

_TEST = '''\
"""Tests of @MODULE@.py: what it asks, and what it does with each answer.

Run them with: python -m unittest test_@MODULE@ (or pytest)
"""

import unittest

from @MODULE@ import create_workflow
from hitl_cli.testing import ScriptedPerson, run_workflow


class @CLASS@Test(unittest.TestCase):
    """A scripted person answers in the place of the one at the terminal."""

    def test_what_was_approved_runs(self) -> None:
        """The command is asked about; here it is not started, and its output is scripted."""
        person = ScriptedPerson().runs("echo hello", printing="hello\\n")
        run = run_workflow(create_workflow, "hello", person=person)
        self.assertEqual(run.result.output, "hello\\n")

    def test_what_was_edited_runs(self) -> None:
        """The person may change the command; this one runs for real, in a temporary folder."""
        person = ScriptedPerson().runs(edited="echo changed", for_real=True)
        run = run_workflow(create_workflow, "hello", person=person)
        self.assertEqual((run.result.exit_status, run.result.output), (0, "changed\\n"))

    def test_what_was_rejected_does_not_run(self) -> None:
        """The result says so."""
        run = run_workflow(create_workflow, "hello", person=ScriptedPerson().rejects(reason="not now"))
        self.assertIn("not now", run.result)


if __name__ == "__main__":
    unittest.main()
'''


class Made(NamedTuple):
    """What was written, and the commands that run and test it."""

    files: tuple[str, str]
    run: str
    test: str


def make(name: str, folder: Path) -> Made:
    """Write a workflow called `name`, and its test, into `folder`; no file is overwritten.

    Raises:
        UsageError: The name cannot be that of a module, or one of the files exists.
        OutputError: A file cannot be written.
    """
    module = name.replace("-", "_")
    if not _NAME.fullmatch(name) or keyword.iskeyword(module):
        raise UsageError(
            f"{name!r} cannot be the name of a workflow; nothing was written. "
            "Use letters, digits, - and _, and begin with a letter."
        )
    if importlib.util.find_spec(module) is not None:
        raise UsageError(
            f"{module} is the name of an installed module, which the file would not shadow; nothing was written. "
            "Choose another name."
        )
    words = [word for word in re.split("[_-]", name) if word]
    values = {
        "MODULE": module,
        "CLASS": "".join(word[0].upper() + word[1:] for word in words) + "Workflow",
        "TITLE": " ".join(words).capitalize(),
    }
    files = {f"{module}.py": _WORKFLOW, f"test_{module}.py": _TEST}
    written: list[Path] = []
    try:
        for file, text in files.items():
            with (folder / file).open("x", encoding="utf-8") as new:
                written.append(folder / file)
                new.write(re.sub("@([A-Z]+)@", lambda found: values[found[1]], text))
    except OSError as problem:
        for path in written:
            with contextlib.suppress(OSError):
                path.unlink()
        if isinstance(problem, FileExistsError):
            raise UsageError(f"{file} exists; nothing was written. Choose another name.") from problem
        raise OutputError(
            f"{file} cannot be written: {system.reason(problem)} Nothing was written."
        ) from problem
    first, second = files
    return Made(
        (first, second),
        f"hitl run ./{shlex.quote(first)} hello",
        f"{python_command()} -m unittest test_{module}",
    )
