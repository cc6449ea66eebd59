"""Requests to a person: what a workflow asks, as values. Each kind has a name and a version, by which it is stored."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

if TYPE_CHECKING:
    import asyncio

    from pydantic import BaseModel
    from rich.text import Text

    from hitl_cli.policy.changing import RuleFile
    from hitl_cli.policy.danger import Note
    from hitl_cli.policy.judge import Verdict
    from hitl_cli.policy.proposals import Proposal
    from hitl_cli.preview.changes import Preview
    from hitl_cli.preview.summary import PreviewSummary

GAP = re.compile(r"\{\{([a-z_]+)\}\}")
"""A gap in a command, `{{name}}`: something that the person must fill in before the command may run."""

_MAX_PURPOSE = 1_000  # characters

CONFIRMATION = "destroy"
"""The word that a person must type to run a command that cannot be undone."""


@dataclass(frozen=True)
class Alternative:
    """One of the commands that a provider of proposals offers for one request.

    `gaps` are the names of the placeholders in the command that the provider could not fill; another `{{name}}` is
    text like any other. `changes` says whether the command changes anything, and `source` where it comes from, in
    words that follow "From the".
    """

    command: str
    description: str
    source: str
    changes: bool = False
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delegation:
    """How an approved command reaches a workflow that runs its commands by itself.

    `takes_edit` says whether its response has a place for another command than the proposed one, `takes_words` whether
    it has one for what the person says. `check` returns why the response is not valid with a command, as a sentence,
    empty if it is valid.
    """

    takes_edit: bool
    takes_words: bool
    check: Callable[[str], str]


class RuleMaker(Protocol):
    """Makes rules at a question, so that such commands are not asked about any more; decides nothing on the request."""

    def proposals(self, text: str) -> "Sequence[Proposal]":
        """Return rules that would allow `text`, the narrowest first.

        Raises:
            NoRuleError: There is none; the message says why, in a sentence.
        """

    def newly_allowed(self, proposal: "Proposal", text: str) -> Sequence[str]:
        """Return a few commands that are asked about today and that the rules of `proposal` allow."""

    def files(self) -> "Sequence[RuleFile]":
        """Return the files to which the person can add rules: their own, and the project's if it is trusted."""

    def save(self, proposal: "Proposal", file: "RuleFile | None") -> None:
        """Save the rules of `proposal` in `file`, or for the rest of the session.

        Raises:
            UsageError: They cannot be saved. Nothing has changed.
            JournalError: They hold, but it could not be recorded that the person made them.
        """

    def approved_ago(self, text: str) -> str:
        """Return how long ago the person approved this text here, in this session; empty if they did not."""

    def why_not_again(self, text: str) -> str:
        """Return why exactly `text` cannot be allowed for the rest of the session; empty if it can."""


class MadePreview(NamedTuple):
    """A preview of `text` that was made at a question: what it would do, in one line.

    `lost_outside` says that it would delete something outside of the folder.
    """

    text: str
    line: str
    lost_outside: bool


class PreviewMaker(Protocol):
    """Runs texts on copies of all files at a question, to see what they would change; decides nothing."""

    async def make(
        self, text: str, on_output: Callable[[bytes], None], stop: "asyncio.Event"
    ) -> "PreviewSummary":
        """Run `text` in a preview until `stop` is set, and return what it would change.

        Raises:
            PreviewError: No preview can be made; nothing ran.
        """

    def latest_of(self, text: str) -> "Preview | None":
        """Return the latest preview, if it was one of `text`."""

    def note(self, text: str) -> str:
        """Return one line about the latest preview, which says so if it was of another text; empty if there is none."""

    def lost_outside(self, text: str) -> bool:
        """Return whether `text` deleted something outside of the folder in a preview."""

    @property
    def made(self) -> tuple[MadePreview, ...]:
        """The previews that were made, the latest of each text."""


@dataclass(frozen=True)
class HeldRun:
    """A run of a command behind a fence that stopped it.

    `request_id` is that of the request that it ran for, and `number` its number in the journal. `refused` is the line
    of its output that says what the fence refused, and `writes` are the folders in which it could write. `is_above`
    says whether its output is on the person's screen, not that of a program that has ended.
    """

    request_id: str
    number: int
    refused: str
    writes: tuple[str, ...] = ()
    is_above: bool = True

    @property
    def account(self) -> str:
        """What a person is told before they decide whether the command runs without the fence."""
        able = "reading only" if not self.writes else f"writing at most below {', '.join(self.writes)}"
        where = "is above" if self.is_above else f"is shown by: hitl show {self.number}"
        return (
            f'It ran in the fence and was stopped at "{self.refused}". What it did up to there, {able}, {where}. '
            "If you approve it, it runs again from its beginning, without the fence."
        )


