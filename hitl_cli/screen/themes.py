"""Colour themes. Everything that a colour means is shown by words or signs too."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prompt_toolkit.styles import Style
from prompt_toolkit.styles.pygments import pygments_token_to_classname
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, String
from rich.style import Style as RichStyle
from rich.theme import Theme as ConsoleTheme

from hitl_cli.environment import Terminal
from hitl_cli.terminal.background import is_background_light


@dataclass(frozen=True)
class Theme:
    """Styles for Rich, for shell code, and for the style classes of prompt_toolkit."""

    border: str
    warning: str
    label: str
    note: str
    good: str
    bad: str
    other: str
    model: str
    inline_code: str
    code: Mapping[tuple[str, ...], RichStyle]
    line: Mapping[str, str]


# Colours with numbers from 16 up are the same in every terminal; the first sixteen are what the person's palette makes
# of them, and in some palettes they cannot be read on its background. No text is dim: a terminal may draw that as it
# likes.


def _code(
    *, blue: int, cyan: int, green: int, magenta: int, red: int, yellow: int, comment: int
) -> dict[Any, RichStyle]:
    """Return the styles of code in these colours, each by its number; those of Rich's own themes for terminals."""

    def style(colour: int, *, bold: bool | None = None, underline: bool | None = None) -> RichStyle:
        return RichStyle(color=f"color({colour})", bold=bold, underline=underline)

    return {
        Comment: RichStyle(color=f"color({comment})", italic=True),
        Comment.Preproc: style(cyan),
        Error: style(red, underline=True),
        Keyword: style(blue),
        Keyword.Type: style(cyan),
        Name.Attribute: style(cyan),
        Name.Builtin: style(cyan),
        Name.Class: style(green, underline=True),
        Name.Constant: style(red),
        Name.Decorator: style(magenta, bold=True),
        Name.Exception: style(cyan),
        Name.Function: style(green),
        Name.Namespace: style(cyan, underline=True),
        Name.Tag: style(blue),
        Name.Variable: style(red),
        Number: style(blue),
        Operator.Word: style(magenta),
        String: style(yellow),
    }


DARK = Theme(
    border="color(80)",
    warning="bold color(220)",
    label="bold reverse color(220)",
    note="color(248)",
    good="color(114)",
    bad="color(210)",
    other="color(220)",
    model="color(176)",
    inline_code="bold color(80) on color(236)",
    code=_code(blue=111, cyan=80, green=120, magenta=176, red=210, yellow=180, comment=114),
    line={
        "label": "reverse #ffd700",
        "gutter": "#a8a8a8",
        "hint": "#a8a8a8",
        "message": "#ffd700",
        "auto-suggestion": "#a8a8a8",
    },
)

LIGHT = Theme(
    border="color(25)",
    warning="bold color(124)",
    label="bold reverse color(90)",
    note="color(240)",
    good="color(22)",
    bad="color(124)",
    other="color(90)",
    model="color(25)",
    inline_code="bold color(24) on color(254)",
    code=_code(blue=25, cyan=23, green=22, magenta=90, red=124, yellow=94, comment=22),
    line={
        "label": "reverse #870087",
        "gutter": "#585858",
        "hint": "#585858",
        "message": "#af0000",
        "auto-suggestion": "#585858",
    },
)

HIGH_CONTRAST = Theme(
    border="bold",
    warning="bold",
    label="bold reverse",
    note="default",
    good="bold",
    bad="bold",
    other="bold",
    model="bold",
    inline_code="bold",
    code={Comment: RichStyle(italic=True), Keyword: RichStyle(bold=True), Name.Builtin: RichStyle(bold=True)},
    line={
        "label": "bold reverse",
        "gutter": "",
        "hint": "",
        "message": "bold",
        "auto-suggestion": "default italic",
    },
)

THEMES = {"dark": DARK, "light": LIGHT, "high-contrast": HIGH_CONTRAST}


_OTHER_PARTS = {
    "completion-menu": "#000000 bg:#bcbcbc",
    "completion-menu.completion.current": "#444444 bg:#ffffff reverse",
    "search": "#000000 bg:#ffd700",
}
"""Parts of prompt_toolkit, with their own background in every theme."""


def theme_of(name: str, variables: Mapping[str, str], terminal: Terminal | None = None) -> Theme:
    """Return the theme called `name`.

    `auto` is that of the background, which some terminals report in `COLORFGBG`; `terminal` is asked if it is not set.
    """
    if name == "auto":
        background = variables.get("COLORFGBG", "").rpartition(";")[2]
        is_light = background in ("7", "15") if background.isdigit() else is_background_light(terminal)
        name = "light" if is_light else "dark"
    return THEMES[name]


def console_theme(theme: Theme) -> ConsoleTheme:
    """Return the styles that Rich uses by itself, in Markdown and elsewhere, in the colours of `theme`."""
    plain = {
        "markdown.code": theme.inline_code,
        "markdown.code_block": "default",
        "markdown.h1": "bold underline",
    }
    headings = {f"markdown.h{level}": f"bold {theme.model}" for level in (2, 3, 4)}
    notes = ("markdown.hr", "markdown.h6", "markdown.h7", "markdown.block_quote", "table.caption")
    borders = (
        *("markdown.list", "markdown.item.number", "markdown.table.border", "markdown.table.header"),
        *("markdown.link", "markdown.link_url", "markdown.kbd", "rule.line", "status.spinner"),
    )
    return ConsoleTheme(
        {
            **plain,
            **headings,
            **dict.fromkeys(notes, theme.note),
            **dict.fromkeys(borders, theme.border),
            "live.ellipsis": theme.note,
        }
    )


def line_style(theme: Theme) -> Style:
    """Return `theme` as a prompt_toolkit style, in which shell code has the same colours as in Rich."""
    code = [
        (pygments_token_to_classname(token), _toolkit_style(style)) for token, style in theme.code.items()
    ]
    quiet = [(name, theme.line["hint"] or "default") for name in ("control-character", "nbsp", "digraph")]
    return Style([*_OTHER_PARTS.items(), *quiet, *code, *theme.line.items()])


def _toolkit_style(style: RichStyle) -> str:
    words = [word for word in ("bold", "italic", "underline") if getattr(style, word)]
    if style.color is not None:
        words.append(style.color.get_truecolor().hex)
    return " ".join(words)
