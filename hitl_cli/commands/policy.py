"""`hitl policy`: judge commands, and list, check, change and trust the rules."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from hitl_cli import system
from hitl_cli.decisions import Decider
from hitl_cli.environment import Environment
from hitl_cli.errors import ExitStatus, UsageError
from hitl_cli.journal import history
from hitl_cli.journal.store import Store
from hitl_cli.policy import changing, files
from hitl_cli.policy.changing import RuleFile
from hitl_cli.policy.files import LoadedRules, RuleFileError
from hitl_cli.policy.judge import Surroundings, judge
from hitl_cli.policy.project_file import PROJECT_FILE, project_file
from hitl_cli.policy.proposals import narrowest_pattern
from hitl_cli.policy.reading import read
from hitl_cli.policy.rules import Decision, InvalidRuleError
from hitl_cli.policy.surroundings import surroundings
from hitl_cli.shell_program import shell_program
from hitl_cli.text import charset

STATUS = {
    Decision.ALLOW: ExitStatus.FINISHED,
    Decision.ASK: ExitStatus.UNDECIDED,
    Decision.DENY: ExitStatus.REJECTED,
}
"""The exit status of `hitl policy check` for each decision."""

_MOST_COMMANDS = 10_000  # of the journal, for suggestions
_MOST_SUGGESTIONS = 10
_MOST_EXAMPLES = 3


def home_of(environment: Environment) -> str:
    """Return the person's home folder, or an empty text."""
    return environment.variables.get("HOME", "")


def rules_for(environment: Environment, policy: str | None, *, reads: bool = False) -> LoadedRules:
    """Return the rules that hold in the current folder; those of the file `policy` in place of the person's own.

    Raises:
        UsageError: A file of rules does not exist, is invalid, or cannot be read.
    """
    own = environment.own_rules
    if policy is not None:
        own = environment.path_of(policy)
        if not own.is_file():
            raise UsageError(f"Cannot find the file {policy}; nothing was checked.")
    return files.load(own, environment.folder, environment.state_folder, home_of(environment), reads=reads)


def surroundings_of(environment: Environment) -> Surroundings:
    """Return the surroundings of a command that the person's shell would run in the current folder."""
    variables = environment.variables
    return surroundings(shell_program(variables), environment.folder, home_of(environment), variables)


def commands_in(environment: Environment, source: str) -> list[str]:
    """Return the commands in the file `source`, or in standard input for `-`.

    They are separated by NUL characters if there are any, otherwise by line breaks. Empty lines are skipped.

    Raises:
        UsageError: It cannot be read, or has no command.
    """
    try:
        if source == "-":
            if environment.stdin is None:
                raise UsageError("Standard input is closed; nothing was checked.")
            data = environment.stdin.buffer.read()
        else:
            data = environment.path_of(source).read_bytes()
    except OSError as problem:
        raise UsageError(f"Cannot read {source}; nothing was checked. {system.reason(problem)}") from problem
    text = data.decode("utf-8", "surrogateescape")
    commands = [each for each in text.split("\0" if "\0" in text else "\n") if each.strip()]
    if not commands:
        raise UsageError(f"There is no command in {_name_of(source)}; nothing was checked.")
    return commands


def _name_of(source: str) -> str:
    return "standard input" if source == "-" else source


def given_command(text: str) -> str:
    """Return a command of the command line as text; bytes that are no text stay, and are a question."""
    try:
        return charset.from_system(text)
    except UnicodeError:
        return text


def check_files(environment: Environment, given: Sequence[str]) -> tuple[list[str], list[str]]:
    """Check the files `given`, by default the built-in rules, the person's own and the project's.

    Returns a line for each valid file, and the problems.
    """
    home = home_of(environment)
    good, wrong = [], []
    for rule in files.builtin_rules() if not given else ():
        try:
            files.check_rule_examples(rule, home)
        except InvalidRuleError as problem:
            wrong.append(f"{rule.source}: {problem}")
    project = project_file(environment.folder)
    usual = [each for each in (environment.own_rules, project) if each is not None and each.exists()]
    for file in [environment.path_of(each) for each in given] or usual:
        base = str(file.parent.parent) if file == project else ""
        try:
            count = len(files.read_file(file, home, base).rules)
            good.append(f"{file}: {count} rule{'' if count == 1 else 's'}, all examples hold")
        except RuleFileError as problem:
            wrong.append(str(problem))
    return good, wrong


def rule_file(environment: Environment, *, project: bool) -> RuleFile:
    """Return the file of the person's own rules, or of the project's."""
    home, state_folder = home_of(environment), environment.state_folder
    if not project:
        return RuleFile(environment.own_rules, home, state_folder)
    file = project_file(environment.folder) or environment.folder / PROJECT_FILE
    return RuleFile(file, home, state_folder, str(file.parent.parent))


def trust(environment: Environment) -> files.ProjectRules:
    """Trust the project's rules as they are now, and return them.

    Raises:
        UsageError: There is no such file, it is invalid, or the trust cannot be stored.
    """
    found = files.project_rules(environment.folder, environment.state_folder, home_of(environment))
    if found is None:
        raise UsageError(f"There is no {PROJECT_FILE} in {environment.folder} or above; nothing was trusted.")
    changing.trust(found, environment.state_folder)
    return found


@dataclass(frozen=True)
class Suggestion:
    """A rule that would have allowed what the person approved: how often, and examples."""

    pattern: str
    count: int
    examples: tuple[str, ...]


def suggest(environment: Environment) -> list[Suggestion]:
    """Return rules for what the person approved unchanged most often and is still asked about.

    Raises:
        JournalError: The journal cannot be read.
        UsageError: A rule file is invalid.
    """
    store = Store.open_existing(environment.state_folder)
    if store is None:
        return []
    policy = rules_for(environment, None).policy
    around = Surroundings(home=home_of(environment))
    counts: Counter[str] = Counter()
    examples: dict[str, Counter[str]] = {}
    for logged in history.commands(store, history.CommandFilter(), _MOST_COMMANDS):
        if (
            logged.approved != logged.proposed
            or logged.decided_by != Decider.PERSON
            or logged.approved is None
        ):
            continue
        patterns = set()
        for part in read(logged.approved, around.shell, around.home).parts:
            text = logged.approved[part.start : part.end]
            place = Surroundings(folder=logged.folder, home=around.home)
            if judge(text, policy, place).decision is Decision.ASK and (
                pattern := narrowest_pattern(part, text, place)
            ):
                patterns.add(pattern)
                examples.setdefault(pattern, Counter())[text] += 1
        counts.update(patterns)
    return [
        Suggestion(pattern, count, tuple(text for text, _ in examples[pattern].most_common(_MOST_EXAMPLES)))
        for pattern, count in counts.most_common(_MOST_SUGGESTIONS)
    ]