@dataclass(frozen=True)
class CommandRequest:
    """A shell command that a workflow proposes.

    `alternatives` are the commands that it was chosen from, itself first; empty if there was only one. `draft` is the
    unfinished edit from before the program ended, None if there was none. `note` is a sentence for the person to read
    before they decide. `changed` describes variables that earlier commands changed and that can change what this one
    does. `leftovers` is the number of processes that earlier commands left running, and `folder` is where it would run.
    `said` is what the workflow says besides the command, and `drawing` what a panel of its author drew in place of
    that. With a `delegation`, the workflow runs the command, not hitl. `judge` returns what the rules say of a text
    that would run in place of the command; it is None where no rules hold. `purpose` is why the model proposes it, in
    its own words. `held` is the run of the command behind a fence that stopped it, if the question is whether it runs
    without. `rules` makes rules for such commands; it is None where a rule cannot let the command run.
    `previews` makes previews; it is None where hitl does not run the command. `was_asked` says that the person was
    asked about it before the program ended.
    """

    kind: ClassVar[str] = "command"
    version: ClassVar[int] = 1
    language: ClassVar[str] = "bash"

    request_id: str
    command: str
    alternatives: tuple[Alternative, ...] = ()
    draft: str | None = None
    note: str = ""
    changed: tuple[str, ...] = ()
    leftovers: int = 0
    folder: Path = Path()
    said: str = ""
    delegation: Delegation | None = None
    drawing: "Text | None" = None
    purpose: str = ""
    held: HeldRun | None = None
    was_asked: bool = False
    judge: "Callable[[str], Verdict] | None" = field(default=None, compare=False)
    rules: RuleMaker | None = field(default=None, compare=False)
    previews: PreviewMaker | None = field(default=None, compare=False)

    def denial(self, text: str) -> str:
        """Return why a rule denies `text` in place of the command; empty if none does."""
        verdict = self.judge(text) if self.judge is not None else None
        return verdict.why if verdict is not None and verdict.is_denied else ""

    def notes(self, text: str) -> "tuple[Note, ...]":
        """Return what stands out in `text`, which would run in place of the command."""
        return self.judge(text).notes if self.judge is not None else ()

    def confirmation(self, text: str) -> str:
        """Return the word that a person must type to run `text`, as it cannot be undone; empty if none is needed."""
        is_grave = self.judge is not None and self.judge(text).is_destructive
        return CONFIRMATION if is_grave or self.lost_outside(text) else ""

    def lost_outside(self, text: str) -> bool:
        """Return whether `text` deleted something outside of the folder in a preview."""
        return self.previews is not None and self.previews.lost_outside(text)

    def wants_preview(self, text: str) -> bool:
        """Return whether a rule wants a preview of `text` before the question, and there was none yet."""
        if self.previews is None or self.judge is None or self.gaps(text):
            return False
        verdict = self.judge(text)
        was_made = any(each.text == text for each in self.previews.made)
        return verdict.preview and not verdict.is_denied and not was_made

    def approved_ago(self, text: str) -> str:
        """Return how long ago the person approved `text` here, in this session; empty if they did not."""
        return self.rules.approved_ago(text) if self.rules is not None else ""

    @property
    def is_fixed(self) -> bool:
        """Whether the command can only be approved as it is."""
        return self.delegation is not None and not self.delegation.takes_edit

    @property
    def text(self) -> str:
        """What is asked, in words for the journal and the records on the screen."""
        return self.command

    def offers(self, text: str) -> bool:
        """Return whether `text` is exactly one of the alternatives."""
        return any(alternative.command == text for alternative in self.alternatives)

    def gaps(self, text: str) -> tuple[str, ...]:
        """Return the names of the gaps that are still open in `text`, which must not run before they are filled."""
        return tuple(dict.fromkeys(match[1] for match in self.open_gaps(text)))

    def open_gaps(self, text: str) -> "list[re.Match[str]]":
        """Return the gaps of the alternatives that are still open in `text`, in order."""
        names = self.gap_names
        return [match for match in GAP.finditer(text) if match[1] in names]

    @property
    def gap_names(self) -> frozenset[str]:
        """The names of all gaps in the alternatives."""
        return frozenset(name for alternative in self.alternatives for name in alternative.gaps)


