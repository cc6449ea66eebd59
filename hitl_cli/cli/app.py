"""The program: its commands, and how a failure ends it."""

import contextlib
import os
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from hitl_cli import system
from hitl_cli.cli import authors, catalogue, history, options, settings
from hitl_cli.cli.options import Debug
from hitl_cli.cli.parser import TextCommand, TextGroup, help_columns
from hitl_cli.cli.usage import explained
from hitl_cli.environment import Environment
from hitl_cli.errors import ExitStatus, HitlError
from hitl_cli.report import report
from hitl_cli.text import charset

if TYPE_CHECKING:
    from hitl_cli.commands.adapters import Adapters

# A paragraph that begins with a backspace is not filled.
EPILOG = f"""
For example:

\b
hitl run agent "find large files"
hitl resume
hitl log --status failed --since today

Exit status: {", ".join(f"{status.value} {status.meaning}" for status in ExitStatus)}.
"""

Model = Annotated[str | None, typer.Option(metavar="NAME", help="The name of the model.")]
BaseUrl = Annotated[
    str | None, typer.Option(metavar="URL", help="The address of an OpenAI-compatible server.")
]
Folder = Annotated[str | None, typer.Option(metavar="FOLDER", help="The folder in which commands run.")]
Plain = Annotated[
    bool,
    typer.Option("--plain", help="Lines of text only, for a screen reader: nothing is drawn or redrawn."),
]

app = typer.Typer(
    name="hitl",
    cls=TextGroup,
    help="Run LlamaIndex workflows in the terminal; whatever they want to run, you see, edit and decide first.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main(arguments: Sequence[str] | None = None, adapters: "Adapters | None" = None) -> int:
    """Run the program on `arguments`, by default those of the process, and return its exit status.

    `adapters` replace who decides, the model or the journal's file; by default, they are the person's own.
    """
    return _after_output(_status_of(arguments, adapters))


def _status_of(arguments: Sequence[str] | None, adapters: "Adapters | None") -> int:
    options.forget()
    charset.configure((sys.stdout, sys.stderr, sys.stdin))
    given = None if arguments is None else list(arguments)
    try:
        status = app(
            given, prog_name="hitl", standalone_mode=False, terminal_width=help_columns(), obj=adapters
        )
        return status if isinstance(status, int) else ExitStatus.FINISHED
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # Typer ends with 1 then, as if something had failed
            return ExitStatus.BROKEN_PIPE
        return end.code if isinstance(end.code, int) else ExitStatus.FINISHED
    except typer.TyperException as problem:
        mistake = explained(problem)
        _report(str(mistake))
        return mistake.exit_status
    except HitlError as problem:
        _report(str(problem))
        return problem.exit_status
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED
    except Exception as problem:  # noqa: BLE001  (a person meets a sentence, whatever it was)
        if refused := system.explained(problem):
            _report(str(refused))
            return refused.exit_status
        _report(
            f"This should not have happened: {type(problem).__name__}: {problem}. Nothing more was run. "
            "Please report it, with what the same command says under --debug."
        )
        return ExitStatus.WORKFLOW


def _after_output(status: int) -> int:
    """Return `status`, or that of an output which cannot be written; Python must not try that again at its end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError as problem:
            with open(os.devnull, "wb") as nowhere:
                os.dup2(nowhere.fileno(), stream.fileno())
            if stream is sys.stdout and status == ExitStatus.FINISHED:
                if isinstance(problem, BrokenPipeError):
                    return ExitStatus.BROKEN_PIPE
                refused = system.explained(problem)
                _report(str(refused or problem))
                status = ExitStatus.JOURNAL
    return status


def _report(sentence: str) -> None:
    if options.debug_is_wanted() and sys.stderr is not None:
        with contextlib.suppress(OSError):
            problem = sys.exception()
            # Where a sentence tells of another failure, that one is of interest: it ends where it happened.
            told = problem.__cause__ if isinstance(problem, HitlError) else None
            traceback.print_exception(told or problem)
    report(sentence)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"hitl {version('hitl-terminal')}")
        raise typer.Exit


@app.callback()
def hitl(
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit."),
    ] = False,
    debug: Debug = False,
) -> None:
    """Set what holds for every command."""


@app.command(cls=TextCommand)
def run(
    context: typer.Context,
    workflow: Annotated[
        str,
        typer.Argument(
            metavar="WORKFLOW",
            help="agent, custom, a file.py[:name], package.module:name, or a name that `hitl list` shows.",
        ),
    ],
    request: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="REQUEST",
            help="What you want, in plain words; - reads it from standard input; without it, a conversation.",
        ),
    ] = None,
    cwd: Folder = None,
    model: Model = None,
    base_url: BaseUrl = None,
    system_prompt: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Your own instructions to the model.")
    ] = None,
    timeout: Annotated[
        str | None, typer.Option(metavar="SECONDS", help="The time limit of a command.")
    ] = None,
    plain: Plain = False,
    debug: Debug = False,
) -> None:
    """Run a workflow: it proposes commands, you decide.

    Each option but --debug has an environment variable, as HITL_MODEL for --model, and a setting in a file, as model;
    `hitl config` shows them, and which one holds.
    """
    system.check_limits()
    from hitl_cli.commands.adapters import Adapters
    from hitl_cli.commands.run import run as run_workflow

    flags = {
        "cwd": cwd,
        "model": model,
        "base_url": base_url,
        "system_prompt": system_prompt,
        "timeout": timeout,
        "plain": plain or None,
    }
    adapters = context.obj or Adapters()
    raise typer.Exit(run_workflow(Environment.from_process(), flags, workflow, request or [], adapters))


@app.command(cls=TextCommand)
def resume(
    context: typer.Context,
    session: Annotated[
        str | None,
        typer.Argument(
            metavar="ID", help="How its id begins; without it, the last one of this folder that waits."
        ),
    ] = None,
    cwd: Folder = None,
    model: Model = None,
    base_url: BaseUrl = None,
    plain: Plain = False,
    debug: Debug = False,
) -> None:
    """Go on with a session from where it was.

    The same question comes back, with your edits; what was decided is not asked again.
    """
    system.check_limits()
    from hitl_cli.commands.adapters import Adapters
    from hitl_cli.commands.run import resume as resume_session

    flags = {"cwd": cwd, "model": model, "base_url": base_url, "plain": plain or None}
    adapters = context.obj or Adapters()
    raise typer.Exit(resume_session(Environment.from_process(), flags, session, adapters))


app.add_typer(authors.verbs)
app.add_typer(history.verbs)
app.add_typer(settings.verbs)
app.add_typer(catalogue.verbs, name="catalogue")
