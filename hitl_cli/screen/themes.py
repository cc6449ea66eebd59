"""Colour themes. Everything that a colour means is shown by words or signs too."""

from collections.abc import Mapping
from dataclasses import dataclass

from prompt_toolkit.styles import Style
from prompt_toolkit.styles.pygments import pygments_token_to_classname
from pygments.token import Comment, Keyword, Name
from rich.style import Style as RichStyle
from rich.syntax import ANSI_DARK, ANSI_LIGHT


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
    code: Mapping[tuple[str, ...], RichStyle]
    line: Mapping[str, str]


DARK = Theme(
    border="cyan",
    warning="bold yellow",
    label="bold reverse yellow",
    note="dim",
    good="green",
    bad="red",
    other="yellow",
    model="magenta",
    code={**ANSI_DARK, Comment: RichStyle(color="green", italic=True)},
    line={
        "label": "reverse ansiyellow",
        "gutter": "ansibrightblack",
        "hint": "ansibrightblack",
        "message": "ansiyellow",
        "auto-suggestion": "ansibrightblack",
    },
)

LIGHT = Theme(
    border="blue",
    warning="bold red",
    label="bold reverse magenta",
    note="dim",
    good="green",
    bad="red",
    other="magenta",
    model="blue",
    code={**ANSI_LIGHT, Comment: RichStyle(color="green", italic=True)},
    line={
        "label": "reverse ansimagenta",
        "gutter": "ansibrightblack",
        "hint": "ansibrightblack",
        "message": "ansired",
        "auto-suggestion": "ansibrightblack",
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
    code={Comment: RichStyle(italic=True), Keyword: RichStyle(bold=True), Name.Builtin: RichStyle(bold=True)},
    line={
        "label": "bold reverse",
        "gutter": "",
        "hint": "",
        "message": "bold",
        "auto-suggestion": "italic",
    },
)

THEMES = {"dark": DARK, "light": LIGHT, "high-contrast": HIGH_CONTRAST}


def theme_of(name: str, variables: Mapping[str, str]) -> Theme:
    """Return the theme called `name`; `auto` uses `COLORFGBG`, in which some terminals report their background."""
    if name == "auto":
        background = variables.get("COLORFGBG", "").rpartition(";")[2]
        name = "light" if background in ("7", "15") else "dark"
    return THEMES[name]


def line_style(theme: Theme) -> Style:
    """Return `theme` as a prompt_toolkit style, in which shell code has the same colours as in Rich."""
    code = [
        (pygments_token_to_classname(token), _toolkit_style(style)) for token, style in theme.code.items()
    ]
    return Style([*code, *theme.line.items()])


def _toolkit_style(style: RichStyle) -> str:
    words = [word for word in ("bold", "italic", "underline") if getattr(style, word)]
    if style.color is not None:
        names = {"white": "gray", "bright_white": "white"}
        words.append("ansi" + names.get(style.color.name, style.color.name.replace("_", "")))
    return " ".join(words)
