"""What a command changed of the terminal is learnt from any chunking of its bytes, and undone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_cli.shell.flood import Flood
from hitl_cli.shell.modes import TerminalModes

PIECES = [
    b"\x1b[?25l", b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?1000;1006h", b"\x1b=", b"\x1b(0", b"\x1b[31m", b"\x1b[c",
    b"\x1b]0;title\x07", b"\x1b]8;;x\x1b\\", b"\x1b[>1u", b"\x1b[2;5r", b"\x1bc", b"\x0e", b"text\r\n",
    b"\x1b", b"\x1b[",
]  # fmt: skip


def follow(chunks: list[bytes]) -> TerminalModes:
    """Return the modes after these chunks."""
    modes = TerminalModes()
    for chunk in chunks:
        modes.feed(chunk)
    return modes


@given(
    st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=20).map(b"".join), st.integers(1, 9)
)
def test_any_chunking_is_undone_alike(data: bytes, size: int) -> None:
    """Where the bytes were cut makes no difference."""
    whole = follow([data])
    cut = follow([data[at : at + size] for at in range(0, len(data), size)])
    assert cut.undo() == whole.undo()
    assert (cut.alternate, cut.asked, cut.sets_title) == (whole.alternate, whole.asked, whole.sets_title)
    assert cut.at_line_start == whole.at_line_start


@given(st.lists(st.sampled_from(PIECES[:-2]), max_size=12).map(b"".join))
def test_what_undoes_leaves_nothing_to_undo(data: bytes) -> None:
    """After the undoing sequence, no mode is left that was not there before."""
    modes = follow([data])
    modes.feed(modes.undo())
    assert not modes.alternate
    left = modes.undo().replace(b"\x1b[0m", b"").replace(b"\x1b[23;0t", b"").replace(b"\x1b7\x1b[r\x1b8", b"")
    assert left == b""


@pytest.mark.parametrize(
    "harmless", [b"", b"text\r\n", b"\x1b[K", b"\x1b[?25l\x1b[?25h", b"\x1b[?1049h\x1b[?1049l", b"\x1b=\x1b>"]
)
def test_nothing_changed_is_nothing_to_undo(harmless: bytes) -> None:
    """A command that tidied up after itself leaves nothing to do."""
    assert follow([harmless]).undo() == b""


@given(st.lists(st.binary(max_size=400_000).map(lambda piece: piece * 20), max_size=12))
def test_a_flood_loses_no_count(chunks: list[bytes]) -> None:
    """What is shown and what is said not to be shown make the whole."""
    flood = Flood()
    shown = b"".join(flood.take(chunk, 0.01 * turn, may_thin=True) for turn, chunk in enumerate(chunks))
    held = flood.bytes_held
    end = flood.end()
    total = sum(map(len, chunks))
    assert len(shown) + held == total
    if b" bytes not shown ...]" in end:
        note, _, last = end.partition(b" bytes not shown ...]\x1b[0m\r\n")
        assert len(shown) + int(note.rpartition(b" ")[2].replace(b",", b"")) + len(last) == total
    assert b"".join(chunks).startswith(shown)


def test_the_end_of_a_flood_begins_with_a_whole_line() -> None:
    """What is shown of it is lines, and no half of one, unless there is no line end to begin at."""
    flood = Flood()
    flood.hold(b"".join(b"line %05d\n" % number for number in range(10_000)))
    note, last = flood.end().split(b"\x1b[0m\r\n")
    assert last.startswith(b"line ")
    assert last.endswith(b"line 09999\n")
    assert len(last) % 11 == 0
    assert f"{10_000 - len(last) // 11:,} lines".encode() in note
    flood.hold(b"x" * 20_000)
    assert flood.end().endswith(b"\x1b[0m\r\n" + b"x" * 8192)


@pytest.mark.parametrize(
    ("written", "at_line_start"),
    [
        (b"red\x1b[?1049h\r\n", False),
        (b"red\r\n\x1b[?1049hx", True),
        (b"\x1b[?1049hx\x1b[?1049l", True),
        (b"red\r\n\x1b[0m", True),
        (b"red\r\n\x1b[2C", False),
        (b"red\r\n\x1b", True),
    ],
)
def test_where_the_cursor_is_left(written: bytes, at_line_start: bool) -> None:
    """What is written to the alternate screen, and what only changes colours, does not count."""
    assert follow([written]).at_line_start == at_line_start
