"""The errors of the program, and its exit statuses.

    HitlError                       a message for the person, and an exit status
    ├── UsageError                  2    the command line or a setting is invalid
    ├── LoadError                   66   a workflow cannot be found or imported
    ├── FolderGoneError             66   the current folder no longer exists
    ├── ModelError                  69   the model cannot be reached, refuses, or its answer is invalid
    │   ├── NoMatchError            69   the offline catalogue has no good command for the request
    │   └── NoCommandError          69   the model was asked for a command, and answered in prose
    ├── WorkflowError               70   the workflow failed, or stopped without asking or finishing
    │   └── NoToolCallError         70   a tool asked for its request id outside of a PersonInTheLoopAgentWorkflow
    ├── NotApprovedError            70   a workflow tried to run a command that no person approved
    ├── CommandStartError           71   an approved command could not be started
    ├── JournalError                74   the journal cannot be written or read; the action that needs it is not done
    │   └── SessionBusyError        74   another program has the session open
    ├── OutputError                 74   standard output cannot be written
    ├── SystemLimitError            71   the system refuses what the program needs: processes, files, memory
    └── UndecidedError              75   a decision is needed and nobody can give it

`ExitStatus` also has those that are not failures. `hitl run custom` otherwise exits with the status of the command that
it ran. The numbers from 64 follow BSD's `sysexits.h`; ordinary commands rarely use them.
"""

from enum import IntEnum
from typing import Self


class ExitStatus(IntEnum):
    """The exit statuses of `hitl`, each with a short meaning."""

    meaning: str

    FINISHED = 0, "finished"
    USAGE = 2, "usage"
    NO_WORKFLOW = 66, "not found"
    MODEL = 69, "model"
    WORKFLOW = 70, "workflow"
    NOT_STARTED = 71, "not started"
    JOURNAL = 74, "journal"
    UNDECIDED = 75, "undecided"
    UNKNOWN = 76, "outcome unknown"
    REJECTED = 77, "rejected"
    HANGUP = 129, "hang-up"
    INTERRUPTED = 130, "Ctrl-C"
    BROKEN_PIPE = 141, "nobody reads the output"
    TERMINATED = 143, "SIGTERM"

    def __new__(cls, number: int, meaning: str) -> Self:
        """Create the status with this `number`."""
        self = int.__new__(cls, number)
        self._value_ = number
        self.meaning = meaning
        return self


class HitlError(Exception):
    """A failure with a message for the person: what happened, what was not done, what to do next."""

    exit_status: ExitStatus = ExitStatus.WORKFLOW

    def __str__(self) -> str:
        """Return the message, safe to print, because it may quote a model, a server or a file."""
        from hitl_cli.text.prose import printable

        return printable(super().__str__())


class UsageError(HitlError):
    """The command line, the environment or the settings file has an invalid value."""

    exit_status = ExitStatus.USAGE


class LoadError(HitlError):
    """A workflow cannot be found, or its file cannot be imported."""

    exit_status = ExitStatus.NO_WORKFLOW


class FolderGoneError(HitlError):
    """The current folder is needed and no longer exists."""

    exit_status = ExitStatus.NO_WORKFLOW


class ModelError(HitlError):
    """The model cannot be reached, refuses, or its answer is invalid."""

    exit_status = ExitStatus.MODEL


class NoMatchError(ModelError):
    """The offline catalogue has no good enough match for a request."""


class NoCommandError(ModelError):
    """The model was asked for a command, and its reply has none; `prose` is the reply."""

    def __init__(self, prose: str) -> None:
        super().__init__(
            "The model's reply has no command; nothing ran. Describe more precisely what you want."
        )
        self.prose = prose


class WorkflowError(HitlError):
    """The workflow failed, or went idle without asking or finishing."""

    exit_status = ExitStatus.WORKFLOW


class NoToolCallError(WorkflowError, LookupError):
    """Something asked for the id of a tool call where no `PersonInTheLoopAgentWorkflow` is running a tool."""

    def __init__(self) -> None:
        super().__init__(
            "A tool asked for the id of its request, and only a PersonInTheLoopAgentWorkflow gives its tools one; "
            "nothing ran. Import that class from hitl_cli, and use it in place of AgentWorkflow; it is used in the "
            "same way, and takes a FunctionAgent in agents=[...]."
        )


class NotApprovedError(HitlError):
    """A workflow tried to run a text that the person did not approve, or to use an approval twice."""


class CommandStartError(HitlError):
    """The operating system refused to start an approved command; nothing ran."""

    exit_status = ExitStatus.NOT_STARTED


class JournalError(HitlError):
    """The journal cannot be written or read; the action that needs it is not done."""

    exit_status = ExitStatus.JOURNAL


class SessionBusyError(JournalError):
    """Another program has the session open."""


class OutputError(HitlError):
    """Standard output cannot be written."""

    exit_status = ExitStatus.JOURNAL


class SystemLimitError(HitlError):
    """The operating system refuses what the program needs: another process, an open file, memory."""

    exit_status = ExitStatus.NOT_STARTED


class UndecidedError(HitlError):
    """A decision is needed, and nobody can give it."""

    exit_status = ExitStatus.UNDECIDED
