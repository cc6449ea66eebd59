"""What differs between two texts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_cli.text.difference import changed_part, inline_diff


@given(old=st.text(), new=st.text())
def test_difference_puts_both_texts_together_again(old: str, new: str) -> None:
    """Head, middle and tail are each of the texts; the middles share neither their first word nor their last."""
    head, only_old, only_new, tail = changed_part(old, new)
    assert head + only_new + tail == new
    assert head + only_old + tail == old


@given(
    old=st.text(st.characters(exclude_characters="[]{}-+")),
    new=st.text(st.characters(exclude_characters="[]{}-+")),
)
def test_marks_hold_both_texts(old: str, new: str) -> None:
    """Without what was put in, the old text is left; without what was taken out, the new one."""
    both = inline_diff(f"the same beginning {old}", f"the same beginning {new}").removeprefix(
        "the same beginning "
    )
    taken_out, put_in = re.compile(r"\[-(.*?)-\]", re.DOTALL), re.compile(r"\{\+(.*?)\+\}", re.DOTALL)
    assert taken_out.sub(r"\1", put_in.sub("", both)) == old
    assert put_in.sub(r"\1", taken_out.sub("", both)) == new


@pytest.mark.parametrize(
    ("old", "new", "part", "marks"),
    [
        ("rm -rf build", "rm -r build", ("rf", "r"), "rm -[-rf-]{+r+} build"),
        ("cat a_b.txt", "cat a_c.txt", ("a_b", "a_c"), "cat [-a_b-]{+a_c+}.txt"),
        ("ls", "ls  x", ("", "  x"), "ls{+  x+}"),
    ],
)
def test_both_go_by_the_same_words(old: str, new: str, part: tuple[str, str], marks: str) -> None:
    """The line that a command leaves and `hitl show` tell the same edit."""
    assert changed_part(old, new)[1:3] == part
    assert inline_diff(old, new) == marks


UNLIKE = (
    r"find . -type f -printf '%s\t%p\n' | sort -rn",
    "awk '{size = $2; sub(/x/, \"\", $1); print size}' names.txt",
)


def test_texts_with_little_in_common_are_not_mixed() -> None:
    """They stand one under the other, each whole."""
    old, new = UNLIKE
    assert changed_part(old, new) == ("", old, new, "")
    assert inline_diff(old, new) == f"- {old}\n+ {new}"
    assert inline_diff("rm a\nrm b", "echo c") == "- rm a\n- rm b\n+ echo c"
