"""The alternatives of a request, and the gaps to fill in the one on the line."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from prompt_toolkit.application import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition, shift_selection_mode, vi_insert_mode, vi_mode
from prompt_toolkit.formatted_text import fragment_list_to_text
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.key_binding.vi_state import InputMode
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.layout.utils import explode_text_fragments
from prompt_toolkit.selection import SelectionState
from rich.console import Group
from rich.table import Table
from rich.text import Text

from hitl_cli.requests import GAP, Alternative, CommandRequest
from hitl_cli.screen.themes import Theme
from hitl_cli.text.visible import visible

_GAP_STYLE = "reverse ansicyan"
_CHOSEN = "▸"


class Choice:
    """Which alternative is on the line; the edited texts of the others are kept."""

    def __init__(self, proposal: CommandRequest) -> None:
        self._proposal = proposal
        self._texts = [each.command for each in proposal.alternatives] or [proposal.command]
        commands = [each.command for each in proposal.alternatives]
        self._at = commands.index(proposal.draft) if proposal.draft in commands else 0

    @property
    def proposal(self) -> CommandRequest:
        """The original proposal, with the command of the current alternative."""
        if not self._proposal.alternatives:
            return self._proposal
        return replace(
            self._proposal, command=self._proposal.alternatives[self._at].command, draft=None, note=""
        )

    def obstacle(self, text: str) -> str:
        """Return why `text` cannot run yet, empty if it can."""
        if not text.strip():
            return "Nothing ran: the line is empty."
        gaps = self._proposal.gaps(text)
        return f"Nothing ran: fill in {', '.join(gaps)} first. Type over the marked text." if gaps else ""

    def list_drawn(self, theme: Theme) -> Group:
        """Return the list of alternatives, with the current one marked."""
        return alternative_list(self._proposal.alternatives, self._at, theme)

    @property
    def gap_names(self) -> frozenset[str]:
        """The names of the gaps in the alternatives."""
        return self._proposal.gap_names

    def place_cursor(self, buffer: Buffer) -> None:
        """Go to the first gap of the text, or to its end if it has none."""
        if gaps := self._gaps(buffer.text):
            _go_to_gap(buffer, *gaps[0])
        else:
            buffer.cursor_position = len(buffer.text)

    def has_gaps(self, text: str) -> bool:
        """Whether `text` has gaps that are not filled in."""
        return bool(self._proposal.gaps(text))

    def go(self, buffer: Buffer, step: int) -> None:
        """Put the next alternative (1) or the previous one (-1) on the line."""
        if len(self._texts) < 2:
            return
        self._texts[self._at] = buffer.text
        self._at = (self._at + step) % len(self._texts)
        buffer.save_to_undo_stack()
        buffer.set_document(Document(self._texts[self._at]))
        self.place_cursor(buffer)

    def go_to_gap(self, buffer: Buffer, step: int) -> None:
        """Go to the next gap (1) or the previous one (-1), and from the last one to the first."""
        gaps = self._gaps(buffer.text)
        at = buffer.cursor_position
        if step > 0:
            ahead = (gap for gap in gaps if gap[0] > at or (gap[0] == at and not vi_mode()))
            _go_to_gap(buffer, *next(ahead, gaps[0]))
        else:
            behind = (gap for gap in reversed(gaps) if (gap[0] if vi_mode() else gap[1]) < at)
            _go_to_gap(buffer, *next(behind, gaps[-1]))

    def gap_at(self, document: Document) -> int:
        """Return the length of the gap that starts at the cursor, 0 if there is none."""
        found = GAP.match(document.text, document.cursor_position)
        return len(found[0]) if found and found[1] in self.gap_names else 0

    def _gaps(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in self._proposal.open_gaps(text)]


def _go_to_gap(buffer: Buffer, start: int, end: int) -> None:
    """Select the gap, so that typing replaces it; in vi mode, place the cursor before it."""
    if vi_mode():
        buffer.cursor_position = start  # with a selection, keys would be vi commands
        get_app().vi_state.input_mode = InputMode.INSERT
        return
    buffer.cursor_position = end
    buffer.selection_state = SelectionState(original_cursor_position=start)
    buffer.selection_state.enter_shift_mode()


def gap_keys(gap_at: Callable[[Document], int]) -> KeyBindings:
    """Return bindings that replace a gap where prompt_toolkit does not; `gap_at` is `Choice.gap_at`.

    These are a paste into a selected gap and, in vi mode, any input with the cursor before a gap.
    """
    bindings = KeyBindings()
    at_gap = vi_insert_mode & Condition(lambda: gap_at(get_app().current_buffer.document) > 0)

    @bindings.add(Keys.Any, filter=at_gap)
    @bindings.add(Keys.BracketedPaste, filter=at_gap | shift_selection_mode)
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.selection_state is not None:
            buffer.cut_selection()
        else:
            buffer.delete(gap_at(buffer.document))
        event.key_processor.feed_multiple(event.key_sequence, first=True)

    return bindings


class MarkGaps(Processor):
    """Marks the gaps that are not filled in."""

    def __init__(self, names: Callable[[], Collection[str]]) -> None:
        """Take a function that returns the names of the gaps."""
        self._names = names

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """Return the line with its gaps marked; columns do not change."""
        names = self._names()
        fragments = explode_text_fragments(transformation_input.fragments)
        if not names:
            return Transformation(fragments)
        for match in GAP.finditer(fragment_list_to_text(fragments)):
            if match[1] in names:
                for at in range(*match.span()):
                    style, char, *_ = fragments[at]
                    fragments[at] = (f"{style} {_GAP_STYLE}", char)
        return Transformation(fragments)


def alternative_list(alternatives: Sequence[Alternative], at: int, theme: Theme) -> Group:
    """Return a list of the alternatives, with number `at` marked and a flag for those that change something."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=1)
    table.add_column()
    table.add_column(ratio=1)
    for number, alternative in enumerate(alternatives):
        is_chosen = number == at
        line = Text(visible(alternative.description, single_line=True))
        if alternative.changes:
            line.append(" [changes]", style=theme.warning)
        table.add_row(
            _CHOSEN if is_chosen else "", str(number + 1), line, style="bold" if is_chosen else theme.note
        )
    source = f"From the {alternatives[0].source}:"
    return Group(Text(), Text(source, style=theme.note), table)
