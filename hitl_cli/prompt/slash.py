"""What a person types at the prompt of a conversation: a request, a command of the program's own, or one for the shell.

`/name` is the program's own, and `!command` runs in the shell; neither reaches the model. Any other text is a request,
and so is one that begins with a blank, with a path such as `/etc/hosts`, or with the name of an existing file.
"""

from collections.abc import Callable
from dataclasses import dataclass

from hitl_cli.text.suggestions import did_you_mean

SHELL_MARK = "!"
_MARK = "/"


@dataclass(frozen=True)
class SlashCommand:
    """A command of the program's own; `help` says what it does."""

    name: str
    help: str

    @property
    def typed(self) -> str:
        """What is typed."""
        return f"{_MARK}{self.name}"


HELP = SlashCommand("help", "list these commands")
MODEL = SlashCommand("model", "show which model is used, and how to use another one")
CWD = SlashCommand("cwd", "show the folder in which the next command runs; !cd FOLDER changes it")
SHARE = SlashCommand("share", "show the model your last !command and output, with your next request")
EXIT = SlashCommand("exit", "leave; hitl resume continues the conversation")
SLASH_COMMANDS = (HELP, MODEL, CWD, SHARE, EXIT)
"""The commands, in the order of the help."""

_OTHER_NAMES = {"quit": EXIT, "?": HELP, "pwd": CWD, "cd": CWD}
_NOTES = (
    f"{SHELL_MARK}command: run it in your shell at once; it is recorded as yours, and the model does not see it",
    "None of these reaches the model. To send a request that begins with / or !, put a blank before it.",
)


@dataclass(frozen=True)
class ShellLine:
    """A command that the person typed for the shell, and the word that they typed to run it, if it needs one."""

    command: str
    confirmation: str = ""


@dataclass(frozen=True)
class RequestText:
    """A request for the workflow."""

    text: str


@dataclass(frozen=True)
class UnknownSlash:
    """A text that looks like a command of the program but is not one; it is not sent. `advice` says what to do."""

    advice: str


Typed = RequestText | SlashCommand | ShellLine | UnknownSlash


def read(text: str, is_file: Callable[[str], bool]) -> Typed:
    """Return what `text` means; `is_file` says whether a path exists."""
    if text.startswith(SHELL_MARK):
        command = text[len(SHELL_MARK) :].strip()
        return (
            ShellLine(command)
            if command
            else UnknownSlash("Type a command after the !, as in !ls. Nothing ran.")
        )
    word = text.split(maxsplit=1)[0] if text.split() else ""
    if not text.startswith(_MARK) or _MARK in word[1:]:
        return RequestText(text.strip())
    name = word[1:].casefold()
    known = {each.name: each for each in SLASH_COMMANDS} | _OTHER_NAMES
    if name in known:
        if "\n" in text.strip():
            return UnknownSlash(f"{word} must be alone on the line; nothing was sent.")
        return known[name]
    if is_file(word):
        return RequestText(text.strip())
    near = did_you_mean(word, [each.typed for each in SLASH_COMMANDS])
    return UnknownSlash(
        f"Unknown command {word}; nothing was sent. {near}{HELP.typed} lists the commands. "
        "To send it to the model, put a blank before it."
    )


def help_lines() -> list[str]:
    """Return the lines of the help."""
    width = max(len(each.typed) for each in SLASH_COMMANDS)
    return [*(f"{each.typed:{width}}  {each.help}" for each in SLASH_COMMANDS), *_NOTES]


def completions(before: str) -> list[str]:
    """Return the commands that begin with `before`, the text on the line."""
    return [
        each.typed for each in SLASH_COMMANDS if before.startswith(_MARK) and each.typed.startswith(before)
    ]
