"""What was on the screen, and what the shell gets: properties over arbitrary text."""

import base64
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hitl_cli.screen.rows import SeenText, row_of, rows, source_column
from hitl_cli.terminal.replies import Replies
from hitl_cli.text.visible import shown_line
from tests.model_server import Calls, ModelServer, Text
from tests.review.test_display import read_to_the_end
from tests.terminal import Person

At = Callable[..., Person]

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
    seen = SeenText()
    seen.note(lines, [cell for cell in cells if cell != left_out])
    assert seen.unseen(lines) == [left_out]
    seen.note(lines, [left_out])
    assert seen.unseen(lines) == []


@given(line=ONE_LINE, added=ONE_LINE.filter(bool), data=st.data())
def test_what_an_edit_adds_is_not_seen(line: str, added: str, data: st.DataObject) -> None:
    """The rest of the line stays seen, unless the edit changes how it is shown."""
    seen = SeenText()
    seen.note([line], [(0, at) for at in range(max(1, len(shown_line(line))))])
    at = data.draw(st.integers(0, len(line)))
    edited = line[:at] + added + line[at:]
    assert [number for number, _ in seen.unseen([edited])] == [0]


@given(text=st.text(st.characters(exclude_characters="\x1b\x03\x07\x9c")), cuts=st.lists(st.integers(0, 200)))
def test_keys_pass_however_they_are_cut(text: str, cuts: list[int]) -> None:
    """A text without an escape is keys, in whatever pieces it comes."""
    replies = Replies()
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    got = ""
    for start, end in pairwise(places):
        got += "".join(piece for is_reply, piece in replies.split(text[start:end]) if not is_reply)
    assert got + replies.release() == text


def test_escape_that_waited_for_an_answer_is_taken_back_too() -> None:
    """An answer is due when Esc comes, so Esc is kept; the answer lets it go, and then its sequence goes on."""
    replies = Replies()
    taken_back: list[bool] = []
    replies.take_back_escape = lambda: taken_back.append(True)
    replies.expect()
    assert list(replies.split("\x1b")) == []
    assert replies.release() == ""
    assert list(replies.split("\x1b[0n")) == [(False, "\x1b"), (True, "\x1b[0n")]
    assert list(replies.split("[8;24;80t")) == [(True, "\x1b[8;24;80t")]
    assert taken_back == [True]


def test_escape_is_taken_back_where_a_reply_comes_between_it_and_its_rest() -> None:
    """The reply and the rest are read at once."""
    replies = Replies()
    taken_back: list[bool] = []
    replies.take_back_escape = lambda: taken_back.append(True)
    assert list(replies.split("\x1b")) == []
    assert replies.release() == "\x1b"
    assert list(replies.split("\x1b[0n[?62;22c")) == [(True, "\x1b[0n"), (True, "\x1b[?62;22c")]
    assert taken_back == [True]


def test_text_that_follows_a_reply_at_once_is_text() -> None:
    """Also soon after an Esc."""
    replies = Replies()
    assert list(replies.split("\x1b")) == []
    assert replies.release() == "\x1b"
    assert list(replies.split("\x1b[0nyes")) == [(True, "\x1b[0n"), (False, "yes")]


KINDS = [
    NASTY,
    "a\nb\n\n\nc\n",
    "\ttab  blanks   \n trailing ",
    "cat <<'E'\n\u202eא\u0628\nE",
    "".join(map(chr, range(0x20, 0x7F))),
    "".join(map(chr, range(0xA0, 0x180))),
    "\u2028\u2029\u00ad\ufeff\U000e0041\ue000\U0001f468\u200d\U0001f469",
    "x" * 3000,
]
TYPED = st.characters(exclude_categories=("Cs", "Cc"), include_characters="\t\n")
COMMANDS = st.text(st.sampled_from(NASTY + "\n") | TYPED, min_size=1, max_size=120).filter(str.strip)
APPROVED = st.lists(st.tuples(COMMANDS, st.just("") | COMMANDS), min_size=6, max_size=6)


def test_shell_gets_what_the_line_held(person: At, model: ModelServer, tmp_path: Path) -> None:
    """Texts of every kind, approved as they are and with more pasted: the shell gets them byte for byte."""
    assert_shell_gets(person, model, tmp_path, [*((text, "") for text in KINDS), ("echo ", NASTY)])


@pytest.mark.slow
@pytest.mark.timeout(400)
@settings(
    max_examples=5,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(texts=APPROVED)
def test_shell_gets_any_text(
    person: At, model: ModelServer, tmp_path: Path, texts: list[tuple[str, str]]
) -> None:
    """Approved as it is or with more pasted at its end."""
    assert_shell_gets(person, model, tmp_path, texts)


def assert_shell_gets(person: At, model: ModelServer, tmp_path: Path, texts: list[tuple[str, str]]) -> None:
    """Approve each text with what is pasted at its end, and compare what the shell gets, byte for byte."""
    got = tmp_path / "got"
    got.write_text("")
    recorder = tmp_path / "dash"  # a shell without hooks, so that its command is all that it gets
    recorder.write_text(f'#!/bin/sh\nprintf "%s" "$2" | base64 -w 0 >> {got}\necho >> {got}\n')
    recorder.chmod(0o755)
    model.reply(Calls.of(*(text for text, _ in texts)), Text("Done."))
    at = person("run", "agent", "x", env={"SHELL": str(recorder)})
    for number, (_, pasted) in enumerate(texts, 1):
        at.sees(rf"\({number} of {len(texts)}\)|^{number}/{len(texts)} ", "all keys|F1")
        if pasted:
            at.type("\x1b>")
            at.paste(pasted)
            at.sees("edited")
        read_to_the_end(at)
        at.type("\x18y")
        at.waits(
            lambda number=number: got.read_text().count("\n") >= number,  # type: ignore[misc]
            f"for command {number}",
        )
    assert at.leaves() == 0
    for (text, pasted), line in zip(texts, got.read_text().splitlines(), strict=True):
        assert base64.b64decode(line).decode() == text + pasted, json.dumps([text, pasted])