def purpose_in(data: object) -> str:
    """Return the purpose that the data of a question about a command has; empty if it has none."""
    given = data.get("purpose") if isinstance(data, Mapping) else getattr(data, "purpose", None)
    return given[:_MAX_PURPOSE] if isinstance(given, str) else ""


class FieldKind(StrEnum):
    """What a person types into a field."""

    TEXT = "text"
    YES_NO = "yes or no"
    CHOICE = "choice"
    NUMBER = "number"
    DATE = "date"
    LIST = "list"
    JSON = "json"
    ANY = "any"


@dataclass(frozen=True)
class FieldChoice:
    """One of the values of a field, and how it is shown."""

    shown: str
    value: Any


@dataclass(frozen=True)
class FormField:
    """A field that a person fills in.

    An optional field takes no value in place of one. `default` is what is typed there to begin with, and `parts` are
    the names of the fields of a nested model. What is typed into a secret field is neither shown nor saved.
    """

    name: str
    kind: FieldKind
    description: str = ""
    choices: tuple[FieldChoice, ...] = ()
    is_required: bool = False
    is_optional: bool = False
    default: str = ""
    parts: tuple[str, ...] = ()
    is_secret: bool = False


@dataclass(frozen=True)
class FormRequest:
    """A question of a workflow that is answered by filling in fields.

    `text` is what the workflow says. `response` is the class of the answer, which validates it; the values in `given`
    are not asked for. `draft` is the unfinished form from before the program ended, None if there was none. `is_saved`
    says whether the question can come back after a stop.
    """

    kind: ClassVar[str] = "form"
    version: ClassVar[int] = 1

    request_id: str
    text: str
    fields: tuple[FormField, ...]
    response: "type[BaseModel]"
    given: Mapping[str, Any] = field(default_factory=dict)
    draft: str | None = None
    drawing: "Text | None" = None
    starts_run: bool = False
    is_saved: bool = True


@dataclass(frozen=True)
class CodeRequest(CommandRequest):
    """Python code that an agent wants to run; the workflow's own executor runs it, not a shell."""

    kind: ClassVar[str] = "code"
    language: ClassVar[str] = "python"

    agent: str = ""


@dataclass(frozen=True)
class ToolRequest:
    """A call of a tool that an agent wants to make.

    `arguments` are those of the model. `schema` is the class that validates changed ones, None if it is not known.
    `description` is what the tool says of itself. `draft` is the unfinished edit from before the program ended, None if
    there was none, and `note` a sentence for the person to read before they decide.
    """

    kind: ClassVar[str] = "tool"
    version: ClassVar[int] = 1

    request_id: str
    tool: str
    agent: str
    description: str
    arguments: Mapping[str, Any]
    schema: "type[BaseModel] | None" = None
    draft: str | None = None
    note: str = ""

    @property
    def text(self) -> str:
        """The call as text: its approval is for exactly this text, and records show it."""
        return call_text(self.tool, self.arguments)

    def arguments_in(self, text: str) -> dict[str, Any]:
        """Return the arguments of a call of this tool, as `call_text` writes it.

        Raises:
            ValueError: It is not a call of this tool.
        """
        tool, _, rest = text.partition(" ")
        arguments = json.loads(rest)
        if tool != self.tool or not isinstance(arguments, dict):
            raise ValueError(f"not a call of {self.tool}")
        return arguments


def call_text(tool: str, arguments: Mapping[str, Any]) -> str:
    """Return a call as one line of text: the name of the tool, and its arguments as JSON."""
    return f"{tool} {json.dumps(arguments, ensure_ascii=False)}"


Request = CommandRequest | FormRequest | ToolRequest
"""Every kind of request."""


@dataclass(frozen=True)
class UnknownOutcome:
    """A command that had started when the program ended, with no record of how it ended.

    `number` is its number in the journal, `started` a time in seconds since the epoch, `process` its process id if
    that process still runs, and `output` the last part of its output. With `is_call`, it is a call of a tool, which
    ran inside this program.
    """

    number: int
    command: str
    folder: str
    started: float
    process: int | None
    output: str
    is_call: bool = False
