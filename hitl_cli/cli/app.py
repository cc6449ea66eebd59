"""The `hitl` program: its commands, and how an error ends it."""

import contextlib
import os
import sys
import traceback
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated

import typer

from hitl_cli import system
from hitl_cli.cli import options
from hitl_cli.cli.options import Debug
from hitl_cli.cli.parser import TextCommand, TextGroup, help_columns
from hitl_cli.cli.usage_errors import usage_error
from hitl_cli.environment import Environment
from hitl_cli.errors import ExitStatus, HitlError
from hitl_cli.report import report
from hitl_cli.text import charset

if TYPE_CHECKING:
    from hitl_cli.commands.adapters import Adapters

# Typer does not rewrap a paragraph that starts with a backspace.
EPILOG = f"""
For example:

\b
hitl run agent "find large files"
hitl resume
hitl log --status failed --since today

Exit status: {", ".join(f"{status.value} {status.meaning}" for status in ExitStatus)}.
"""

Model = Annotated[str | None, typer.Option(metavar="NAME", help="Name of the model.")]
Llm = Annotated[
    str | None,
    typer.Option(metavar="CLASS", help="A model class of LlamaIndex, as in llama_index.llms.ollama:Ollama."),
]
BaseUrl = Annotated[str | None, typer.Option(metavar="URL", help="URL of an OpenAI-compatible server.")]
Folder = Annotated[str | None, typer.Option(metavar="FOLDER", help="Folder in which commands run.")]
Plain = Annotated[
    bool,
    typer.Option("--plain", help="Plain lines of text for a screen reader; nothing is drawn or redrawn."),
]

app = typer.Typer(
    name="hitl",
    cls=TextGroup,
    help="Run LlamaIndex workflows in the terminal. You see, edit and approve each command before it runs.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main(arguments: Sequence[str] | None = None, adapters: "Adapters | None" = None) -> int:
    """Run the program with `arguments`, by default those of the process, and return its exit status.

    `adapters` replace the person, the model or the journal's store; by default, those of the user are used.
    """
    return _after_output(_status_of(arguments, adapters))


def _status_of(arguments: Sequence[str] | None, adapters: "Adapters | None") -> int:
    options.reset()
    charset.configure((sys.stdout, sys.stderr, sys.stdin))
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] not in (["run"], ["resume"]):
        _add_other_commands()
    try:
        status = app(
            given, prog_name="hitl", standalone_mode=False, terminal_width=help_columns(), obj=adapters
        )
        return status if isinstance(status, int) else ExitStatus.FINISHED
    except SystemExit as end:
        if isinstance(
            end.__context__, BrokenPipeError
        ):  # Typer exits with 1 here, as if something had failed
            return ExitStatus.BROKEN_PIPE
        return end.code if isinstance(end.code, int) else ExitStatus.FINISHED
    except typer.TyperException as problem:
        error = usage_error(problem, given)
        _report(str(error))
        return error.exit_status
    except HitlError as problem:
        _report(str(problem))
        return problem.exit_status
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED
    except Exception as problem:  # noqa: BLE001  (a person gets a message instead of a traceback)
        if refused := system.explained(problem):
            _report(str(refused))
            return refused.exit_status
        _report(
            f"Internal error: {type(problem).__name__}: {problem}. Nothing more ran. "
            "Please report it with the output of the same command with --debug."
        )
        return ExitStatus.WORKFLOW


def _after_output(status: int) -> int:
    """Flush the output; return `status`, or the status for output that cannot be written.

    A stream that fails is redirected to /dev/null, because Python would flush it again at exit.
    """
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
            # If the message wraps another exception, the traceback of that one ends where the error happened.
            cause = problem.__cause__ if isinstance(problem, HitlError) else None
            traceback.print_exception(cause or problem)
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
    """Set options for all commands."""


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
            help="What you want; - reads it from standard input. Without a request, a conversation starts.",
        ),
    ] = None,
    cwd: Folder = None,
    model: Model = None,
    base_url: BaseUrl = None,
    llm: Llm = None,
    system_prompt: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Your own instructions for the model.")
    ] = None,
    timeout: Annotated[str | None, typer.Option(metavar="SECONDS", help="Time limit of a command.")] = None,
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", metavar="KEY=VALUE", help="A start field of the workflow; can be repeated."),
    ] = None,
    input_file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Start fields in a JSON, TOML or YAML file; - is standard input."),
    ] = None,
    approve: Annotated[
        str | None,
        typer.Option(
            metavar="TOOLS",
            help="Tools that ask you before each call: names, as in send_mail,delete_*; all; destructive or "
            "not-read-only, which MCP tools say of themselves.",
        ),
    ] = None,
    policy: Annotated[
        str | None, typer.Option(metavar="FILE", help="Rules for this run in place of your own rules.toml.")
    ] = None,
    allow_reads: Annotated[
        bool,
        typer.Option(
            "--allow-reads", help="Run commands that only read without asking, behind a fence of the kernel."
        ),
    ] = False,
    plain: Plain = False,
    debug: Debug = False,
) -> None:
    """Run a workflow: it proposes commands, you decide.

    Each option except --input, --input-file and --debug can also be set with an environment variable, such as
    HITL_MODEL for --model, and most in the settings file; `hitl config` shows each value and its source.
    """
    system.check_limits()
    from hitl_cli.commands.adapters import Adapters
    from hitl_cli.commands.run import run as run_workflow

    flags = {
        "cwd": cwd,
        "model": model,
        "base_url": base_url,
        "llm": llm,
        "system_prompt": system_prompt,
        "timeout": timeout,
        "approve": approve,
        "policy": policy,
        "allow_reads": allow_reads or None,
        "plain": plain or None,
    }
    adapters = context.obj or Adapters()
    status = run_workflow(
        Environment.from_process(), flags, workflow, request or [], adapters, inputs or (), input_file
    )
    raise typer.Exit(status)


@app.command(cls=TextCommand)
def resume(
    context: typer.Context,
    session: Annotated[
        str | None,
        typer.Argument(
            metavar="ID",
            help="Its id, or the first characters; by default the latest one here, pending ones first.",
        ),
    ] = None,
    cwd: Folder = None,
    model: Model = None,
    base_url: BaseUrl = None,
    llm: Llm = None,
    plain: Plain = False,
    debug: Debug = False,
) -> None:
    """Resume a session where it stopped.

    The same question comes back, with your edits. Nothing that you decided is asked again.
    """
    system.check_limits()
    from hitl_cli.commands.adapters import Adapters
    from hitl_cli.commands.resume import resume as resume_session

    flags = {"cwd": cwd, "model": model, "base_url": base_url, "llm": llm, "plain": plain or None}
    adapters = context.obj or Adapters()
    raise typer.Exit(resume_session(Environment.from_process(), flags, session, adapters))


@cache
def _add_other_commands() -> None:
    """Add all commands besides `run` and `resume`, which start sooner without them."""
    from hitl_cli.cli import authors, catalogue, history, policy, preview, settings

    for each in (preview, authors, history, settings):
        app.add_typer(each.subcommands)
    app.add_typer(policy.subcommands, name="policy")
    app.add_typer(catalogue.subcommands, name="catalogue")
