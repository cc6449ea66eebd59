"""The rules of a session: which of its commands run by themselves, behind a fence, and which never run."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from hitl_cli.errors import UsageError
from hitl_cli.policy.judge import Policy, Surroundings, Verdict, judge
from hitl_cli.policy.surroundings import surroundings
from hitl_cli.shell import Shell
from hitl_cli.shell.fence import Fence, hidden_places, why_unavailable


@dataclass
class SessionRules:
    """The rules that hold for the commands of one session.

    `load` returns those that hold in a folder. `home` is the person's home folder, and `own_secrets` are files and
    folders of the program that no fenced command can read.
    """

    load: Callable[[Path], Policy]
    home: str
    own_secrets: tuple[Path, ...] = ()
    _loaded: tuple[Path, Policy] | None = field(default=None, init=False, repr=False)

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

    def verdict(self, command: str, shell: Shell) -> Verdict:
        """Return the verdict on `command`, if `shell` ran it next. Where rules cannot be loaded, it is a question."""
        try:
            policy = self._policy(shell.folder)
        except UsageError as problem:
            return replace(judge(command, Policy(), self._around(shell)), why=str(problem))
        return judge(command, policy, self._around(shell))

    def runs_without_question(self, verdict: Verdict, folder: Path) -> bool:
        """Return whether a command on which this is the verdict runs in `folder` without a question."""
        return verdict.is_allowed and (not why_unavailable() or self._policy(folder).unfenced)

    def fence(self, verdict: Verdict, folder: Path) -> Fence | None:
        """Return the fence of a command that `verdict` allows in `folder`; None if this system has none."""
        if why_unavailable():
            return None
        secrets = map(Path, self._policy(folder).secrets)
        hidden = hidden_places(Path(self.home or "/"), (*self.own_secrets, *secrets))
        return Fence(tuple(map(Path, verdict.writes)), verdict.network, hidden)

    def _around(self, shell: Shell) -> Surroundings:
        return surroundings(shell.program, shell.folder, self.home, shell.variables, shell.changed_names)

    def _policy(self, folder: Path) -> Policy:
        if self._loaded is None or self._loaded[0] != folder:
            self._loaded = (folder, self.load(folder))
        return self._loaded[1]


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
