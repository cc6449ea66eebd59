"""Colours: readable on the background that they are for, and none where the person wants none."""

import re
from collections.abc import Callable

import pytest
from prompt_toolkit.styles import default_ui_style, merge_styles
from prompt_toolkit.styles.pygments import pygments_token_to_classname
from rich.color import Color
from rich.console import Console
from rich.default_styles import DEFAULT_STYLES
from rich.style import Style
from rich.terminal_theme import TerminalTheme

from hitl_cli.screen.themes import (
    DARK,
    HIGH_CONTRAST,
    LIGHT,
    THEMES,
    Theme,
    console_theme,
    line_style,
    theme_of,
)
from tests.model_server import Calls, ModelServer, Text
from tests.review.conftest import Ask
from tests.terminal import Person

At = Callable[..., Person]


def palette(background: str, text: str, colours: str) -> TerminalTheme:
    """Return a palette from hexadecimal colours: the sixteen are in the order of their numbers."""

    def parts(colour: str) -> tuple[int, int, int]:
        return int(colour[:2], 16), int(colour[2:4], 16), int(colour[4:], 16)

    sixteen = [parts(each) for each in colours.split()]
    return TerminalTheme(parts(background), parts(text), sixteen[:8], sixteen[8:])


# xterm: XTerm-col.ad. VS Code: terminalColorRegistry.ts and the default themes. Solarized: the table of its README.
XTERM = (
    "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5 "
    "7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff"
)
SOLARIZED = (
    "073642 dc322f 859900 b58900 268bd2 d33682 2aa198 eee8d5 "
    "002b36 cb4b16 586e75 657b83 839496 6c71c4 93a1a1 fdf6e3"
)
CODE_DARK = (
    "000000 cd3131 0dbc79 e5e510 2472c8 bc3fbc 11a8cd e5e5e5 "
    "666666 f14c4c 23d18b f5f543 3b8eea d670d6 29b8db e5e5e5"
)
CODE_LIGHT = (
    "000000 cd3131 107c10 949800 0451a5 bc05bc 0598bc 555555 "
    "666666 cd3131 14ce14 b5ba00 0451a5 bc05bc 0598bc a5a5a5"
)
DARKS = {
    "xterm": palette("000000", "e5e5e5", XTERM),
    "VS Code": palette("1e1e1e", "cccccc", CODE_DARK),
    "Solarized": palette("002b36", "839496", SOLARIZED),
}
LIGHTS = {
    "xterm": palette("ffffff", "000000", XTERM),
    "VS Code": palette("ffffff", "333333", CODE_LIGHT),
    "Solarized": palette("fdf6e3", "657b83", SOLARIZED),
}


def luminance(colour: tuple[int, ...]) -> float:
    """Return the relative luminance, as WCAG 2 defines it."""
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(style: Style, terminal: TerminalTheme) -> float:
    """Return the contrast ratio of text in `style` with what is behind it, from 1 to 21."""
    text = (style.color or Color.default()).get_truecolor(terminal, foreground=True)
    under = (style.bgcolor or Color.default()).get_truecolor(terminal, foreground=False)
    shades = luminance(tuple(text)), luminance(tuple(under))
    return (max(shades) + 0.05) / (min(shades) + 0.05)


def rich_styles(theme: Theme) -> dict[str, Style]:
    """Return everything that Rich draws in this theme, with its own styles of Markdown."""
    names = ("border", "warning", "label", "note", "good", "bad", "other", "model")
    console = Console(theme=console_theme(theme))
    own = [name for name in DEFAULT_STYLES if name.startswith(("markdown.", "rule.", "status.", "live."))]
    return {
        **{name: Style.parse(getattr(theme, name)) for name in names},
        **{name: console.get_style(name) for name in own},
        **{f"code {token}": style for token, style in theme.code.items()},
    }


PARTS = [
    *("completion-menu", "completion-menu.completion", "completion-menu.completion.current"),
    *("search", "search.current", "incsearch", "incsearch.current", "search-toolbar", "search-toolbar.text"),
    *("selected", "control-character", "nbsp", "digraph", "prompt", "prompt.arg", "prompt.arg.text"),
]
"""What prompt_toolkit draws by itself, as its styles call it."""


