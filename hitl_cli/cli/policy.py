"""The rules about commands: `hitl policy` and its subcommands."""

import json
from typing import Annotated

import typer

from hitl_cli.cli.options import AsJson, Debug, echo, say, say_command
from hitl_cli.cli.parser import TextCommand, TextGroup
from hitl_cli.environment import Environment
from hitl_cli.errors import ExitStatus, UsageError
from hitl_cli.report import report
from hitl_cli.text.amounts import counted

subcommands = typer.Typer(
    cls=TextGroup, help="Check commands against rules, and change the rules.", no_args_is_help=True
)

Project = Annotated[
    bool, typer.Option("--project", help="Change the file of this project, .hitl/rules.toml, not your own.")
]


# A command may start with a hyphen.
@subcommands.command(cls=TextCommand, context_settings={"ignore_unknown_options": True})
def check(
    command: Annotated[
        str | None,
        typer.Argument(metavar="COMMAND", help="One command, quoted; - reads many from standard input."),
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(
            "--file",
            metavar="FILE",
            help="Check the commands in a file, one on each line or separated by NUL characters.",
        ),
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option("--policy", metavar="FILE", help="Use this file in place of your own rules.toml."),
    ] = None,
    reads: Annotated[
        bool, typer.Option("--allow-reads", help='Allow commands that only read, as with reads = "allow".')
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Print what rules say about a command, and what stands out in it.

    Nothing runs. The exit status is 0 for allow, 75 for ask and 77 for deny; for several commands, that of the
    strictest verdict. For each of several commands, one line of JSON is printed.
    """
    from hitl_cli.commands import policy as commands
    from hitl_cli.commands import policy_output
    from hitl_cli.policy.judge import Verdict, judge
    from hitl_cli.policy.rules import Decision
    from hitl_cli.shell.fence import why_misleading, why_unavailable

    environment = Environment.from_process()
    if (command is None) == (file is None):
        raise UsageError("Give one command, quoted, or a file with --file; nothing was checked.")
    rules = commands.rules_for(environment, policy, reads=reads).policy
    around = commands.surroundings_of(environment)

    def about_fence(verdict: Verdict) -> tuple[str, bool]:
        misleading = why_misleading(verdict.words)
        return misleading or why_unavailable(), rules.unfenced and not misleading

    source = file if file is not None else ("-" if command == "-" else None)
    if source is not None:
        decided = set()
        for each in commands.commands_in(environment, source):
            verdict = judge(each, rules, around)
            decided.add(verdict.decision)
            echo(json.dumps(policy_output.verdict_values(each, verdict, *about_fence(verdict))))
        strictest = next((each for each in (Decision.DENY, Decision.ASK) if each in decided), Decision.ALLOW)
        raise typer.Exit(commands.STATUS[strictest])
    text = commands.given_command(command or "")
    verdict = judge(text, rules, around)
    if as_json:
        echo(json.dumps(policy_output.verdict_values(text, verdict, *about_fence(verdict)), indent=2))
    else:
        for line in policy_output.verdict_lines(text, verdict, *about_fence(verdict)):
            say(line, 5)
    raise typer.Exit(commands.STATUS[verdict.decision])


@subcommands.command("list", cls=TextCommand)
def list_rules(as_json: AsJson = False, debug: Debug = False) -> None:
    """List the rules that hold in this folder."""
    from hitl_cli.commands import policy as commands
    from hitl_cli.commands import policy_output

    loaded = commands.rules_for(Environment.from_process(), None)
    if as_json:
        echo(json.dumps(policy_output.list_values(loaded), indent=2))
        return
    for line in policy_output.rule_lines(loaded):
        say(line, 7)


@subcommands.command("test", cls=TextCommand)
def check_rules(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE", help="Rule files; by default your own and that of the project."),
    ] = None,
    debug: Debug = False,
) -> None:
    """Check rule files and their examples."""
    from hitl_cli.commands.policy import check_files

    good, wrong = check_files(Environment.from_process(), files or [])
    for line in [*good, *wrong]:
        say(line)
    if not good and not wrong:
        say("There are no rule files here; the built-in rules are valid.")
    if wrong:
        raise typer.Exit(ExitStatus.USAGE)


@subcommands.command(cls=TextCommand)
def add(
    pattern: Annotated[
        str, typer.Argument(metavar="PATTERN", help="The rule, such as 'git status*' or 'npm run test:*'.")
    ],
    deny: Annotated[bool, typer.Option("--deny", help="Deny these commands.")] = False,
    ask: Annotated[bool, typer.Option("--ask", help="Always ask about these commands.")] = False,
    folder: Annotated[
        str | None, typer.Option("--folder", metavar="FOLDER", help="Only in this folder and below.")
    ] = None,
    writes: Annotated[
        list[str] | None,
        typer.Option("--writes", metavar="PATH", help="The commands may write here; can be repeated."),
    ] = None,
    network: Annotated[bool, typer.Option("--network", help="The commands may use the network.")] = False,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why; a denied model is told this.")
    ] = None,
    project: Project = False,
    debug: Debug = False,
) -> None:
    """Add a rule to your own rules.toml, or the project's.

    Without --deny or --ask, it allows.
    """
    from hitl_cli.commands.policy import rule_file
    from hitl_cli.policy.changing import NewRule
    from hitl_cli.policy.rules import Decision

    if deny and ask:
        raise UsageError("Use --deny or --ask, not both; nothing was added.")
    decision = Decision.DENY if deny else Decision.ASK if ask else Decision.ALLOW
    environment = Environment.from_process()
    where = str(environment.path_of(folder)) if folder is not None else None
    new = NewRule(pattern, decision, where, tuple(writes or ()), network, reason)
    file = rule_file(environment, project=project)
    said = ("Added", "to") if file.add([new]) else ("Already there:", "in")
    say(f"{said[0]} {decision.value} {pattern} {said[1]} {file.path}")
    rules = file.project_rules()
    if decision is Decision.ALLOW and rules is not None and not rules.is_trusted:
        say("It does not hold before you trust the rules of this project. Read them, then: hitl policy trust")


@subcommands.command(cls=TextCommand)
def remove(
    pattern: Annotated[
        str, typer.Argument(metavar="PATTERN", help="The rule as `hitl policy list` shows it.")
    ],
    project: Project = False,
    debug: Debug = False,
) -> None:
    """Remove a rule from your own rules.toml, or the project's.

    Comments and other rules stay as they are.
    """
    from hitl_cli.commands.policy import rule_file

    file = rule_file(Environment.from_process(), project=project)
    say(f"Removed {counted(file.remove(pattern), 'rule')} from {file.path}")


@subcommands.command(cls=TextCommand)
def trust(debug: Debug = False) -> None:
    """Trust the rules of this project as they are now.

    A later change of the file ends the trust. Without trust, only the deny and ask rules of a project hold.
    """
    from hitl_cli.commands.policy import trust as trust_project
    from hitl_cli.commands.policy_output import rule_line

    project = trust_project(Environment.from_process())
    for rule in project.policy.rules:
        say(rule_line(rule), 7)
    say(f"Trusted {project.file} as it is now.")


@subcommands.command(cls=TextCommand)
def suggest(as_json: AsJson = False, debug: Debug = False) -> None:
    """Suggest rules for what you approved unchanged most often.

    Nothing is changed.
    """
    from hitl_cli.commands.policy import suggest as suggestions

    found = suggestions(Environment.from_process())
    if as_json:
        values = [
            {"pattern": each.pattern, "count": each.count, "examples": list(each.examples)} for each in found
        ]
        echo(json.dumps(values, indent=2))
        return
    for each in found:
        say(f"{each.count:4}  {each.pattern}")
        for example in each.examples:
            if example != each.pattern:
                say_command(example, "        ")
    if found:
        say("Add one with: hitl policy add 'PATTERN'")
    else:
        report("Nothing to suggest: no rule would have saved you a question.")
