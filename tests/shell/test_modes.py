"""Whatever a command printed, in whatever pieces, the terminal is as before once it was reset."""

import pyte
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hitl_cli.terminal.flood import Flood
from hitl_cli.terminal.modes import TerminalModes
from hitl_cli.terminal.resets import Change, Resets
from tests.shell.emulated import EmulatedTerminal

MODES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 25, 40, 45, 47, 66, 67, 69, 80, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015,
         1016, 1047, 1048, 1049, 2004, 2026, 2031, 2048, 9001, 31337]  # fmt: skip
numbers = st.sampled_from(MODES).flatmap(
    lambda mode: st.sampled_from(["%d", "0%d", "00000000%d", "1;%d", "%d;2004"]).map(lambda form: form % mode)
)
private_modes = st.builds(
    lambda number, on, c1: f"{c1}?{number}{on}".encode(),
    numbers,
    st.sampled_from("hl"),
    st.sampled_from(["\x1b[", "\x9b", "\x1b\r[", "\x1b[\a"]),
)
PIECES = [
    b"text", b"\r\n", b"\n", b"\r", "é°—”".encode(), b"\x1b[4h", b"\x1b[20h", b"\x1b[2h", b"\x1b[12l", b"\x1b[31m",
    b"\x1b[1;38:5:3m", b"\x1b=", b"\x1b(0", b"\x1b)0", b"\x1b*0", b"\x1b+A", b"\x1b.A", b"\x1b-A", b"\x0e", b"\x0f",
    b"\x1bn", b"\x1bo", b"\x1b~", b"\x1b}", b"\x1b|", b"\x1b%@", b"\x1b%G", b"\x1b G", b"\x1b7", b"\x1b8", b"\x1bc",
    b"\x1b[!p", b"\x1b[5;10r", b"\x1b[>1u", b"\x1b[>31u" * 20, b"\x1b[=8;1u", b"\x1b[<u", b"\x1b[>4;2m", b"\x1b[>1;3m",
    b"\x1b[4 q", b"\x1b[2q", b'\x1b[1"q', b"\x1bV", b"\x1bH", b"\x1b[3g", b"\x1b[g", b"\x1b[9C",
    b"\x1b]0;title\a", b"\x1b]2;title\x1b\\", b"\x1b]0;unfinished", b"\x1b[22;0t", b"\x1b]8;;http://x\a",
    b"\x1b]4;1;red\a", b"\x1b]004;1;red\a", b"\x1b]5;0;red\a", b"\x1b]10;red\x1b\\", b"\x1b]17;red\a",
    b"\x1b]19;red\a", b"\x1b]21;foreground=red;cursor=\a", b"\x1b]22;hand2\a", b"\x1b]50;fixed\a", b"\x9d11;red\x9c",
    b"\xc2\x9d11;red\xc2\x9c", b"\x9b?1003h", b"\x90q", b"\x1b]" + b"x" * 5000, b"\x1bP" + b"y" * 300,
    b"\x1b_G", b"\x1bX",    b"\x1b[?" + b"0" * 5000 + b"1003h", b"\x1b[0;0;0;" * 100, b"\x1b[", b"\x1b[?", b"\x1b[?10",
    b"\x1b", b"\x1b]", b"\x1b(",    b"\x1b%", b"\xc2", b"\xe2\x80", b"\x18", b"\x1a", b"\x07", b"?1003h", b"49h", b"00",
]  # fmt: skip
outputs = st.lists(
    st.sampled_from(PIECES) | private_modes | st.binary(max_size=6), max_size=15
).map(b"".join)  # fmt: skip


def followed(data: bytes, size: int = 0) -> TerminalModes:
    """Return the modes after `data`, which came in pieces of this size, or in one."""
    modes = TerminalModes()
    for at in range(0, len(data), size or max(len(data), 1)):
        modes.feed(data[at : at + (size or len(data))])
    return modes


def reset(modes: TerminalModes, name: str = "xterm-256color", columns: int = 80) -> bytes:
    """Return what resets a terminal of that name."""
    return Resets(name, is_utf8=True).reset(modes.changed, columns, modes.line_end)


@settings(max_examples=400, deadline=None)
@example(b"\x1b[?1047h\x1b[>1u\x1b[?47l", 0)
@example(b"\x1b[?1047h\x1b[>1u\x1b[?47l\x1b[<u", 0)
@example(b"\x1b[?3h\x1b[3?l", 0)
@example(b"\x1b[?3h\x1b[?3 l", 0)
@example(b"\x1b[?23t\x1b[2;23t", 0)
@example(b"\x1b[?3h\x1b[?2l\x1b[?3l", 0)
@example(b"\x1b[1h\x1b[?2l\x1bc", 0)
@example(b"\x1b[?47h\x1b[>1u\xc2\x9b?47l", 0)
@example(b"\x1b[3?l\xc2\x9b?3h", 0)
@example(b"\x1b[?3h\xc2\xc2\x9b?3l", 0)
@given(outputs, st.integers(0, 9))
def test_a_terminal_is_as_before(data: bytes, size: int) -> None:
    """Modes, charsets, stacks, colours, tab stops and the title: the reset leaves nothing of what was printed."""
    terminal = EmulatedTerminal()
    before = terminal.settled
    modes = followed(data, size)
    if modes.has_sequences:
        terminal.feed(Resets("xterm", is_utf8=True).save_title())
        modes.note_title_saved()
    terminal.feed(data)
    terminal.feed(reset(modes))
    assert terminal.settled == before


