"""The command line: arguments in, one call, an exit status out."""

import json
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from hitl_cli.environment import Environment
from hitl_cli.errors import ExitStatus, HitlError

EPILOG = "Exit status: 0 finished, 2 usage, 66 no workflow, 69 model, 70 workflow, 75 undecided, 77 rejected, 130 Ctrl-C."

app = typer.Typer(
    name="hitl",
    help="Run LlamaIndex workflows in the terminal; whatever they want to run, you see, edit and decide first.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_debug = False


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program on `arguments`, by default those of the process, and return its exit status."""
    global _debug
    _debug = False
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
    if _debug:
        traceback.print_exc()
    print(f"hitl: {sentence}", file=sys.stderr)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hitl {version('hitl-terminal')}")
        raise typer.Exit


def _set_debug(wanted: bool) -> None:
    global _debug
    _debug = _debug or wanted


Debug = Annotated[bool, typer.Option("--debug", callback=_set_debug, help="Show a traceback with an error.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


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
    cwd: Annotated[str | None, typer.Option(help="The folder in which commands run.")] = None,
    model: Annotated[str | None, typer.Option(help="The name of the model.")] = None,
    base_url: Annotated[str | None, typer.Option(help="The address of an OpenAI-compatible server.")] = None,
    system_prompt: Annotated[str | None, typer.Option(help="Your own instructions to the model.")] = None,
    timeout: Annotated[str | None, typer.Option(help="The time limit of a command, in seconds.")] = None,
    plain: Annotated[
        bool,
        typer.Option("--plain", help="Lines of text only, for a screen reader: nothing is drawn or redrawn."),
    ] = False,
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
        str | None, typer.Argument(help="The beginning of its id; without it, the last one of this folder.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="The name of the model.")] = None,
    base_url: Annotated[str | None, typer.Option(help="The address of an OpenAI-compatible server.")] = None,
    plain: Annotated[
        bool,
        typer.Option("--plain", help="Lines of text only, for a screen reader: nothing is drawn or redrawn."),
    ] = False,
    debug: Debug = False,
) -> None:
    """Go on with a session: the same question, with your edits; what was decided is not asked again."""
    from hitl_cli.commands.run import resume as resume_session

    flags = {"model": model, "base_url": base_url, "plain": plain or None}
    raise typer.Exit(resume_session(Environment.from_process(), flags, session))


@app.command("list")
def list_workflows(as_json: AsJson = False, debug: Debug = False) -> None:
    """Name what can be run: the bundled workflows, and the files of this folder that hold one."""
    from hitl_cli.commands.list import runnable

    found = runnable(Path.cwd())
    if as_json:
        typer.echo(json.dumps([each._asdict() for each in found], indent=2))
        return
    width = max(len(each.reference) for each in found)
    for each in found:
        typer.echo(f"{each.reference:{width}}  {each.summary}".rstrip())


config = typer.Typer(help="Show or set the settings.", invoke_without_command=True)
app.add_typer(config, name="config")


@config.callback()
def show_settings(context: typer.Context, as_json: AsJson = False, debug: Debug = False) -> None:
    """Show each setting, its value and where it came from."""
    if context.invoked_subcommand is not None:
        return
    from hitl_cli.commands.config import setting_lines
    from hitl_cli.settings import Settings

    environment = Environment.from_process()
    lines = setting_lines(Settings.load(environment))
    if as_json:
        typer.echo(json.dumps([line._asdict() for line in lines], indent=2))
        return
    for line in lines:
        value = "-" if line.value is None else line.value
        typer.echo(f"{line.name:13}  {value}  ({line.source})")
    typer.echo(f"{'file':13}  {environment.settings_file}")


@config.command("set")
def set_setting(
    name: Annotated[str, typer.Argument(help="The name of the setting, as `hitl config` shows it.")],
    value: Annotated[str, typer.Argument(help="Its value.")],
    debug: Debug = False,
) -> None:
    """Write a setting into the settings file; comments and other settings stay as they are."""
    from hitl_cli.commands.config import set_in_file

    environment = Environment.from_process()
    set_in_file(environment, name, value)
    typer.echo(f"{name} is set in {environment.settings_file}")


@app.command()
def doctor(
    contact: Annotated[
        bool, typer.Option("--contact", help="Also ask the base URL that is set for its models.")
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Say which models, which terminal and which files there are. Only this machine is contacted."""
    from hitl_cli.commands.doctor import findings
    from hitl_cli.settings import Settings

    environment = Environment.from_process()
    found = list(findings(environment, Settings.load(environment), contact=contact))
    if as_json:
        typer.echo(json.dumps([each._asdict() for each in found], indent=2))
        return
    for each in found:
        typer.echo(f"{each.what:13}  {each.found}")


catalogue = typer.Typer(
    help="Search, list, extend and check the offline catalogue of commands.", no_args_is_help=True
)
app.add_typer(catalogue, name="catalogue")


@catalogue.command("search")
def search_catalogue(
    request: Annotated[list[str], typer.Argument(help="What you want, in plain words.")],
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Print the commands that may be meant, the best first. Nothing is run."""
    from hitl_cli.commands.catalogue import as_values, search
    from hitl_cli.models.offline import told

    answer = search(Environment.from_process(), " ".join(request))
    if not answer.candidates:
        typer.echo(f"hitl: {told(answer)}", err=True)
    if as_json:
        typer.echo(json.dumps([as_values(candidate) for candidate in answer.candidates], indent=2))
        return
    for candidate in answer.candidates:
        notes = "  [changes]" if candidate.changes else ""
        typer.echo(f"{candidate.score:.2f}  {candidate.command}\n      {candidate.description}{notes}")


@catalogue.command("list")
def list_catalogue(as_json: AsJson = False, debug: Debug = False) -> None:
    """Print every task and its command, your own first."""
    from hitl_cli.commands.catalogue import entries

    found = entries(Environment.from_process())
    if as_json:
        fields = [
            {
                "id": each.id,
                "task": each.task,
                "command": each.command,
                "changes": each.changes,
                "own": each.own,
            }
            for each in found
        ]
        typer.echo(json.dumps(fields, indent=2))
        return
    for each in found:
        typer.echo(f"{each.task}{'  [changes]' if each.changes else ''}\n    {each.command}")


@catalogue.command("add")
def add_to_catalogue(
    task: Annotated[str, typer.Argument(help="What the command does, in the words that you would ask with.")],
    command: Annotated[str, typer.Argument(help="The command.")],
    reads: Annotated[
        bool, typer.Option("--reads", help="It only looks; otherwise it counts as changing something.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Add a command to your own catalogue."""
    from hitl_cli.commands.catalogue import add

    environment = Environment.from_process()
    entry = add(environment, task, command, changes=not reads)
    typer.echo(f"Added {entry.id} to {environment.own_catalogue}")


@catalogue.command("check")
def check_catalogue(
    files: Annotated[list[Path] | None, typer.Argument(help="Catalogue files; by default your own.")] = None,
    debug: Debug = False,
) -> None:
    """Check entries: their form, their slots, and that each command is valid bash. Nothing is run."""
    from hitl_cli.commands.catalogue import check

    good, wrong = check(Environment.from_process(), files or [])
    for sentence in wrong:
        typer.echo(sentence)
    typer.echo(f"{good} entries can be used, {len(wrong)} problems")
    if wrong:
        raise typer.Exit(ExitStatus.USAGE)
