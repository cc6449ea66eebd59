"""A text is shown so that nothing in it is hidden or looks like something else."""

import re
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wcwidth import wcwidth

from hitl_cli.text.unicode_tables import LOOKALIKES, is_blank, script
from hitl_cli.text.visible import positions, segments, visible
from tests.text.shown import TEXT, meant, shown_alone, without_labels

DASHES_OF_TEXT = "\u2013\u2014\u2015"  # alone on a line they begin no option

# --- nothing looks like something else ---


@given(TEXT)
@example("⟦U+202E⟧")
@example("⟦" + "\u202e" + "⟧")
@example("\n" * 5 + " " * 40 + "\t" * 4 + "\u200b" * 9)
@example("a" + "\u200b" * 4 + "⟦3 more⟧")
@example("\t\t\t\t\n" + " " * 40 + "\n")
def test_a_person_can_tell_the_text_from_what_is_shown(text: str) -> None:
    assert meant(visible(text)) == text
    assert meant(visible(text, single_line=True)) == text


@given(TEXT, TEXT)
@example("e\u0301", "\u00e9")
@example("\u001b", "^[")
@example("⟦U+001B⟧", "\u001b")
@example("\udcff", "\u00ff")
@example("\t", "    ")
def test_two_texts_never_look_the_same(one: str, other: str) -> None:
    assert (visible(one) == visible(other)) == (one == other)


@given(TEXT)
def test_what_is_shown_has_one_normal_form(text: str) -> None:
    shown = visible(text)
    assert unicodedata.is_normalized("NFC", shown)
    # Three ordinary letters of Armenian, Thai and Lao, whose parts are labelled instead, and typography.
    rest = re.sub("[\u0587\u0e33\u0eb3\u2026\uff01-\uff5e]", "", shown)
    assert unicodedata.is_normalized("NFKC", rest)


def test_every_decomposed_character_stays_decomposed() -> None:
    for point in range(0x110000):
        apart = unicodedata.normalize("NFD", chr(point))
        if len(apart) > 1 and not 0xAC00 <= point <= 0xD7A3:
            assert unicodedata.is_normalized("NFC", visible(apart)), hex(point)


# --- nothing unsafe is printed ---


@pytest.mark.slow
def test_no_code_point_of_a_dangerous_class_is_printed() -> None:
    spaces = {chr(point) for point in range(0x110000) if chr(point).isspace()} - {" ", "\n"}
    hidden = {"\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u180b", "\u2800", "\u3164"}
    hidden |= {"\ufe00", "\ufe0f", "\uffa0", "\ufffc", "\U0001d159", "\U000e0041", "\U000e0100"}
    for point, shown in enumerate(shown_alone()):
        char = chr(point)
        category = unicodedata.category(char)
        unsafe = (
            category[0] in "CM"
            or category in {"Zl", "Zp"}
            or char in spaces
            or char in hidden
            or is_blank(char)
            or unicodedata.normalize("NFC", char) != char
        )
        twin = char > "~" and unicodedata.normalize("NFKC", char).isascii()
        if char == "\t":
            assert shown == "⟦tab⟧"
        elif unsafe and char != "\n":
            assert shown == f"⟦U+{point:04X}⟧"
        elif (twin or char in LOOKALIKES) and char not in DASHES_OF_TEXT and char not in "⟦⟧":
            assert char not in shown, hex(point)
        elif char not in "⟦⟧\n":
            assert shown in {char, f"⟦U+{point:04X}⟧"}


@pytest.mark.slow
def test_every_printed_character_has_a_width() -> None:
    for shown in shown_alone():
        assert all(wcwidth(char) in {1, 2} for char in shown), shown


@given(TEXT)
def test_only_a_mark_on_a_letter_has_no_width(text: str) -> None:
    shown = visible(text, single_line=True)
    before = ""
    for char in shown:
        if unicodedata.category(char)[0] == "M":
            assert before > "~"
            assert unicodedata.category(before)[0] in "LM"
        else:
            assert wcwidth(char) in {1, 2}, hex(ord(char))
        before = char


