"""The program: its commands, and how a failure ends it."""

import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from hitl_cli.cli import catalogue, history, options, settings
from hitl_cli.cli.options import Debug
from hitl_cli.environment import Environment
from hitl_cli.errors import ExitStatus, HitlError
from hitl_cli.text.prose import printable

EPILOG = f"Exit status: {', '.join(f'{status.value} {status.meaning}' for status in ExitStatus)}."

Model = Annotated[str | None, typer.Option(help="The name of the model.")]
BaseUrl = Annotated[str | None, typer.Option(help="The address of an OpenAI-compatible server.")]
Folder = Annotated[str | None, typer.Option(help="The folder in which commands run.")]
Plain = Annotated[
    bool,
    typer.Option("--plain", help="Lines of text only, for a screen reader: nothing is drawn or redrawn."),
]

app = typer.Typer(
    name="hitl",
    cls=options.TextGroup,
    help="Run LlamaIndex workflows in the terminal; whatever they want to run, you see, edit and decide first.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program on `arguments`, by default those of the process, and return its exit status."""
    options.forget()
    try:
        app(list(arguments) if arguments is not None else None, prog_name="hitl")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitStatus.FINISHED
    except HitlError as problem:
        _report(str(problem))
        return problem.exit_status
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED
    except Exception as problem:  # noqa: BLE001  (a person meets a sentence, whatever it was)
        _report(
            f"This should not have happened: {type(problem).__name__}: {problem}. Nothing more was run. "
            "Please report it, with what the same command says under --debug."
        )
        return ExitStatus.WORKFLOW
    return ExitStatus.FINISHED


def _report(sentence: str) -> None:
    if sys.stderr is None:
        return
    if options.debug_is_wanted():
        traceback.print_exc()
    print(f"hitl: {printable(sentence)}", file=sys.stderr)


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


@app.command()
def run(
    workflow: Annotated[str, typer.Argument(help="agent, custom, a file.py[:name], or package.module:name.")],
    request: Annotated[
        list[str] | None, typer.Argument(help="What you want, in plain words; without it, a conversation.")
    ] = None,
    cwd: Folder = None,
    model: Model = None,
    base_url: BaseUrl = None,
    system_prompt: Annotated[str | None, typer.Option(help="Your own instructions to the model.")] = None,
    timeout: Annotated[str | None, typer.Option(help="The time limit of a command, in seconds.")] = None,
    plain: Plain = False,
    debug: Debug = False,
) -> None:
    """Run a workflow: it proposes commands, you decide."""
    from hitl_cli.commands.run import run as run_workflow

    flags = {
        "cwd": cwd,
        "model": model,
        "base_url": base_url,
        "system_prompt": system_prompt,
        "timeout": timeout,
        "plain": plain or None,
    }
    raise typer.Exit(run_workflow(Environment.from_process(), flags, workflow, request or []))


@app.command()
def resume(
    session: Annotated[
        str | None,
        typer.Argument(help="The beginning of its id; without it, the last one of this folder that waits."),
    ] = None,
    cwd: Folder = None,
    model: Model = None,
    base_url: BaseUrl = None,
    plain: Plain = False,
    debug: Debug = False,
) -> None:
    """Go on with a session: the same question, with your edits; what was decided is not asked again."""
    from hitl_cli.commands.run import resume as resume_session

    flags = {"cwd": cwd, "model": model, "base_url": base_url, "plain": plain or None}
    raise typer.Exit(resume_session(Environment.from_process(), flags, session))


app.add_typer(history.verbs)
app.add_typer(settings.verbs)
app.add_typer(catalogue.verbs, name="catalogue")
