"""The commands that a catalogue has for one request: which is on the line, which gaps are open, how to get on."""

from collections.abc import Callable, Collection, Sequence

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import fragment_list_to_text
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.layout.utils import explode_text_fragments
from prompt_toolkit.selection import SelectionState
from rich.console import Group
from rich.table import Table
from rich.text import Text

from hitl_cli.catalogue.candidate import Candidate
from hitl_cli.catalogue.template import SLOT
from hitl_cli.review.themes import Theme
from hitl_cli.session.decision import Proposal
from hitl_cli.settings import OFFLINE_NAME
from hitl_cli.text.visible import visible

_GAP_STYLE = "reverse ansicyan"
_CHOSEN = "▸"
_SOURCE = f"From the {OFFLINE_NAME}:"


class Choice:
    """Which candidate is on the line; what the person made of the others is kept while they look around."""

    def __init__(self, proposal: Proposal) -> None:
        self._proposal = proposal
        self._texts = [candidate.command for candidate in proposal.candidates] or [proposal.command]
        commands = [candidate.command for candidate in proposal.candidates]
        self._at = commands.index(proposal.draft) if proposal.draft in commands else 0

    @property
    def proposal(self) -> Proposal:
        """The proposal as the catalogue made it, with the present candidate's command."""
        if not self._proposal.candidates:
            return self._proposal
        return Proposal(
            self._proposal.request_id, self._proposal.candidates[self._at].command, self._proposal.candidates
        )

    def complaint(self, text: str) -> str:
        """Return why `text` cannot run yet, empty if it can."""
        if not text.strip():
            return "Nothing to run: the line is empty."
        gaps = self._proposal.gaps(text)
        return f"Fill in {', '.join(gaps)} first; Tab goes there." if gaps else ""

    def described(self, theme: Theme) -> Group:
        """Return the list of candidates, the present one marked."""
        return candidate_list(self._proposal.candidates, self._at, theme)

    @property
    def unfilled(self) -> frozenset[str]:
        """The names of the slots that the catalogue could not fill."""
        return frozenset(name for candidate in self._proposal.candidates for name in candidate.unfilled)

    def begin(self, buffer: Buffer) -> None:
        """Select the first gap of the text, if it has one."""
        buffer.cursor_position = 0
        if not self.select_gap(buffer):
            buffer.cursor_position = len(buffer.text)

    def has_gaps(self, text: str) -> bool:
        """Whether something in `text` must still be filled."""
        return bool(self._proposal.gaps(text))

    def go(self, buffer: Buffer, step: int) -> None:
        """Put the next candidate (1) or the one before (-1) on the line."""
        if len(self._texts) < 2:
            return
        self._texts[self._at] = buffer.text
        self._at = (self._at + step) % len(self._texts)
        buffer.save_to_undo_stack()
        buffer.set_document(Document(self._texts[self._at]))
        self.begin(buffer)

    def select_gap(self, buffer: Buffer) -> bool:
        """Select the next gap at or after the cursor, from the start again where there is none."""
        gaps = [match.span() for match in SLOT.finditer(buffer.text) if match[1] in self.unfilled]
        if not gaps:
            return False
        ahead = [gap for gap in gaps if gap[0] >= buffer.cursor_position]
        start, end = (ahead or gaps)[0]
        buffer.cursor_position = end
        buffer.selection_state = SelectionState(original_cursor_position=start)
        buffer.selection_state.enter_shift_mode()  # typing replaces what is selected
        return True


class MarkGaps(Processor):
    """Marks the gaps of the text that still must be filled."""

    def __init__(self, names: Callable[[], Collection[str]]) -> None:
        """Take what returns the names of the slots that may be open."""
        self._names = names

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """Return the line with its gaps marked; no character changes its place."""
        names = self._names()
        fragments = explode_text_fragments(transformation_input.fragments)
        if not names:
            return Transformation(fragments)
        for match in SLOT.finditer(fragment_list_to_text(fragments)):
            if match[1] in names:
                for at in range(*match.span()):
                    style, char, *_ = fragments[at]
                    fragments[at] = (f"{style} {_GAP_STYLE}", char)
        return Transformation(fragments)


def candidate_list(candidates: Sequence[Candidate], at: int, theme: Theme) -> Group:
    """Return the candidates with their descriptions, number `at` marked, and those that change something flagged."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=1)
    table.add_column()
    table.add_column(ratio=1)
    for number, candidate in enumerate(candidates):
        is_chosen = number == at
        line = Text(visible(candidate.description, single_line=True))
        if candidate.changes:
            line.append(" [changes]", style=theme.warning)
        table.add_row(
            _CHOSEN if is_chosen else "", str(number + 1), line, style="bold" if is_chosen else theme.note
        )
    return Group(Text(), Text(_SOURCE, style=theme.note), table)
