"""What a model is shown of an output: the same in any chunking, bounded, counted exactly, and free of sequences."""

import re

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hitl_cli.shell.excerpt import LIMIT, Excerpt, ShownOutput
from hitl_cli.shell.resolve import CLEARED_NOTE, FULL_SCREEN_NOTE, resolved
from hitl_cli.text.secrets.masking import Mask

PIECES = [
    b"\r", b"\n", b"\r\n", b"\b", b"\t", b"\x1b[K", b"\x1b[2K", b"\x1b[1A", b"\x1b[3D", b"\x1b[31m", b"\x1b[0m",
    b"\x1b[H", b"\x1b[2J", b"\x1b]0;t\x07", b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b", b"\x1b[", b"\xc3\xa9", b"\xe4\xb8",
    b"\xff", b"\0", b"word ", b"10%", b"\xe4\xb8\xad", b"x" * 300, b"line\n" * 40,
]  # fmt: skip
streams = st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=60).map(b"".join)


def fed(data: bytes, sizes: list[int], limit: int = LIMIT) -> ShownOutput:
    """Return the excerpt of `data`, fed in chunks of these sizes, over and over."""
    excerpt = Excerpt(limit)
    at = turn = 0
    while at < len(data):
        size = sizes[turn % len(sizes)] if sizes else len(data)
        excerpt.feed(data[at : at + size])
        at, turn = at + size, turn + 1
    return excerpt.shown()


@settings(max_examples=60, deadline=None)
@given(streams, st.integers(1, 2000), st.lists(st.integers(1, 50), max_size=5))
def test_any_chunking_gives_the_same_excerpt(data: bytes, times: int, sizes: list[int]) -> None:
    """Chunks make no difference; limits hold; no more is counted as shown than there is."""
    data = (data * times)[:200_000]
    whole = fed(data, [])
    assert fed(data, [each * 97 for each in sizes]) == whole
    assert len(whole.text.encode()) <= LIMIT
    assert 0 <= whole.bytes_shown <= whole.bytes_total
    assert 0 <= whole.lines_shown <= whole.lines_total
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", whole.text)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 300_000), st.integers(500, 70_000))
def test_plain_lines_are_counted_exactly(count: int, size: int) -> None:
    """Of plain text, every byte and line is either shown or counted."""
    data = b"".join(b"%d\n" % number for number in range(count))[:2_000_000]
    shown = fed(data, [size])
    assert shown.bytes_total == len(data)
    assert shown.lines_total == data.count(b"\n")
    left_out = re.search(r"\n\[\.\.\. ([\d,]+) lines, ([\d,]+) bytes omitted \.\.\.\]\n", shown.text)
    if left_out is None:
        assert shown.text.encode() == data
        return
    head, tail = shown.text[: left_out.start() + 1].encode(), shown.text[left_out.end() :].encode()
    assert data.startswith(head)
    assert data.endswith(tail)
    assert len(head) + len(tail) + int(left_out[2].replace(",", "")) == len(data)
    assert head.count(b"\n") + tail.count(b"\n") + int(left_out[1].replace(",", "")) == data.count(b"\n")


