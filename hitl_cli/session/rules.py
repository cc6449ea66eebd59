"""The rules of a session: which of its commands run by themselves, behind a fence, and which never run."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from hitl_cli.errors import UsageError
from hitl_cli.policy import proposals
from hitl_cli.policy.changing import RuleFile
from hitl_cli.policy.judge import Policy, Surroundings, Verdict, judge
from hitl_cli.policy.proposals import NoRuleError, Proposal
from hitl_cli.policy.rules import Rule, Source
from hitl_cli.policy.surroundings import surroundings
from hitl_cli.shell import Shell
from hitl_cli.shell.fence import Fence, hidden_places, why_misleading, why_unavailable
from hitl_cli.text.amounts import format_age
from hitl_cli.text.visible import suspicions


@dataclass
class SessionRules:
    """The rules that hold for the commands of one session.

    `load` returns those that hold in a folder, and `files` those that the person can add rules to there. `home` is the
    person's home folder, and `own_secrets` are files and folders of the program that no fenced command can read.

    The person can add rules that end with the session. What they allow for an exact text holds in one folder.
    """

    load: Callable[[Path], Policy]
    home: str
    own_secrets: tuple[Path, ...] = ()
    files: Callable[[Path], Sequence[RuleFile]] = lambda folder: ()
    _loaded: tuple[Path, Policy] | None = field(default=None, init=False, repr=False)
    _added: tuple[Rule, ...] = field(default=(), init=False, repr=False)
    _texts: dict[tuple[str, Path], tuple[Rule, ...]] = field(default_factory=dict, init=False, repr=False)
    _approved: dict[tuple[str, Path], float] = field(default_factory=dict, init=False, repr=False)

    def check(self, folder: Path) -> None:
        """Load the rules that hold in `folder`, in which the session starts.

        Raises:
            UsageError: A file of rules is invalid, or reads are allowed although there is no fence, and the person has
                not said that none is needed.
        """
        policy = self._policy(folder)
        if policy.reads and not policy.unfenced and (lacking := why_unavailable()):
            raise UsageError(
                f"{lacking} So no command can be allowed to read without a question, and nothing ran. "
                'Leave out --allow-reads, or set reads = "ask" in the rules. To run what is allowed without a fence, '
                'which is weaker, set unfenced = "allow" in your own rules.'
            )

    def reload(self, folder: Path) -> str:
        """Load the rules of `folder` again, as they are now; return why they are invalid, in a sentence, if they are.

        What a person adds elsewhere so holds from the next command on.
        """
        self._loaded = None
        try:
            self._policy(folder)
        except UsageError as problem:
            return str(problem)
        return ""

    def verdict(self, command: str, shell: Shell) -> Verdict:
        """Return the verdict on `command`, if `shell` ran it next. Where rules cannot be loaded, it is a question."""
        try:
            policy = self.policy_for(command, shell.folder)
        except UsageError as problem:
            return replace(judge(command, Policy(), self.around(shell)), why=str(problem))
        return judge(command, policy, self.around(shell))

    def policy_for(self, command: str, folder: Path) -> Policy:
        """Return the rules that hold for the exact text `command` in `folder`.

        Raises:
            UsageError: A file of rules is invalid.
        """
        policy = self._policy(folder)
        return replace(policy, rules=(*policy.rules, *self._added, *self._texts.get((command, folder), ())))

    def note_approval(self, command: str, folder: Path) -> None:
        """Remember that the person approved a proposed command unchanged."""
        self._approved[command, folder] = time.monotonic()

    def approved_ago(self, command: str, folder: Path) -> str:
        """Return how long ago the person approved this text in this folder, such as `3 minutes`; empty if never."""
        when = self._approved.get((command, folder))
        if when is None:
            return ""
        seconds = time.monotonic() - when
        return format_age(seconds) if seconds >= 60 else "less than a minute"

    def allow_text(self, command: str, proposal: Proposal, folder: Path, source: str) -> None:
        """Allow exactly the text `command` in `folder`, until the session ends; `source` names the rule."""
        self._texts[command, folder] = proposal.rules(self.home, Source(source, 0))

    def allow_for_session(self, proposal: Proposal, source: str) -> None:
        """Let the rules of `proposal` hold until the session ends; `source` names them."""
        self._added += proposal.rules(self.home, Source(source, 0))

    def save(self, proposal: Proposal, file: RuleFile) -> None:
        """Add the rules of `proposal` to a file.

        Raises:
            UsageError: The file is invalid, no longer trusted, or cannot be written. It is unchanged.
        """
        project = file.project_rules()
        if file.base and (project is None or not project.is_trusted):
            raise UsageError(
                f"Nothing was added to {file.path}: it has changed since you trusted it. See: hitl policy trust"
            )
        self._loaded = None
        file.add(proposal.new)

    def runs_without_question(self, verdict: Verdict, folder: Path) -> bool:
        """Return whether a command on which this is the verdict runs in `folder` without a question."""
        if not verdict.is_allowed or why_misleading(verdict.words):
            return False
        return not why_unavailable() or self._policy(folder).unfenced

    def fence(self, verdict: Verdict, folder: Path) -> Fence | None:
        """Return the fence of a command that `verdict` allows in `folder`; None if this system has none."""
        if why_unavailable():
            return None
        secrets = map(Path, self._policy(folder).secrets)
        hidden = hidden_places(Path(self.home or "/"), (*self.own_secrets, *secrets))
        return Fence(tuple(map(Path, verdict.writes)), verdict.network, hidden)

    def around(self, shell: Shell) -> Surroundings:
        """Return what the judge has to know about the command that `shell` would run next."""
        return surroundings(shell.program, shell.folder, self.home, shell.variables, shell.changed_names)

    def _policy(self, folder: Path) -> Policy:
        if self._loaded is None or self._loaded[0] != folder:
            self._loaded = (folder, self.load(folder))
        return self._loaded[1]


@dataclass(frozen=True)
class QuestionRules:
    """The rules that the person can make at one question; see `RuleMaker`. `number` is that of its command.

    `note` records each rule that was made, and where it is kept or until when.
    """

    rules: SessionRules
    shell: Shell
    number: int
    note: Callable[[str, str], None]

    def approved_ago(self, text: str) -> str:
        """Return how long ago the person approved this text here, in this session; empty if they did not."""
        return self.rules.approved_ago(text, self.shell.folder)

    def proposals(self, text: str) -> list[Proposal]:
        """Return rules that would allow `text`, the narrowest first.

        Raises:
            NoRuleError: There is none; the message says why, in a sentence.
        """
        policy = self._policy(text)
        if (lacking := why_unavailable()) and not policy.unfenced:
            raise NoRuleError(f"{lacking} So a rule could not let the command run without a question.")
        if misleading := why_misleading(self.rules.verdict(text, self.shell).words):
            raise NoRuleError(f"{misleading} So a rule could not let it run without a question.")
        if suspicions(text):
            raise NoRuleError("No rule can allow this command, because it may be deceptive.")
        if text in self.shell.held_by_fence:
            raise NoRuleError(
                "The fence has stopped this command before, so you are asked whatever the rules say."
            )
        return proposals.proposals(text, policy, self.rules.around(self.shell))

    def newly_allowed(self, proposal: Proposal, text: str) -> list[str]:
        """Return a few commands that are asked about today and that the rules of `proposal` allow."""
        return proposals.newly_allowed(proposal, text, self._policy(text), self.rules.around(self.shell))

    def files(self) -> Sequence[RuleFile]:
        """Return the files to which the person can add rules: their own, and the project's if it is trusted."""
        return self.rules.files(self.shell.folder)

    def save(self, proposal: Proposal, file: RuleFile | None) -> None:
        """Save the rules of `proposal` in `file`, or for the rest of the session.

        Raises:
            UsageError: They cannot be saved. Nothing has changed.
            JournalError: They hold, but it could not be recorded that the person made them.
        """
        if file is None:
            self.rules.allow_for_session(proposal, f"this session, since command {self.number}")
        else:
            self.rules.save(proposal, file)
        rights = f", which {proposal.rights}" if proposal.rights else ""
        self.note(
            f"{proposal.patterns}{rights}",
            f"in {file.path}" if file is not None else "until the session ends",
        )

    def why_not_again(self, text: str) -> str:
        """Return why exactly `text` cannot be allowed for the rest of the session; empty if it can."""
        if not self.approved_ago(text):
            return "You have not approved this text here in this session."
        try:
            self.proposals(text)
        except NoRuleError as problem:
            return str(problem)
        return ""

    def allow_again(self, text: str) -> str:
        """Allow exactly `text` here for the rest of the session; return what it may do beyond reading.

        Raises:
            NoRuleError: No rule can allow it.
        """
        proposal = self.proposals(text)[0]
        source = f"this text in this session, since command {self.number}"
        self.rules.allow_text(text, proposal, self.shell.folder, source)
        return proposal.rights

    def _policy(self, text: str) -> Policy:
        try:
            return self.rules.policy_for(text, self.shell.folder)
        except UsageError as problem:
            raise NoRuleError(f"No rule can be made. {problem}") from problem


def allowed_by(verdict: Verdict) -> str:
    """Return what allowed a command: the rules, each with file and line, or that it only reads."""
    reasons = (f"{each.rule} ({each.rule.source})" if each.rule else each.why for each in verdict.parts)
    return "; ".join(dict.fromkeys(reasons))


def denial(verdict: Verdict) -> str:
    """Return the sentence that says why a command is denied, and by which rule."""
    rule = verdict.rule
    reason = f": {rule.reason}" if rule is not None and rule.reason else ""
    place = f" ({rule.source})" if rule is not None else ""
    return f"A rule denies {rule}{place}{reason}."