@given(TEXT)
def test_plain_pieces_hold_no_control_and_no_bracket(text: str) -> None:
    for piece in segments(text):
        if not piece.marked:
            assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\xa0\ud800-\udfff⟦⟧]", piece.shown)


def test_no_label_imitates_a_label() -> None:
    assert visible("⟦tab⟧") == "⟦U+27E6⟧tab⟦U+27E7⟧"
    assert visible("\u301atab\u301b") == "⟦U+301A⟧tab⟦U+301B⟧"


# --- runs ---


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a" + " " * 39 + "b", "a" + " " * 39 + "b"),
        ("a" + " " * 40 + "b", "a⟦40 spaces⟧b"),
        ("a" + " " * 4000, "a⟦4000 spaces⟧"),
        ("\t\t\t", "⟦tab⟧⟦tab⟧⟦tab⟧"),
        ("\t" * 4, "⟦4 tabs⟧"),
        ("a\n\n\nb", "a\n\n\nb"),
        ("a\n\n\n\nb", "a⟦4 newlines⟧\nb"),
        ("\u200b" * 3, "⟦U+200B⟧" * 3),
        ("\u200b" * 4, "⟦U+200B⟧⟦3 more⟧"),
        ("", ""),
    ],
)
def test_runs_are_counted(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_one_line_labels_its_newlines() -> None:
    assert visible("a\nb", single_line=True) == "a⟦newline⟧b"
    assert visible("a\n\n\n\nb", single_line=True) == "a⟦4 newlines⟧b"


@given(TEXT)
def test_one_line_is_one_line(text: str) -> None:
    assert len(visible(text, single_line=True).splitlines()) <= 1


# --- pieces and places ---


@given(TEXT, st.booleans())
def test_pieces_are_the_text_and_what_is_shown(text: str, single_line: bool) -> None:
    pieces = segments(text, single_line=single_line)
    assert "".join(piece.raw for piece in pieces) == text
    assert "".join(piece.shown for piece in pieces) == visible(text, single_line=single_line)
    for piece in pieces:
        assert piece.raw
        assert piece.marked == piece.shown.startswith("⟦") or piece.raw == piece.shown
        assert piece.marked or piece.raw == piece.shown
        assert without_labels(piece.shown).strip("\n") == "" or not piece.marked


@given(TEXT)
def test_a_line_is_shown_the_same_without_the_other_lines(text: str) -> None:
    text = re.sub("\n{4,}", "\n", text)
    assert "\n".join(visible(line) for line in text.split("\n")) == visible(text)


@given(TEXT)
def test_places_lead_there_and_back(text: str) -> None:
    pieces = segments(text)
    shown = visible(text)
    to_shown, to_raw = positions(pieces)
    assert len(to_shown) == len(text) + 1
    assert len(to_raw) == len(shown) + 1
    assert to_shown == sorted(to_shown)
    assert to_raw == sorted(to_raw)
    assert (to_shown[-1], to_raw[-1]) == (len(shown), len(text))
    at = 0
    for piece in pieces:
        for offset in range(len(piece.raw)):
            place = to_shown[at + offset]
            assert to_raw[place] == at + (0 if piece.marked else offset)
            assert shown[place] == (piece.shown[0] if piece.marked else piece.raw[offset])
        at += len(piece.raw)


def test_places_of_a_label() -> None:
    assert positions(segments("a\tb")) == ([0, 1, 6, 7], [0, 1, 1, 1, 1, 1, 2, 3])
    assert positions([]) == ([0], [0])


# --- data and speed ---


def test_the_table_of_look_alikes_adds_to_the_unicode_database() -> None:
    for char, twin in LOOKALIKES.items():
        assert script(char), hex(ord(char))
        assert twin.isascii()
        assert unicodedata.category(char)[0] != "M"


def test_a_long_ascii_command_is_quick() -> None:
    text = "find . -name '*.py' | xargs wc -l; " * 468

    def seconds() -> float:
        start = time.perf_counter()
        visible(text)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(5)) < 0.01
