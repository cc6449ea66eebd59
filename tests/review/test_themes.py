"""Colours: readable on the background that they are for, and none where the person wants none."""

import re
from collections.abc import Callable

import pytest
from pygments.token import Whitespace
from rich.color import Color
from rich.style import Style
from rich.terminal_theme import TerminalTheme

from hitl_cli.screen.themes import DARK, HIGH_CONTRAST, LIGHT, THEMES, Theme, theme_of
from tests.model_server import Calls, ModelServer, Text
from tests.review.conftest import Ask
from tests.terminal import Person

At = Callable[..., Person]

# The sixteen colours of xterm on black, and those of GNOME's terminal on white.
BLACK = TerminalTheme(
    (0, 0, 0),
    (229, 229, 229),
    [(0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229)],
    [(127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0),
     (92, 92, 255), (255, 0, 255), (0, 255, 255), (255, 255, 255)],
)  # fmt: skip
WHITE = TerminalTheme(
    (255, 255, 255),
    (23, 20, 33),
    [(23, 20, 33), (192, 28, 40), (38, 162, 105), (162, 115, 76),
     (18, 72, 139), (163, 71, 186), (42, 161, 179), (208, 207, 204)],
    [(94, 92, 100), (246, 97, 81), (51, 218, 122), (233, 173, 12),
     (42, 123, 222), (192, 97, 203), (51, 199, 222), (255, 255, 255)],
)  # fmt: skip


def luminance(colour: tuple[int, int, int]) -> float:
    """Return the relative luminance, as WCAG 2 defines it."""
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(style: Style, background: TerminalTheme) -> float:
    """Return the contrast ratio of text in `style` on `background`, from 1 to 21."""
    text = (style.color or Color.default()).get_truecolor(background, foreground=True)
    under = tuple(background.background_color)
    shades = luminance(tuple(text)), luminance(under)  # type: ignore[arg-type]
    if style.dim:  # a terminal draws half way to the background
        half = tuple((part + other) // 2 for part, other in zip(text, under, strict=True))
        shades = luminance(half), luminance(under)  # type: ignore[arg-type]
    return (max(shades) + 0.05) / (min(shades) + 0.05)


def rich_styles(theme: Theme) -> dict[str, Style]:
    """Return everything that Rich draws in this theme."""
    names = ("border", "warning", "label", "note", "good", "bad", "other", "model")
    styles = {name: Style.parse(getattr(theme, name)) for name in names}
    return styles | {f"code {token}": style for token, style in theme.code.items() if token is not Whitespace}


def line_styles(theme: Theme) -> dict[str, Style]:
    """Return what prompt_toolkit draws in this theme, in Rich's words."""

    def word(each: str) -> str:
        each = each.removeprefix("ansi")
        return re.sub("^bright(?=[a-z])", "bright_", "white" if each == "gray" else each)

    return {
        name: Style.parse(" ".join(map(word, words.split())) or "none") for name, words in theme.line.items()
    }


@pytest.mark.parametrize(
    ("theme", "background", "least"),
    [(DARK, BLACK, 3.0), (LIGHT, WHITE, 3.0), (HIGH_CONTRAST, BLACK, 7.0), (HIGH_CONTRAST, WHITE, 7.0)],
)
def test_every_colour_can_be_read(theme: Theme, background: TerminalTheme, least: float) -> None:
    """At least the contrast that WCAG asks of large text, and of ordinary text at level AAA in high contrast."""
    poor = {
        name: round(found, 1)
        for name, style in {**rich_styles(theme), **line_styles(theme)}.items()
        if (found := contrast(style, background)) < least
    }
    assert not poor


def test_high_contrast_has_no_colour() -> None:
    """What is told by weight needs no background to be known."""
    styles = {**rich_styles(HIGH_CONTRAST), **line_styles(HIGH_CONTRAST)}
    assert all(style.color is None or style.color.is_default for style in styles.values())


@pytest.mark.parametrize(
    ("told", "theme"),
    [("15;0", DARK), ("0;15", LIGHT), ("0;default;15", LIGHT), ("", DARK), ("nonsense", DARK)],
)
def test_background_that_the_terminal_tells_chooses_the_theme(told: str, theme: Theme) -> None:
    """Dark where it tells nothing."""
    assert theme_of("auto", {"COLORFGBG": told}) is theme


@pytest.mark.parametrize("name", THEMES)
def test_theme_is_what_is_drawn(asked: Ask, name: str) -> None:
    """The border and the label have the colours of the theme that is set."""
    at = asked("echo \u200bx", env={"HITL_THEME": name})
    at.sees("all keys", "U\\+200B")
    cells = at.cells
    expected = {
        "dark": ("cyan", "brown"),
        "light": ("blue", "magenta"),
        "high-contrast": ("default", "default"),
    }
    border, label = expected[name]
    panel = next(row for row in range(24) if cells[row][0].data == "╭")
    assert cells[panel][0].fg == border
    marked = cells[panel + 1][7]
    assert (marked.data, marked.fg, marked.reverse) == ("⟦", label, True)


@pytest.mark.parametrize("name", ["dark", "light"])
def test_line_has_the_colours_of_the_panel(asked: Ask, name: str) -> None:
    """Both show the same shell code alike, and in colours that the theme knows."""
    at = asked("for x in *.log; do echo \"a $x\" 'b' 1; done  # c", env={"HITL_THEME": name})
    at.sees("all keys")
    cells = at.cells
    panel = next(row for row in range(24) if cells[row][0].data == "│")
    line = next(row for row in range(24) if cells[row][0].data == "$")
    length = len("for x in *.log; do echo \"a $x\" 'b' 1; done  # c")
    in_panel, in_line = (
        [
            (cells[row][at].data, cells[row][at].fg)
            for at in range(2, length + 2)
            if cells[row][at].data != " "
        ]
        for row in (panel, line)
    )
    assert in_panel == in_line
    assert len({colour for _, colour in in_line}) > 2


def test_theme_is_that_of_records_and_notices_too(person: At, model: ModelServer) -> None:
    """What ran, what was rejected and what runs in the background: no colour in high contrast."""
    model.reply(Calls.of("echo one", "exit 3", "echo three", "sleep 60"), Text("Done."))
    at = person("run", "agent", "x", env={"HITL_THEME": "high-contrast"})
    for command, keys in (
        ("echo one", "\r"),
        ("exit 3", "\r"),
        ("echo three", "\x1bOS"),
        ("sleep 60", "\r"),
    ):
        at.sees(rf"^\$ {command}", "all keys")
        at.type(keys)
        if keys == "\x1bOS":
            at.sees(r"Why not\?")
            at.type("\r")
    at.sees(r"running sleep 60.* background")
    at.type("\x1d")
    at.sees(
        "still running in the background",
        "k keeps it running",
        r"^\$ echo one\none\n✓ exit 0",
        r"^\$ exit 3\n✗ exit 3",
        "✗ rejected",
    )
    at.type("\r")
    assert at.leaves() == 0
    coloured = re.findall(rb"\x1b\[[\d;]*?(?<!\d)(?:3[0-7]|9[0-7])m[^\x1b]*", at.raw)
    assert not coloured


def test_no_color_draws_no_colour(asked: Ask) -> None:
    """Weight and reverse remain; the question works as ever."""
    at = asked("echo \u200bx; if true; then echo 'y'; fi", env={"NO_COLOR": "1"})
    at.sees("all keys", "U\\+200B")
    colours = {cell.fg for row in range(24) for cell in at.cells[row].values()}
    assert colours == {"default"}
    at.type("\x18y")
    assert at.decided()[0] == "Run"
