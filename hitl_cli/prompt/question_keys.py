"""The keys of a question: which actions work there, the line that names them, and the pages of the key help."""

import textwrap
from collections.abc import Collection, Mapping, Sequence

from rich.text import Text

from hitl_cli.prompt.options import KeyMap
from hitl_cli.requests import CodeRequest, CommandRequest
from hitl_cli.screen.panels import FIXED

_EDITS = ("editor", "newline", "complete", "complete_back", "reset", "undo")
_ONLY_FOR_COMMANDS = ("keep", "comment", "explain", "save")
_MAKE_RULES = ("run_again", "always")


def why_not(action: str, proposal: CommandRequest) -> str:
    """Return why `action` has no effect at the question about `proposal`, as a sentence; empty if it has one."""
    if action in _EDITS and proposal.is_fixed:
        return FIXED
    if action in _not_delegated(proposal):
        return "The workflow runs this command, and its response has no place for that."
    if action in _ONLY_FOR_COMMANDS and isinstance(proposal, CodeRequest):
        return "That is for commands; this is Python code that the workflow runs."
    if action == "preview" and proposal.previews is None:
        return "There is no preview of what hitl does not run itself."
    if action in _MAKE_RULES and proposal.rules is None:
        return "No rule can let this run without a question, because hitl does not run it."
    return ""


def why_not_again(proposal: CommandRequest, text: str) -> str:
    """Return why exactly `text` cannot be allowed for the rest of the session, as a sentence; empty if it can."""
    why = proposal.rules.why_not_again(text) if proposal.rules else ""
    return f"Nothing ran: {why[0].lower()}{why[1:]}" if why else ""


def can_repeat(proposal: CommandRequest, text: str) -> bool:
    """Return whether the person approved `text` before and can allow it for the rest of the session."""
    return proposal.rules is not None and not proposal.rules.why_not_again(text)


def approved_note(keys: KeyMap, proposal: CommandRequest, text: str, *, can_repeat: bool) -> str:
    """Return a note that the person approved `text` before, and what they can do about it; empty if they did not.

    `can_repeat` says whether it can be allowed for the rest of the session.
    """
    ago = proposal.approved_ago(text)
    if not ago:
        return ""
    offer = f" {keys.shown('run_again', first=True)} runs it, from now on without a question."
    return f"You approved this text {ago} ago.{offer if can_repeat and keys.offers('run_again') else ''}"


def _not_delegated(proposal: CommandRequest) -> tuple[str, ...]:
    """The actions that need more than the response of a workflow that runs its commands has a place for."""
    delegation = proposal.delegation
    if delegation is None:
        return ()
    return ("answer", "keep") if delegation.takes_words else ("answer", "keep", "comment")


def unlisted(proposal: CommandRequest, actions: Collection[str]) -> list[str]:
    """Return those of `actions` that have no effect at the question about `proposal`."""
    useless = [] if len(proposal.alternatives) > 1 else ["next_candidate", "previous_candidate"]
    useless += [] if proposal.leftovers else ["end_leftovers"]
    return [name for name in actions if name in useless or why_not(name, proposal)]


def key_row(
    keys: KeyMap,
    proposal: CommandRequest,
    width: int,
    first: Mapping[str, str],
    *,
    can_repeat: bool,
    has_gaps: bool,
    mode: str,
) -> str:
    """Return as many keys as fit in `width`, the most needed first.

    `first` names the action that runs the command, and what to call it; `can_repeat` says whether the text on the line
    was approved before and can be allowed for the session. `mode` is the vi mode, or empty.
    """
    again = {"run_again": "run from now on"} if can_repeat else {}
    words = {**first, **again, "reject": "reject", "help": "all keys", "": mode}
    if proposal.leftovers:
        words["end_leftovers"] = "end leftover processes"
    if has_gaps:
        words["complete"] = "next gap"
    if len(proposal.alternatives) > 1:
        words["next_candidate"] = "next match"
    words |= {"preview": "preview", "answer": "answer", "explain": "explain", "always": "always…"}
    if proposal.alternatives:
        words["keep"] = "run, keep"
    words |= {"editor": "editor", "newline": "new line"}
    for name in unlisted(proposal, list(words)):
        del words[name]
    line = ""
    for name, word in words.items():
        part = f"{keys.shown(name, first=True)} {word}" if name and keys.offers(name) else ""
        longer = " · ".join(filter(None, (line, part if name else word)))
        line = longer if len(longer) < width else line
    return line


_NARROW = 60  # columns below which only one key of each action is shown
_GAP = 2  # blanks between a key and its action, and between two columns


def help_pages(keys: KeyMap, columns: int, rows: int, without: Collection[str] = ()) -> list[Text]:
    """Return the list of keys, on as few pages of `columns` and `rows` as possible.

    Two columns are used if no text has to be wrapped for them. The actions in `without` are omitted.
    """
    entries = keys.listed(first=columns < _NARROW, without=without)
    left = max(len(shown) for shown, _ in entries) + _GAP
    room = max(1, rows - 1)  # the title has a row
    wide = left + max(len(does) for _, does in entries) + _GAP
    deep = -(-len(entries) // 2)
    if len(entries) > room >= deep and 2 * wide <= columns:
        pages = [[_beside(entries[row::deep], left, wide) for row in range(deep)]]
    else:
        pages = _filled([_lines(shown, does, left, columns) for shown, does in entries], room)
    return [
        Text("\n").join([_title(number, len(pages), keys, columns), *page])
        for number, page in enumerate(pages, 1)
    ]


def _lines(shown: str, does: str, left: int, columns: int) -> list[Text]:
    """Return an entry in as many lines as it needs."""
    texts = textwrap.wrap(does, max(1, columns - left)) or [""]
    return [
        Text.assemble(((shown if at == 0 else "").ljust(left), "bold"), text) for at, text in enumerate(texts)
    ]


def _beside(entries: Sequence[tuple[str, str]], left: int, wide: int) -> Text:
    """Return entries side by side."""
    line = Text()
    for shown, does in entries:
        line.append(shown.ljust(left), style="bold").append(does.ljust(wide - left))
    line.rstrip()
    return line


def _filled(entries: Sequence[Sequence[Text]], room: int) -> list[list[Text]]:
    """Return pages of `room` lines; an entry is split only if it is longer than a page."""
    pages: list[list[Text]] = [[]]
    for lines in entries:
        if pages[-1] and len(pages[-1]) + len(lines) > room:
            pages.append([])
        for line in lines:
            if len(pages[-1]) == room:
                pages.append([])
            pages[-1].append(line)
    return pages


def _title(number: int, total: int, keys: KeyMap, columns: int) -> Text:
    down, up = (keys.shown(name, first=True) for name in ("page_down", "page_up"))
    titles = (
        ["Keys (any key goes back)"]
        if total == 1
        else [
            f"Keys, page {number} of {total} ({down} and {up} turn pages, any other key goes back)",
            f"Keys {number}/{total} · {f'{down} next' if number < total else f'{up} previous'} · others close",
            f"Keys {number}/{total}",
        ]
    )
    title = next((each for each in titles if len(each) <= columns), titles[-1])
    return Text(title, style="bold", no_wrap=True, overflow="ellipsis")