def test_a_title_comes_back_from_a_stack_that_was_used() -> None:
    """Also where the command takes a title from the stack that it did not put there, and then sets its own."""
    data = b"\x1b[23;0t\x1b]0;mine\x07"
    terminal, modes = EmulatedTerminal(), followed(data)
    terminal.feed(Resets("xterm", is_utf8=True).save_title() + data)
    modes.note_title_saved()
    terminal.feed(reset(modes))
    assert terminal.settled == EmulatedTerminal().settled


@settings(max_examples=150, deadline=None)
@given(outputs, st.integers(1, 9))
def test_pieces_make_no_difference(data: bytes, size: int) -> None:
    """Where the bytes were cut makes no difference to what is reset, or to anything else that is known."""
    whole, cut = followed(data), followed(data, size)
    for name in ("xterm", "linux", "dumb"):
        assert reset(cut, name) == reset(whole, name)
    assert (cut.alternate, cut.asked) == (whole.alternate, whole.asked)
    assert cut.at_line_start == whole.at_line_start


SEEN_BY_PYTE = [
    b"text", b"\r\n", b"\n", b"a\r", b"\x1b[?25l", b"\x1b[?5h", b"\x1b[?7l", b"\x1b[?6h", b"\x1b[?3h", b"\x1b[4h",
    b"\x1b[20h", b"\x1b[5;10r", b"\x1b[31;44;1m", b"\x1b%@\x1b(0\x0e", b"\x1b)0", b"\x1b[?1003h", b"\x1b[H",
    b"\x1b[20;70Hx", b"\x1b[3g", b"\x1bH", b"\x1b7", b"\x1b8", b"x" * 79,
]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(SEEN_BY_PYTE), max_size=10, unique=True).map(b"".join),
    st.sampled_from([b"", b"\x1b]0;x", b"\x1b[", b"\x1b[?2", b"\x1b"]),
    st.sampled_from(["xterm", "linux"]),
)
def test_the_next_line_is_free(data: bytes, rest: bytes, name: str) -> None:
    """On a terminal that knows little of what it is told: nothing of that is shown, and the cursor is where it should.

    That is at the start of a line in which nothing stands, at most one further down.
    """
    screen = pyte.Screen(80, 24)
    stream = pyte.ByteStream(screen)
    fresh = pyte.Screen(80, 24)
    stream.feed(data + rest)
    modes = followed(data + rest)
    before = list(screen.display), screen.cursor.y, screen.columns
    stream.feed(reset(modes, name))
    assert screen.mode == fresh.mode
    assert screen.margins is None
    assert screen.columns == 80
    assert (screen.charset, screen.g0_charset) == (fresh.charset, fresh.g0_charset)
    assert not screen.cursor.hidden
    assert screen.cursor.attrs == fresh.cursor.attrs
    assert screen.tabstops == fresh.tabstops or modes.changed.other != {Change.TAB_STOPS}
    assert screen.cursor.x == 0
    assert screen.display[screen.cursor.y].strip() == "" or modes.roams
    if not (modes.roams or screen.columns != before[2]):
        scrolled = screen.cursor.y == before[1] == 23 and modes.line_end == b"\r\n"
        assert screen.cursor.y == min(before[1] + (modes.line_end == b"\r\n"), 23)
        assert (
            screen.display[: screen.cursor.y] == (before[0][1:] if scrolled else before[0])[: screen.cursor.y]
        )


@pytest.mark.parametrize("name", ["dumb", "unknown", ""])
def test_a_dumb_terminal_gets_no_sequence(name: str) -> None:
    """A terminal that shows sequences as text is only taken to the next line."""
    assert reset(followed(b"\x1b[?25ltext"), name) == b"\r\n"
    assert Resets(name, is_utf8=True).save_title() == b""


def test_a_persons_own_settings_stay() -> None:
    """Colours, tab stops and the like are not reset where a command cannot have changed them."""
    told = reset(followed(b"plain \x1b[1mbold\x1b[0m\x1b]11;?\a\x1b]0;title\a\r\n"))
    for theirs in (
        b"\x1b]104",
        b"\x1b]11",
        b" q",
        b"\x1b[3g",
        b"\x1b[?5l",
        b"\x1b[?1007",
        b"\x1b[0q",
        b"\x1b[?3l",
    ):
        assert theirs not in told


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
    note, last = flood.end().split(b" ...]\r\n")
    assert last.startswith(b"line ")
    assert last.endswith(b"line 09999\n")
    assert len(last) % 11 == 0
    assert f"{10_000 - len(last) // 11:,} lines".encode() in note
    flood.hold(b"x" * 20_000)
    assert flood.end().endswith(b" ...]\r\n" + b"x" * 8192)


@pytest.mark.parametrize(
    ("written", "line_end"),
    [
        (b"", b""),
        (b"red\x1b[?1049h\r\n", b"\r\n"),
        (b"red\r\n\x1b[?1049hx", b""),
        (b"\x1b[?1049hx\x1b[?1049l", b""),
        (b"red\r\n\x1b[0m", b""),
        (b"red\r\n\x1b[2C", b"\r\n"),
        (b"red\r\n\x1b", b""),
        (b"red\n", b"\r"),
        (b"red\n\n\r", b""),
        (b"red\r", b"\r\n"),
        (b"\x1b]0;title\x07", b""),
        (b"\x1b[" + b"\0" * 1_000_000, b""),  # in time that is linear in the length
    ],
)
def test_where_the_cursor_is_left(written: bytes, line_end: bytes) -> None:
    """What is written to the alternate screen, and what only changes colours, does not count."""
    assert followed(written).line_end == line_end
