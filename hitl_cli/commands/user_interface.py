"""The `UserInterface` builds the screen, the person and the prompt, for a terminal or for plain lines."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hitl_cli.environment import Environment
from hitl_cli.interrupts import Interrupts
from hitl_cli.persons.plain_lines import PlainLines
from hitl_cli.prompt.options import ReviewOptions
from hitl_cli.screen.screen import TerminalScreen
from hitl_cli.settings import Settings
from hitl_cli.terminal.echo import discard_keys, without_echo
from hitl_cli.terminal.keyboard import Keyboard

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    from hitl_cli.decisions import Reply, Settlement, Stop
    from hitl_cli.models.provider import ModelProvider
    from hitl_cli.persons.session_questions import Leaving
    from hitl_cli.requests import Request, UnknownOutcome
    from hitl_cli.session.ports import Person
    from hitl_cli.shell import RunningCommand


class Prompt(Protocol):
    """Asks for the next request of a conversation; `shown` is set once it is on the screen."""

    shown: "asyncio.Event"

    async def ask(self) -> str:
        """Return what the person typed next, with blanks around it.

        Raises:
            EOFError: The person ends the conversation.
        """

    def above(self, show: "Callable[[], None]") -> None:
        """Call `show`, which prints something, so that its output appears above the prompt."""

    def announce(self, show: "Callable[[], None]") -> None:
        """Do as `above`, and notify a person who is looking elsewhere."""


class UserInterface:
    """The adapters for the terminal of this process, or for the lack of one."""

    def __init__(
        self, environment: Environment, settings: Settings, interrupts: Interrupts, shell_program: str
    ) -> None:
        self._environment = environment
        self._settings = settings
        self._interrupts = interrupts
        terminal = environment.open_terminal()
        plain = settings.plain.value or environment.has_dumb_terminal
        coloured = terminal if not plain else None
        self._options = ReviewOptions.of(settings, environment, Path(shell_program).name, coloured)
        self.screen = TerminalScreen(environment, terminal, self._options.theme, plain=plain)
        self._lines = PlainLines(terminal, interrupts) if terminal and plain else None
        self._drawn_on = None if plain else terminal
        self._keyboard = Keyboard(self._drawn_on) if self._drawn_on else None
        # If results go to a file, so does the output of commands: no colours, and nobody types into a command.
        self.terminal_for_commands = terminal if terminal and terminal.output is environment.stdout else None

    @property
    def question_end(self) -> bytes:
        """What removes a question from the terminal of commands if hitl is killed; empty if none is drawn there."""
        from hitl_cli.terminal.attention import QUESTION_END

        return QUESTION_END if self._drawn_on is not None and self.terminal_for_commands is not None else b""

    @property
    def has_person(self) -> bool:
        """Whether there is a person to ask."""
        return self._lines is not None or self._keyboard is not None

    def without_echo(self) -> "contextlib.AbstractContextManager[None]":
        """Return a context in which the terminal does not echo keys that nobody reads yet.

        In plain lines the terminal echoes them itself.
        """
        return without_echo(self._drawn_on) if self._drawn_on else contextlib.nullcontext()

    def discard_keys(self) -> None:
        """Discard keys that were pressed before a question was asked."""
        if self._drawn_on:
            discard_keys(self._drawn_on)

    def person(self, provider: "ModelProvider") -> "Person":
        """Return the person at this terminal; the model of `provider` explains commands."""
        self.screen.prepare()
        from hitl_cli.models.explanation import Explainer

        console, explainer = self.screen.console, Explainer(self._settings, provider)
        person: Person
        if self._lines is not None:
            from hitl_cli.persons.in_plain_lines import PlainPerson

            person = PlainPerson(self._lines, console, self._interrupts, self._options, explainer)
        elif self._keyboard is not None:
            from hitl_cli.persons.at_terminal import PersonAtTerminal

            person = PersonAtTerminal(self._keyboard, console, self._interrupts, self._options, explainer)
        else:
            from hitl_cli.persons.nobody import NoPerson

            return NoPerson()
        return _PersonWithoutPrints(person, self.screen)

    def prompt(self, folder: "Callable[[], Path]") -> Prompt:
        """Return the prompt of a conversation, whose history is kept in the state folder; needs a person.

        `folder` returns the one in which the next command runs.
        """
        from hitl_cli.persons.plain_lines import PlainPrompt
        from hitl_cli.prompt.completion import CommandHistory
        from hitl_cli.prompt.conversation import ConversationPrompt

        if self._lines is not None:
            return PlainPrompt(self._lines)
        assert self._keyboard is not None
        history = CommandHistory(self._environment.state_folder / "requests", self._environment.variables)
        return ConversationPrompt(
            self._keyboard,
            history,
            self._options.theme,
            self._options.notice,
            self._environment.variables,
            folder,
        )

    async def ask_about_background(
        self, running: "Sequence[RunningCommand]", *, may_go_back: bool
    ) -> "Leaving":
        """Ask what to do with commands that still run when the program ends; without a person, end them."""
        from hitl_cli.persons.session_questions import Leaving, leaving
        from hitl_cli.prompt.choices import KeyChoice

        if self.terminal_for_commands is None:
            return Leaving.END
        theme = self._options.theme
        if self._lines is not None:
            choose = self._lines.choose
        else:
            assert self._keyboard is not None
            choose = KeyChoice(self._keyboard, theme).choose
        with self.screen.asking():
            return await leaving(choose, self.screen.console, theme, running, may_go_back=may_go_back)

    def show_ended(self, ended: "Sequence[RunningCommand]") -> None:
        """Show which commands ended together with the program."""
        from hitl_cli.persons.session_questions import tell_ended

        tell_ended(self.screen.console, self._options.theme, ended)


class _PersonWithoutPrints:
    """A person to whom no workflow prints anything while a question is open."""

    is_present = True

    def __init__(self, person: "Person", screen: TerminalScreen) -> None:
        self._person = person
        self._screen = screen

    async def decide(
        self,
        request: "Request",
        position: int,
        total: int,
        on_edit: "Callable[[str], None]",
    ) -> "Reply":
        """Return the reply to `request`."""
        with self._screen.asking():
            return await self._person.decide(request, position, total, on_edit)

    async def settle(self, lost: "UnknownOutcome") -> "Settlement | Stop":
        """Return the outcome of a command as the person states it."""
        with self._screen.asking():
            return await self._person.settle(lost)

    async def agrees(self, warning: str) -> bool:
        """Return whether the person continues despite `warning`."""
        with self._screen.asking():
            return await self._person.agrees(warning)
