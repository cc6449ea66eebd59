"""The rules of one run: where there are any, and whether they are valid."""

from pathlib import Path
from typing import TYPE_CHECKING

from hitl_cli.environment import Environment
from hitl_cli.errors import UsageError
from hitl_cli.settings import Settings

if TYPE_CHECKING:
    from hitl_cli.policy.changing import RuleFile
    from hitl_cli.policy.judge import Policy
    from hitl_cli.session.rules import SessionRules


class RulesOfRun:
    """The rules that apply where a run starts; they are read once, when they are first needed."""

    def __init__(self, environment: Environment, settings: Settings) -> None:
        self._environment = environment
        self._settings = settings
        self._rules: SessionRules | None = None

    def exist(self) -> bool:
        """Whether there are rules besides the built-in ones; without them, no module that reads rules is loaded."""
        from hitl_cli.policy.project_file import project_file

        settings = self._settings
        if settings.policy.value or settings.allow_reads.value or self._environment.own_rules.exists():
            return True
        return project_file(settings.cwd.value) is not None

    def checked(self) -> "SessionRules":
        """Return the rules, which are checked the first time.

        Raises:
            UsageError: They are invalid, or allow reads where there is no fence.
        """
        if self._rules is None:
            rules = self._read()
            rules.check(self._settings.cwd.value)
            self._rules = rules
        return self._rules

    def _read(self) -> "SessionRules":
        from hitl_cli.policy.changing import RuleFile
        from hitl_cli.policy.files import load, project_rules
        from hitl_cli.session.rules import SessionRules

        environment, settings = self._environment, self._settings
        home = environment.variables.get("HOME", "")

        def policy(folder: Path) -> "Policy":
            own = settings.policy.value or environment.own_rules
            return load(own, folder, environment.state_folder, home, reads=settings.allow_reads.value).policy

        def changeable(folder: Path) -> list["RuleFile"]:
            own = RuleFile(settings.policy.value or environment.own_rules, home, environment.state_folder)
            try:
                project = project_rules(folder, environment.state_folder, home)
            except UsageError:  # no rule can be added to a file that is invalid
                return [own]
            if project is None or not project.is_trusted:
                return [own]
            base = str(project.file.parent.parent)
            return [own, RuleFile(project.file, home, environment.state_folder, base)]

        return SessionRules(policy, home, (environment.settings_file, environment.state_folder), changeable)
