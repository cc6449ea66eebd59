"""A model's prose and Markdown: readable, and nothing in it that a terminal would obey or hide."""

import io
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from hitl_cli.errors import ModelError
from hitl_cli.screen.markdown import rendered
from hitl_cli.text.prose import PrintableProse, printable

ANY = st.text(st.characters(exclude_categories=()))
UNSAFE = ["\x1b", "\x07", "\x9b", "\u202e", "\u200b", "\u2028", "\ue000", "\ufff9", "\U000e0041", "\u3164"]


def printed(text: str) -> str:
    """What a terminal of 80 columns gets of `text` in Markdown, without its colours."""
    canvas = io.StringIO()
    Console(file=canvas, width=80, force_terminal=True, color_system="truecolor").print(rendered(text))
    return re.sub(r"\x1b\[[\d;]*m", "", canvas.getvalue())


def is_unsafe(char: str) -> bool:
    """Whether a terminal would obey `char`, or show nothing for it."""
    return char not in "\n\t\ufe0f\u200d\u200c" and unicodedata.category(char) in {
        "Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp",
    }  # fmt: skip


@given(ANY)
def test_prose_holds_nothing_that_a_terminal_obeys(text: str) -> None:
    """Whatever the text was; what is safe stays as it is."""
    shown = printable(text)
    assert not any(map(is_unsafe, shown))
    assert printable(shown) == shown


@given(
    st.lists(st.sampled_from([*UNSAFE, *"a `*#[](){}<>&;!|-\n", "&#x202e;", "&#8203;", "&nbsp;"])).map(
        "".join
    )
)
def test_markdown_prints_nothing_unsafe(text: str) -> None:
    """Also where an entity, a link or a block of code brings it."""
    assert not any(map(is_unsafe, printed(printable(text))))


@pytest.mark.parametrize(
    "text",
    [
        "a &#x202e;b",
        "| a |\n| - |\n| &#x200b; |",
        "# &#x202e;",
        "`\u202e`",
        "```\n\u202e\n```",
        "```\u202e\ncode\n```",
    ],
)
def test_markdown_labels_what_an_entity_stands_for(text: str) -> None:
    """The label says which character it was."""
    shown = printed(printable(text))
    assert not any(map(is_unsafe, shown))
    assert "⟦U+20" in shown or "code" in shown


def test_markdown_keeps_an_address_encoded() -> None:
    """What is hidden in an address is seen as its bytes."""
    assert "http://x/%E2%80%AEc" in printed("a [b](http://x/&#x202e;c)")


WORDS = [
    "👩\u200d👩\u200d👧",
    "🙂\u200d↔\ufe0f",
    "🏳\ufe0f\u200d🌈",
    "👩🏽\u200d💻",
    "❤\ufe0f",
    "‼\ufe0f",
    "1\ufe0f\u20e3",
    "#\u20e3",
    "نمی\u200cخو\u0627\u0647م",
    "خ\u0627ن\u0647\u200c\u0627ی",
    "م\u0647ِ\u200cت\u0627ب",
    "ک\u0627ر\u200c\u0647\u0627",
    "क्\u200dष",
    "क्\u200cष",
    "हिंदी",
    "ශ්\u200dරී",
    "ന്\u200d",
]
STRAY = ["a\u200db", "a\u200cb", "👩\u200d", "👩\u200dx", "\u200d👩", "❤\ufe0f\ufe0f", "1\ufe0f", "a\u20e3"]
STRAY += [
    "نمی\u200c",
    "نمی\u200c\u200cخ",
    "क्\u200d\u0947",
    "क\u200dष",
    "^\ufe0f",
    "د\u200d\u0647",
]


@pytest.mark.parametrize("word", WORDS)
def test_what_joins_letters_and_emoji_is_part_of_them(word: str) -> None:
    """Persian, Hindi, Sinhala, families and keycaps are read as they are written."""
    assert printable(f"so {word} it is") == f"so {word} it is"


@pytest.mark.parametrize("text", STRAY)
def test_joiner_that_joins_nothing_is_seen(text: str) -> None:
    """It would hide there."""
    assert "⟦U+" in printable(text)


@given(st.lists(st.sampled_from([*UNSAFE, *WORDS, *STRAY, *"".join(WORDS), "\u0301", *"a1^ \n"])), st.data())
def test_prose_is_the_same_however_it_is_cut(parts: list[str], data: st.DataObject) -> None:
    """A model's text comes in pieces that end anywhere, also inside an emoji; what is shown is shown as it is."""
    text = "".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)))))
    prose = PrintableProse()
    shown = [prose.add(text[start:end]) for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert "".join(shown) + prose.end() == printable(text)
    assert printable(printable(text)) == printable(text)


def test_stacked_marks_do_not_reach_into_other_lines() -> None:
    """Four on one letter are enough for every language."""
    shown = printable("e" + "\u0301" * 30 + " \u0301x")
    assert shown.count("\u0301") == 4
    assert printable("Việt cafe\u0301 שָׁלוֹם") == "Việt cafe\u0301 שָׁלוֹם"
    assert "\u0301" not in printable("\u0301")


def test_an_error_quotes_nothing_raw() -> None:
    """A server may have said what it quotes."""
    assert str(ModelError("It said: \x1b[2J\u202e")) == "It said: ⟦U+001B⟧[2J⟦U+202E⟧"
