"""The dialogue that makes a rule at a question, so that such commands are not asked about any more.

It decides nothing on the request: the question stays as it was, and the person still decides on it.
"""

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from hitl_cli.errors import UsageError
from hitl_cli.policy.changing import as_written
from hitl_cli.policy.proposals import Proposal
from hitl_cli.prompt.choices import Choose, Option
from hitl_cli.requests import RuleMaker
from hitl_cli.screen.brief import brief, shown_folder
from hitl_cli.screen.themes import Theme
from hitl_cli.text.visible import visible

_BACK = Option(("escape", "b"), "back", harmless=True)
_SESSION, _OWN, _PROJECT = "s", "f", "p"


class RuleDialogue:
    """Asks which rule to make of a command, and where to save it. With `framed`, panels are drawn."""

    def __init__(self, console: Console, theme: Theme, choose: Choose, *, framed: bool) -> None:
        self._console = console
        self._theme = theme
        self._choose = choose
        self._framed = framed

    async def make(self, rules: RuleMaker, text: str) -> str:
        """Make a rule of `text` if the person wants one; return a sentence that says what was saved, or nothing.

        Raises:
            NoRuleError: There is no such rule; the message says why.
            EOFError: The input has ended.
        """
        proposals = rules.proposals(text)
        while True:
            chosen = await self._choose_rule(proposals)
            if chosen is None:
                return ""
            examples = rules.newly_allowed(chosen, text)
            if said := await self._save(rules, chosen, examples):
                return said

    async def _choose_rule(self, proposals: Sequence[Proposal]) -> Proposal | None:
        table = Table.grid(padding=(0, 2, 0, 0))
        for number, each in enumerate(proposals, 1):
            rights = f" · {each.rights}" if each.rights else ""
            table.add_row(str(number), Text(brief(each.patterns)), Text(f"{each.breadth}{rights}"))
        self._show("Allow which commands?", table)
        options = [Option((str(number),), "", harmless=True) for number in range(1, len(proposals) + 1)]
        answer = await self._choose([*options, _BACK], "")
        return proposals[int(answer) - 1] if answer.isdigit() else None

    async def _save(self, rules: RuleMaker, chosen: Proposal, examples: Sequence[str]) -> str:
        """Show a rule and ask where to save it; return what was saved, empty if the person goes back."""
        written = [Text(_shown(line), style="bold") for line in as_written(chosen.new).split("\n")]
        newly = [Text(f"  {brief(each)}") for each in examples]
        note = Text("From now on these commands would run without a question, for example:")
        self._show("New rule", Group(*written, Text(), note, *newly))
        files = {_PROJECT if file.base else _OWN: file for file in rules.files()}
        options = [Option((_SESSION,), "for this session")]
        for key, file in files.items():
            whose = " of this project" if file.base else ""
            options.append(Option((key,), f"for good, in {_shown(shown_folder(file.path))}{whose}"))
        answer = await self._choose([*options, _BACK], "")
        if answer != _SESSION and answer not in files:
            return ""
        try:
            rules.save(chosen, files.get(answer))
        except UsageError as problem:
            return str(problem)
        kept = "until the session ends" if answer == _SESSION else f"in {shown_folder(files[answer].path)}"
        return f"Saved {kept}. This command has not run; you still decide on it."

    def _show(self, title: str, body: RenderableType) -> None:
        if self._framed:
            self._console.print(Panel(body, title=title, title_align="left", border_style=self._theme.other))
        else:
            self._console.print(Text(title), body)


def _shown(text: str) -> str:
    return visible(text, single_line=True)
