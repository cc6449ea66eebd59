"""What the program itself does with text at the prompt of a conversation: `/help` and others, and `!command`."""

from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from hitl_cli.prompt.slash import (
    CWD,
    EXIT,
    HELP,
    MODEL,
    SHARE,
    RequestText,
    ShellLine,
    SlashCommand,
    UnknownSlash,
    help_lines,
    read,
)
from hitl_cli.screen.brief import shown_folder
from hitl_cli.settings import Settings

if TYPE_CHECKING:
    from hitl_cli.session.session import Session
    from hitl_cli.shell import CommandResult


class Next(Enum):
    """What a conversation does after a text that is no request: ask for another one, or end."""

    ASK = auto()
    LEAVE = auto()


class ConversationCommands:
    """Carries out the commands of a conversation; `tell` shows a line, `session` is None until it is built."""

    def __init__(
        self,
        settings: Settings,
        reference: str,
        session_id: str,
        tell: Callable[[str], None],
        session: "Callable[[], Session | None]",
    ) -> None:
        self._settings = settings
        self._reference = reference
        self._id = session_id
        self._tell = tell
        self._session = session
        self._last: CommandResult | None = None
        self._shares = False
        self._unconfirmed: tuple[str, str] | None = None  # a command, and the word that runs it

    def begin(self, *, uses_model: bool) -> None:
        """Tell which model and which folder the conversation uses."""
        model = [self._model] if uses_model else []
        self._tell(
            " · ".join(
                [self._reference, *model, f"in {shown_folder(self.folder())}", f"{HELP.typed} for help"]
            )
        )

    @property
    def _model(self) -> str:
        return self._settings.model_name

    def folder(self) -> Path:
        """Return the folder in which the next command runs."""
        session = self._session()
        return session.shell.folder if session is not None else self._settings.cwd.value

    def take(self, text: str) -> "str | ShellLine | Next":
        """Return the request in `text`, the command in it that must be run, or what to do after it was carried out."""
        if self._unconfirmed is not None:
            (command, word), self._unconfirmed = self._unconfirmed, None
            if text.strip() == word:
                return ShellLine(command, word)
            self._tell(f"You did not type {word}; nothing ran, and nothing was sent.")
            return Next.ASK
        match read(text, self._is_file):
            case RequestText(request):
                return self._with_shared(request)
            case ShellLine() as line:
                return line
            case UnknownSlash(advice):
                self._tell(advice)
            case SlashCommand() as slash if slash == EXIT:
                return Next.LEAVE
            case SlashCommand() as slash:
                for each in self._answer(slash):
                    self._tell(each)
        return Next.ASK

    async def run(self, session: "Session", line: ShellLine) -> None:
        """Run a command of the person; one that cannot be undone needs a word first.

        Raises:
            HitlError: It did not run, or its end could not be recorded.
        """
        word = session.own.confirmation(line.command)
        if word and line.confirmation != word:
            self._unconfirmed = line.command, word
            self._tell(
                f"This command cannot be undone, and has not run. Type {word} to run it; any other answer cancels it."
            )
            return
        self._last, self._shares = await session.own.run(line.command, word), False

    def _answer(self, command: SlashCommand) -> list[str]:
        if command == HELP:
            return help_lines()
        if command == CWD:
            return [f"The next command runs in {shown_folder(self.folder())}. !cd FOLDER changes it."]
        if command == MODEL:
            resume = f"hitl resume {self._id} --model NAME"
            if self._settings.is_offline:
                how = f"To use one: leave, set OPENAI_API_KEY or OPENAI_BASE_URL, then {resume}"
                return [f"No language model is used: answers come from the offline catalogue. {how}"]
            return [f"The model is {self._model}. To use another one: leave, then {resume}"]
        assert command == SHARE
        if self._last is None:
            return ["There is nothing to share: you have not run a !command yet."]
        self._shares = True
        return [f"Your next request shows {self._last.command!r} and its output to the model."]

    def _with_shared(self, request: str) -> str:
        if self._last is None or not self._shares:
            return request
        from hitl_cli.session.request import with_shared  # slow to import before the first prompt

        self._shares = False
        return with_shared(request, self._last)

    def _is_file(self, path: str) -> bool:
        try:
            return (self.folder() / path).exists()
        except (OSError, ValueError):
            return False