def line_styles(theme: Theme) -> dict[str, Style]:
    """Return what prompt_toolkit draws in this theme, in Rich's words."""
    style = merge_styles([default_ui_style(), line_style(theme)])

    def colour(name: str | None) -> str:
        name = (name or "default").removeprefix("ansi")
        return (
            f"#{name}" if re.fullmatch("[0-9a-f]{6}", name) else re.sub("^bright(?=[a-z])", "bright_", name)
        )

    found = {}
    for name in [*theme.line, *PARTS, *map(pygments_token_to_classname, theme.code)]:
        steps = name.split(".")
        classes = " ".join(f"class:{'.'.join(steps[: at + 1])}" for at in range(len(steps)))
        attributes = style.get_attrs_for_style_str(classes)
        text, under = colour(attributes.color), colour(attributes.bgcolor)
        text, under = (under, text) if attributes.reverse and under != "default" else (text, under)
        found[f"line {name}"] = Style(color=text, bgcolor=under)
    return found


@pytest.mark.parametrize(
    ("theme", "terminals", "least"),
    [(DARK, DARKS, 4.5), (LIGHT, LIGHTS, 4.5), (HIGH_CONTRAST, {**DARKS, **LIGHTS}, 4.5)],
    ids=["dark", "light", "high contrast"],
)
def test_every_colour_can_be_read(theme: Theme, terminals: dict[str, TerminalTheme], least: float) -> None:
    """At least the contrast that WCAG asks of ordinary text; text without a colour has that of the palette itself."""
    poor = {
        (name, palette): round(found, 1)
        for name, style in {**rich_styles(theme), **line_styles(theme)}.items()
        for palette, terminal in terminals.items()
        if (style.color and not style.color.is_default) or (style.bgcolor and not style.bgcolor.is_default)
        if (found := contrast(style, terminal)) < least
    }
    assert not poor


@pytest.mark.parametrize("theme", [DARK, LIGHT, HIGH_CONTRAST], ids=["dark", "light", "high contrast"])
def test_no_text_is_dim(theme: Theme) -> None:
    """How dim that would be is up to the terminal."""
    assert not [name for name, style in rich_styles(theme).items() if style.dim]


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_code_is_the_same_in_panel_and_line(theme: Theme) -> None:
    """Every kind of token has one colour, which each of them draws."""
    line = line_styles(theme)
    for token, style in theme.code.items():
        drawn = line[f"line {pygments_token_to_classname(token)}"].color
        assert drawn is not None
        expected = style.color.get_truecolor() if style.color else None
        assert (None if drawn.is_default else drawn.get_truecolor()) == expected


def test_high_contrast_has_no_colour() -> None:
    """What is told by weight needs no background to be known."""
    own = {name: line_styles(HIGH_CONTRAST)[f"line {name}"] for name in HIGH_CONTRAST.line}
    styles = {**rich_styles(HIGH_CONTRAST), **own}
    assert all(style.color is None or style.color.is_default for style in styles.values())


@pytest.mark.parametrize(
    ("told", "theme"),
    [("15;0", DARK), ("0;15", LIGHT), ("0;default;15", LIGHT), ("", DARK), ("nonsense", DARK)],
)
def test_background_that_the_terminal_tells_chooses_the_theme(told: str, theme: Theme) -> None:
    """Dark where it tells nothing."""
    assert theme_of("auto", {"COLORFGBG": told}) is theme


@pytest.mark.parametrize(
    ("background", "border"),
    [("ffff/ffff/ffff", "005faf"), ("fd/f6/e3", "005faf"), ("0000/2b2b/3636", "5fd7d7"), ("", "5fd7d7")],
)
def test_terminal_is_asked_for_its_background(asked: Ask, background: str, border: str) -> None:
    """Where no variable tells it; a terminal that does not answer counts as dark."""
    at = asked("echo x", env={"COLORFGBG": ""}, background=background)
    at.sees("all keys")
    panel = next(row for row in range(24) if at.cells[row][0].data == "╭")
    assert at.cells[panel][0].fg == border
    assert "11;" not in at.everything


def test_keys_before_the_answer_are_kept(person: At) -> None:
    """What is typed while the program starts, and while the terminal answers, is on the line."""
    at = person("run", "agent", env={"COLORFGBG": ""}, background="ffff/ffff/ffff")
    at.type_at_once("typed early")
    at.sees("> typed early$")
    at.type("\x15\x04")
    assert at.leaves() == 0


@pytest.mark.parametrize("name", THEMES)
def test_theme_is_what_is_drawn(asked: Ask, name: str) -> None:
    """The border and the label have the colours of the theme that is set."""
    at = asked("echo \u200bx", env={"HITL_THEME": name})
    at.sees("all keys", "U\\+200B")
    cells = at.cells
    expected = {
        "dark": ("5fd7d7", "ffd700"),
        "light": ("005faf", "870087"),
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
