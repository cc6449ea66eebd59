"""What stands out in a command, and why the model proposes it, in lines for the person who decides on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from hitl_cli.policy.danger import Note
from hitl_cli.policy.kinds import Kind
from hitl_cli.requests import CommandRequest
from hitl_cli.screen.brief import brief, cut_within
from hitl_cli.screen.margin import MODEL, Mark
from hitl_cli.screen.themes import Theme
from hitl_cli.text.visible import visible

_MOST_PLACES = 3  # of a line
_MAX_TEXT = 60  # columns
_MAX_PART = 40
_MAX_PURPOSE = 200
_MOST_ROWS = 2


class StandingOut(NamedTuple):
    """What stands out in a command, in up to two lines, each empty for nothing.

    `grave` is about what cannot be undone. `rest` leaves out what is about a part that `grave` names.
    """

    grave: str
    rest: str

    def drawn(self, theme: Theme) -> list[RenderableType]:
        """Return the lines, drawn in at most two rows each."""
        lines = ((f"! {self.grave}" * bool(self.grave), theme.warning), (self.rest, theme.note))
        return [_FewRows(text, style) for text, style in lines if text]

    @property
    def in_brief(self) -> str:
        """The more important of the two lines."""
        return f"! {self.grave}" if self.grave else self.rest


def standing_out(notes: Sequence[Note], command: str) -> StandingOut:
    """Return what `notes` say of `command`; that it writes in its folder is not worth a line."""
    noted = [note for note in notes if note.kind is not Kind.WRITES]
    grave = [note for note in noted if note.kind.is_destructive]
    rest = [
        note for note in noted if not any(each.start <= note.start and note.end <= each.end for each in grave)
    ]
    return StandingOut(
        f"{grave[0].mark}: {_by_place(grave, command)}" if grave else "",
        f"stands out: {_by_place(rest, command)}" if rest else "",
    )


def purpose_line(proposal: CommandRequest) -> str:
    """Return why a command is proposed, in the words of the model, in one line; empty if it did not say."""
    words = " ".join(proposal.purpose.split())
    return f"purpose: {brief(words, _MAX_PURPOSE)}" if words else ""


def purpose_drawn(proposal: CommandRequest, theme: Theme) -> list[RenderableType]:
    """Return `purpose_line`, drawn with the mark of the model in at most two rows."""
    line = purpose_line(proposal)
    return [_FewRows(line, theme.model, MODEL)] if line else []


def _by_place(notes: Sequence[Note], command: str) -> str:
    """Return the texts of `notes`, those about the same part of `command` together, with that part."""
    places: dict[tuple[int, int], list[str]] = {}
    for note in notes:
        text = cut_within(visible(note.text, single_line=True), _MAX_TEXT)
        if text not in places.setdefault((note.start, note.end), []):
            places[note.start, note.end].append(text)
    said = []
    for (start, end), texts in list(places.items())[:_MOST_PLACES]:
        part = command[start:end]
        is_said = part.strip() == command.strip() or any(brief(part) in text for text in texts)
        said.append(", ".join(texts) + ("" if is_said else f" (in: {brief(part, _MAX_PART)})"))
    more = f"; and {len(places) - _MOST_PLACES} more" if len(places) > _MOST_PLACES else ""
    return "; ".join(said) + more


@dataclass(frozen=True)
class _FewRows:
    """A text, wrapped between words and cut to at most two rows; with a `mark`, each begins with it."""

    text: str
    style: str
    mark: Mark | None = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        columns = options.max_width
        sign = (
            self.mark.shown(plain=False, ascii_only=options.ascii_only, columns=columns) if self.mark else ""
        )
        lines = Text(self.text, style=self.style).wrap(console, max(1, columns - len(sign)))
        if len(lines) > _MOST_ROWS:
            last = lines[_MOST_ROWS - 1]
            last.rstrip()
            last.truncate(max(0, columns - len(sign) - 1))
            last.append("…")
        for line in lines[:_MOST_ROWS]:
            yield Text.assemble((sign, self.style), line)