@settings(max_examples=20, deadline=None)
@given(
    st.integers(1, 2_000_000), st.sampled_from(["", "\n"]), st.sampled_from([b"x", b"ab\tc ", "中".encode()])
)
def test_the_end_of_one_long_line_is_shown(size: int, end: str, filler: bytes) -> None:
    """However long the only line is, its beginning and its end are shown, and the counts add up."""
    line = "BEGIN " + (filler * (size // len(filler) + 1)).decode() + "END-MARK" + end
    shown = fed(line.encode(), [65_536])
    assert shown.text.startswith("BEGIN ")
    assert shown.text.endswith("END-MARK" + end)
    assert shown.bytes_total == len(line.encode())
    left_out = re.search(r"\n\[\.\.\. [01] lines, ([\d,]+) bytes omitted \.\.\.\]\n", shown.text)
    counted = int(left_out[1].replace(",", "")) if left_out else 0
    note = len(left_out[0]) if left_out else 0
    assert len(shown.text.encode()) - note + counted == len(line.encode())


DRAWINGS = [
    "\r", "\n", "\b", "\x1b[K", "\x1b[1K", "\x1b[2K", "\x1b[A", "\x1b[2B", "\x1b[3C", "\x1b[2D", "\x1b[5G", "\x1b[H",
    "\x1b[2;3H", "\x1b[J", "\x1b[1J", "\x1b[2J", "\x1b[2P", "\x1b[2@", "\x1b[3X", "\x1b[1;31m", "\x1b7zz\x1b8",
    "\x1b]2;title\x07", "abc", "progress 50%", "z",
]  # fmt: skip


class KeepingScreen(pyte.HistoryScreen):
    """A screen whose history also holds what was cleared, above a note."""

    def erase_in_display(self, how: int = 0, *args: object, **keywords: object) -> None:
        if how == 2 or (how == 0 and (self.cursor.y, self.cursor.x) == (0, 0)):
            drawn = [self.buffer[row] for row in range(self.lines)]
            rows = ["".join(row[column].data for column in range(max(row, default=-1) + 1)) for row in drawn]
            while rows and not rows[-1].strip():
                rows.pop()
            for text in [*rows, CLEARED_NOTE] if rows else []:
                kept: pyte.screens.StaticDefaultDict[int, pyte.screens.Char] = pyte.screens.StaticDefaultDict(
                    self.default_char
                )
                kept.update(
                    {column: self.default_char._replace(data=char) for column, char in enumerate(text)}
                )
                self.history.top.append(kept)
        super().erase_in_display(how, *args, **keywords)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(DRAWINGS), max_size=25))
def test_sequences_are_resolved_as_a_terminal_does(pieces: list[str]) -> None:
    """What is left is what another terminal emulator has on its screen, and what was cleared from it."""
    screen = KeepingScreen(400, 24, history=1000)
    stream = pyte.Stream(screen)
    stream.feed("".join(pieces).replace("\n", "\r\n"))
    lines = ["".join(row[column].data for column in range(400)) for row in screen.history.top]
    expected = "\n".join(line.rstrip() for line in [*lines, *screen.display]).rstrip("\n")
    got = "\n".join(line.rstrip() for line in resolved("".join(pieces), 400, 24).split("\n")).rstrip("\n")
    assert got == expected


