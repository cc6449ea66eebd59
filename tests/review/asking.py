"""Asks about the commands of a file, one after the other, and writes the decisions to another: the review by itself.

`python -m tests.review.asking COMMANDS DECISIONS`, both JSON; settings come from the environment and the settings file.
"""

import asyncio
import dataclasses
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from hitl_cli.environment import Environment
from hitl_cli.errors import HitlError
from hitl_cli.interrupts import Interrupts
from hitl_cli.persons.at_terminal import PersonAtTerminal
from hitl_cli.persons.in_plain_lines import PlainPerson
from hitl_cli.persons.plain_lines import PlainLines
from hitl_cli.policy.judge import Policy, Surroundings, Verdict, judge
from hitl_cli.prompt.options import ReviewOptions
from hitl_cli.requests import CommandRequest
from hitl_cli.screen.screen import TerminalScreen
from hitl_cli.session.ports import Person
from hitl_cli.settings import Settings
from hitl_cli.terminal.keyboard import Keyboard
from hitl_cli.text.visible import refusal


async def explain(command: str) -> AsyncIterator[str]:
    """Say something about `command`."""
    yield "It does **"
    yield f"{len(command)}** characters' worth.\n"


def without_rules(command: str) -> Verdict:
    """Judge `command` as if there were no rules."""
    return judge(command, Policy(), Surroundings(folder=str(Path.cwd()), home=str(Path.home())))


async def main(commands: list[str], decisions: Path) -> None:
    """Ask about each of `commands` and write down what was decided."""
    environment = Environment.from_process()
    settings = Settings.load(environment)
    terminal = environment.open_terminal()
    options = ReviewOptions.of(settings, environment, "bash", terminal)
    assert terminal is not None
    interrupts = Interrupts()
    console = TerminalScreen(environment, terminal, options.theme).console
    person: Person
    if settings.plain.value:
        person = PlainPerson(PlainLines(terminal, interrupts), console, interrupts, options, explain)
    else:
        person = PersonAtTerminal(Keyboard(terminal), console, interrupts, options, explain)
    with decisions.open("a") as file:
        for number, command in enumerate(commands, 1):
            if reason := refusal(command):
                said = ["Refuse", {"reason": reason}]
            else:
                try:
                    decision = await person.decide(
                        CommandRequest("1", command, folder=Path.cwd(), judge=without_rules),
                        number,
                        len(commands),
                        lambda text: None,
                    )
                    said = [type(decision).__name__, dataclasses.asdict(decision)]
                except HitlError as problem:
                    said = [type(problem).__name__, str(problem)]
            file.write(json.dumps(said) + "\n")
            file.flush()


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])))
