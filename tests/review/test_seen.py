"""What was on the screen, and what the shell gets: properties over arbitrary text."""

import asyncio
import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_cli.errors import NotApprovedError
from hitl_cli.review.panels import difference
from hitl_cli.review.replies import Replies
from hitl_cli.review.seen import Seen, row_of, rows, shown_line, source_column
from hitl_cli.shell import Approvals, Shell
from hitl_cli.shell.approvals import digest
from hitl_cli.text.visible import refusal
from tests.review.conftest import Ask
from tests.review.test_display import read_to_the_end

NASTY = "ab \t\u200b\u202e\u0301日🎉é⟦⟧'\"\\$`;|&<>(){}[]#~*?!-"
ONE_LINE = st.text(st.sampled_from(NASTY) | st.characters(exclude_categories=("Cs", "Cc")), max_size=60)
LINES = st.lists(ONE_LINE, min_size=1, max_size=8)


@given(lines=LINES, width=st.integers(2, 90))
def test_rows_cover_every_line_without_a_gap(lines: list[str], width: int) -> None:
    """Each shown character is in exactly one row, and the row of a place holds it."""
    all_rows = rows(lines, width)
    for number, line in enumerate(lines):
        mine = [row for row in all_rows if row.line == number]
        shown = shown_line(line)
        assert "".join(shown[row.start : row.end] for row in mine) == shown
        for column in range(len(shown)):
            row = all_rows[row_of(all_rows, number, column)]
            assert row.line == number
            assert row.start <= column < row.end
            assert 0 <= source_column(line, column) <= len(line)


@given(lines=LINES, data=st.data())
def test_nothing_counts_as_seen_that_was_not(lines: list[str], data: st.DataObject) -> None:
    """Without one of its characters a text is not seen; with it, it is."""
    cells = [(number, at) for number, line in enumerate(lines) for at in range(max(1, len(shown_line(line))))]
    left_out = data.draw(st.sampled_from(cells))
    seen = Seen()
    seen.note(lines, [cell for cell in cells if cell != left_out])
    assert seen.unseen(lines) == [left_out]
    seen.note(lines, [left_out])
    assert seen.unseen(lines) == []


@given(line=ONE_LINE, added=ONE_LINE.filter(bool), data=st.data())
def test_what_an_edit_adds_is_not_seen(line: str, added: str, data: st.DataObject) -> None:
    """The rest of the line stays seen, unless the edit changes how it is shown."""
    seen = Seen()
    seen.note([line], [(0, at) for at in range(max(1, len(shown_line(line))))])
    at = data.draw(st.integers(0, len(line)))
    edited = line[:at] + added + line[at:]
    assert [number for number, _ in seen.unseen([edited])] == [0]


@given(old=st.text(), new=st.text())
def test_difference_puts_both_texts_together_again(old: str, new: str) -> None:
    """Head, middle and tail are each of the texts; the middles share neither their first word nor their last."""
    head, only_old, only_new, tail = difference(old, new)
    assert head + only_new + tail == new
    assert head + only_old + tail == old


@given(text=st.text(st.characters(exclude_characters="\x1b\x03\x07\x9c")), cuts=st.lists(st.integers(0, 200)))
def test_keys_pass_however_they_are_cut(text: str, cuts: list[int]) -> None:
    """A text without an escape is keys, in whatever pieces it comes."""
    replies = Replies()
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    got = ""
    for start, end in pairwise(places):
        got += "".join(piece for is_reply, piece in replies.split(text[start:end]) if not is_reply)
    assert got + replies.release() == text


@pytest.mark.parametrize("shown", ["echo hi ", "", "echo  hi"])
def test_another_text_than_was_shown_does_not_run(shown: str) -> None:
    """An approval whose digest belongs to something else is no approval, and is used up."""
    approvals = Approvals()
    approvals.grant("1", "echo hi", digest(shown))
    with pytest.raises(NotApprovedError, match="not what was on the screen"):
        approvals.use("1", "echo hi")
    with pytest.raises(NotApprovedError):
        approvals.use("1", "echo hi")


def test_shell_gets_what_the_line_held(asked: Ask, tmp_path: Path) -> None:
    """Texts of every kind, approved unchanged: the argument of the shell is the proposal, byte for byte."""
    texts = [
        NASTY,
        "a\nb\n\n\nc\n",
        "\ttab  blanks   \n trailing ",
        "cat <<'E'\n\u202eא\u0628\nE",
        "".join(map(chr, range(0x20, 0x7F))),
        "".join(map(chr, range(0xA0, 0x180))),
        "\u2028\u2029\u00ad\ufeff\U000e0041\ue000\U0001f468\u200d\U0001f469",
        "x" * 3000,
    ]
    assert not any(refusal(text) for text in texts)
    at = asked(texts)
    for number in range(1, len(texts) + 1):
        at.sees(rf"\({number} of {len(texts)}\)", "all keys")
        read_to_the_end(at)
        at.type("\x18y")
        at.waits(lambda number=number: len(at.decisions) >= number, f"for decision {number}")  # type: ignore[misc]
    at.decided()
    recorder = tmp_path / "bash"
    recorder.write_text('#!/bin/sh\nprintf "%s" "$2" > got\n')
    recorder.chmod(0o755)

    async def run(command: str, shown: str) -> bytes:
        approvals = Approvals()
        approvals.grant("1", command, shown)
        await Shell(str(recorder), tmp_path, {"PATH": "/bin:/usr/bin"}, approvals=approvals).run(command, "1")
        return (tmp_path / "got").read_bytes()

    for text, (kind, fields) in zip(texts, at.decisions, strict=True):
        assert (kind, fields["command"]) == ("Run", text)
        assert asyncio.run(run(fields["command"], fields["shown"])) == text.encode(), json.dumps(text)