@pytest.mark.parametrize(
    ("drawn", "left"),
    [
        ("\r 10%\r 50%\r100%\ndone\n", "100%\ndone\n"),
        ("\x1b[1;32mok\x1b[0m\n", "ok\n"),
        ("one\ntwo\nthree\n\x1b[3A\x1b[2KONE\n\x1b[2B", "ONE\ntwo\nthree\n"),
        ("abcdef\rXY\n", "XYcdef\n"),
        ("long line\rshort\x1b[K\n", "short\n"),
        ("a\tb\nc\td\n", "a\tb\nc\td\n"),
        ("中文字\rab\n", "ab文字\n"),
        ("before\n\x1b[?1049hmenu\x1b[5;5Hx\x1b[?1049lafter\n", f"before\n{FULL_SCREEN_NOTE}\nafter\n"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\n", "link\n"),
        ("one\ntwo\nthree\x1b[2A\x1b[M", "two\nthree"),
        ("one\ntwo\x1b[Lnew\n", "one\nnew\ntwo"),
        ("o\bo\b_b\bb\n", "_b\n"),
        ("one\ntwo\n\x1b[H\x1b[2J\x1b[3Jdone\n", f"one\ntwo\n{CLEARED_NOTE}\ndone\n"),
        ("one\ntwo\n\x1bc\x1b]104\x07done\n", f"one\ntwo\n{CLEARED_NOTE}\ndone\n"),
        ("\x1b[H\x1b[Jdone\n", "done\n"),
    ],
)
def test_drawings(drawn: str, left: str) -> None:
    """A line has its last state, and its colours do not reach a model."""
    assert resolved(drawn) == left


@pytest.mark.parametrize(
    "attack", ["\x1b[65535C", "\x1b[99999S", "\x1b[99999L", "\x1b[9999b", "\t", "\x1b[9999@", "\x1b]"]
)
def test_a_short_output_cannot_become_a_long_one(attack: str) -> None:
    """Memory and time stay in proportion to what was printed."""
    count = 100_000 // len(attack)
    assert len(resolved("x" + attack * count)) < 10_000_000


def test_binary_is_described() -> None:
    """Binary data does not reach a model; it is told what there was."""
    shown = fed(bytes(range(256)) * 100, [1000])
    assert shown.is_binary
    assert shown.text.startswith("[binary data, 25,600 bytes, not shown; starts with 00 01 02")


@pytest.mark.parametrize(
    "text", ["naïve café 中文\n", "a\0b\0" + "some names " * 20, "\x1b[31mred\x1b[0m\n" * 30]
)
def test_text_is_not_taken_for_binary(text: str) -> None:
    """Other languages, colours and a few separators are text."""
    assert not fed(text.encode(), [3]).is_binary


def test_a_secret_at_the_cut_is_not_cut_in_two() -> None:
    """Wherever the excerpt is cut, no part of a secret is left."""
    secret = "hunter2-hunter2-hunter2"
    mask = Mask({"DB_PASSWORD": secret})
    for shift in range(0, 60, 7):
        excerpt = Excerpt()
        excerpt.feed(b"." * shift + (secret + " ").encode() * 5000)
        shown = excerpt.shown(mask)
        assert "hunter2" not in shown.text
        assert "[DB_PASSWORD: masked]" in shown.text
        assert shown.masked == ("DB_PASSWORD",)
        assert len(shown.text.encode()) <= LIMIT


KEY = (
    "-----BEGIN PRIVATE KEY-----\n"
    + ("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" * 2 + "\n") * 90
    + "-----END PRIVATE KEY-----\n"
)
LINES = "first of it\nsecond of it\nthird of it"


@settings(max_examples=80, deadline=None)
@given(
    secret=st.sampled_from(
        [KEY, LINES + "\n", "Authorization: Bearer abcdefghijklmnop\n", "postgres://me:s3cr3t-pw0rd@host\n"]
    ),
    before=st.integers(0, 6100) | st.sampled_from([262_144, 327_680]).flatmap(lambda at: st.integers(at - 6100, at)),
    after=st.integers(0, 8200) | st.sampled_from([262_144, 327_680]).flatmap(lambda at: st.integers(at - 6100, at)),
    filler=st.sampled_from([b"a line of text\n", b"\rprogress 10%", b".", "日本\n".encode()]),
    size=st.integers(500, 70_000),
)  # fmt: skip
def test_no_part_of_a_secret_is_shown(secret: str, before: int, after: int, filler: bytes, size: int) -> None:
    """Wherever the stream, or the excerpt, is cut in two, and however little its lines come to in the end."""
    excerpt = Excerpt()
    data = filler * (before // len(filler)) + b"\n" + secret.encode() + filler * (after // len(filler))
    for at in range(0, len(data), size):
        excerpt.feed(data[at : at + size])
    shown = excerpt.shown(Mask({"LINES_SECRET": LINES}))
    for part in ("MIIE", "QEFAASC", "of it", "bcdefgh", "hijklmnop", "s3cr3t", "pw0rd"):
        assert part not in shown.text
    assert len(shown.text.encode()) <= LIMIT
    assert 0 <= shown.bytes_shown <= shown.bytes_total
    assert 0 <= shown.lines_shown <= shown.lines_total


def test_many_short_secrets_do_not_burst_the_limit() -> None:
    """A note may be longer than what it masks; the excerpt is still bounded, and its counts add up."""
    mask = Mask({"A_RATHER_LONG_NAME_FOR_A_TOKEN": "12345678"})
    excerpt = Excerpt()
    excerpt.feed(b"12345678\n" * 1500)
    shown = excerpt.shown(mask)
    assert len(shown.text.encode()) <= LIMIT
    assert "12345678" not in shown.text
    assert shown.bytes_shown + shown.bytes_omitted == 13_500


@pytest.mark.parametrize("shift", range(3))
def test_a_character_is_not_cut_in_two(shift: int) -> None:
    """The excerpt of wide text is whole characters at both cuts."""
    shown = fed(b"x" * shift + "中".encode() * 10_000, [1000])
    assert "\ufffd" not in shown.text
    assert shown.bytes_shown + shown.bytes_omitted == 30_000 + shift
