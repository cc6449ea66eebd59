"""The list of all keys, in pages that hide nothing."""

import textwrap
from collections.abc import Collection, Sequence

from rich.text import Text

from hitl_cli.review.keys import KeyMap

_NARROW = 60  # columns under which one key of each action is shown
_GAP = 2  # blanks between a key and what it does, and between two columns


def help_pages(keys: KeyMap, columns: int, rows: int, without: Collection[str] = ()) -> list[Text]:
    """Return all keys with what they do, on as few pages of `columns` and `rows` as show every word of it.

    There are two columns where no text must be wrapped for it. The actions in `without` are left out.
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
    """Return an entry in as many lines as its text needs."""
    texts = textwrap.wrap(does, max(1, columns - left)) or [""]
    return [
        Text.assemble(((shown if at == 0 else "").ljust(left), "bold"), text) for at, text in enumerate(texts)
    ]


def _beside(entries: Sequence[tuple[str, str]], left: int, wide: int) -> Text:
    """Return entries beside each other."""
    line = Text()
    for shown, does in entries:
        line.append(shown.ljust(left), style="bold").append(does.ljust(wide - left))
    line.rstrip()
    return line


def _filled(entries: Sequence[Sequence[Text]], room: int) -> list[list[Text]]:
    """Return pages of `room` lines with whole entries, as far as a page can hold one."""
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
            f"Keys, page {number} of {total} ({down} and {up} turn it, any other key goes back)",
            f"Keys {number}/{total} · {down if number < total else up} turns · others go back",
            f"Keys {number}/{total}",
        ]
    )
    title = next((each for each in titles if len(each) <= columns), titles[-1])
    return Text(title, style="bold", no_wrap=True, overflow="ellipsis")
