"""One question in plain lines: what is printed of it, and what must be true before its command may run."""

import os
from dataclasses import dataclass

from hitl_cli.persons.plain_lines import PlainLines, new_number
from hitl_cli.prompt.question_keys import can_repeat
from hitl_cli.requests import CodeRequest, CommandRequest
from hitl_cli.screen.brief import brief
from hitl_cli.screen.command_text import PLAIN_CONTINUED, gutter, gutter_width, marked_changes
from hitl_cli.screen.margin import MODEL
from hitl_cli.screen.panels import changed_lines, delegation_lines, noun_of, place_of_proposal
from hitl_cli.screen.rows import rows
from hitl_cli.screen.standing_out import purpose_line, standing_out
from hitl_cli.text.amounts import counted
from hitl_cli.text.difference import inline_diff
from hitl_cli.text.visible import refusal, shown_form, shown_line, suspicions, visible

_MAX_CHANGE = 400  # columns


@dataclass(frozen=True)
class OpenQuestion:
    """The question that is open."""

    proposal: CommandRequest
    command: str
    printed: str  # the part of the shown form of the command that was printed
    number: str  # to type in order to run it
    confirmation: str = ""  # the word that the person typed for a command that cannot be undone

    @property
    def was_printed(self) -> bool:
        """Whether the whole command was printed."""
        return self.printed == shown_form(self.command)

    @property
    def needed(self) -> str:
        """The word that has to follow an answer that runs the command; empty for none."""
        return self.proposal.confirmation(self.command)

    @property
    def short_help(self) -> str:
        replaces = "" if self.proposal.is_fixed else ", e replaces it"
        runs = f"{self.number} {self.needed}".strip()
        return f"To run it, type {runs}; x rejects it{replaces}, h lists all answers. Then press Enter."


async def print_question(
    lines: PlainLines, proposal: CommandRequest, command: str, position: int, total: int
) -> OpenQuestion:
    """Print the question about `command`, number `position` of `total`, and return it.

    Raises:
        EOFError: The input has ended.
        KeyboardInterrupt: The person pressed Ctrl-C.
    """
    place = place_of_proposal(proposal, proposal.folder)
    lines.say(f"Question {position} of {total}: run this {noun_of(proposal)} {place}?")
    if purpose := purpose_line(proposal):
        lines.say(f"{MODEL.word}: {purpose}")
    for line in (*changed_lines(proposal), *delegation_lines(proposal)):
        lines.say(line)
    printed = await _print_command(lines, command)
    if command != proposal.command and marked_changes(proposal.command, command) is not None:
        lines.say(f"Changed: {brief(inline_diff(proposal.command, command), _MAX_CHANGE)}")
    _say_what_stands_out(lines, proposal, command)
    for each in proposal.alternatives:
        if each.command == command:
            changes = ", which changes something" if each.changes else ""
            lines.say(f"From the {each.source}: {visible(each.description)}{changes}")
    asked = OpenQuestion(proposal, command, printed, new_number())
    if ago := proposal.approved_ago(command):
        offer = f" To run it, from now on without a question, type {asked.number} s."
        lines.say(f"You approved this text {ago} ago.{offer if can_repeat(proposal, command) else ''}")
    if proposal.leftovers:
        lines.say(f"To end the processes that commands left behind, type {asked.number} t.")
    return asked


async def _print_command(lines: PlainLines, command: str) -> str:
    """Print the command, one screen at a time, and return the part of its shown form that was printed."""
    split = command.split("\n")
    lines.say(
        f"The command has {counted(len(split), 'line')} "
        f"and {counted(len(command.encode('utf-8', 'replace')), 'byte')}:"
    )
    size = os.get_terminal_size(lines.terminal.output.fileno())
    room = max(1, size.lines - 4)
    shown = [shown_line(line) for line in split]
    printed: list[str] = []
    all_rows = rows(split, max(2, size.columns - gutter_width(len(split)) - 1))
    for number, row in enumerate(all_rows):
        if number and number % room == 0:
            lines.discard_typed_ahead()
            left = len(all_rows) - number
            if (
                await lines.ask(f"{counted(left, 'more row')}; Enter continues, x skips to the answers: ")
            ).strip():
                return "\n".join(printed)
        label = gutter(row.line, row.start > 0, len(split), continued=PLAIN_CONTINUED).rstrip()
        text = shown[row.line][row.start : row.end]
        lines.say(f"{label}: {text}")
        if row.start == 0:
            printed.append("")
        printed[-1] += text
    for reason in suspicions(command):
        lines.say(f"Warning: {reason}")
    return "\n".join(printed)


def _say_what_stands_out(lines: PlainLines, proposal: CommandRequest, command: str) -> None:
    noted = standing_out(proposal.notes(command), command)
    if noted.grave:
        lines.say(f"Warning: {noted.grave}")
    if noted.rest:
        lines.say(f"{noted.rest[:1].upper()}{noted.rest[1:]}")


def unavailable(asked: OpenQuestion) -> tuple[str, ...]:
    """Return the answers that the workflow does not take if it runs the command itself."""
    delegation = asked.proposal.delegation
    no_rules = () if asked.proposal.rules else ("r", f"{asked.number} s")
    not_run_here = no_rules if asked.proposal.previews else (*no_rules, "p")
    if isinstance(asked.proposal, CodeRequest):
        return (*(f"{asked.number} {word}" for word in "ckt"), "n", "w", "s", *not_run_here)
    if delegation is None:
        return not_run_here
    words = () if delegation.takes_words else (f"{asked.number} c",)
    edits = () if delegation.takes_edit else ("e", "v", "o")
    return ("a", "n", f"{asked.number} k", f"{asked.number} t", *words, *edits, *not_run_here)


def obstacle(asked: OpenQuestion, sure: bool) -> str:
    """Return why the command cannot run, as a sentence; empty if it can. With `sure`, warnings are no obstacle."""
    if not asked.command.strip():
        return "Nothing ran: the command is empty."
    if sentence := refusal(asked.command):
        return sentence
    if denial := asked.proposal.denial(asked.command):
        return visible(f"Nothing ran: {denial}.", single_line=True)
    if (delegation := asked.proposal.delegation) and (problem := delegation.check(asked.command)):
        return visible(f"Nothing ran: the workflow does not accept this command: {problem}", single_line=True)
    if not asked.was_printed:
        return "Nothing ran: the command was not printed to its end. Here it is again."
    if suspicions(asked.command) and not sure:
        return (
            "Nothing ran: the command may be deceptive. Read the warnings; "
            f'to run it, type "{asked.number} anyway{f" {asked.needed}" if asked.needed else ""}".'
        )
    if asked.needed and not asked.confirmation:
        answer = f"{asked.number} anyway" if sure else asked.number
        return (
            f"Nothing ran: it cannot be undone, so the answer needs the word {asked.needed} after it, "
            f'such as "{answer} {asked.needed}".'
        )
    return ""
