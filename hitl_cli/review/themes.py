"""Colours, by what they mean. Whatever a colour says is said in words or signs too."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Theme:
    """The styles of what Rich draws, the Pygments theme of shell code, and the classes of prompt_toolkit."""

    border: str
    warning: str
    label: str
    note: str
    good: str
    bad: str
    other: str
    code: str
    line: Mapping[str, str]


DARK = Theme(
    border="cyan",
    warning="bold yellow",
    label="bold reverse yellow",
    note="dim",
    good="green",
    bad="red",
    other="yellow",
    code="ansi_dark",
    line={
        "label": "reverse ansiyellow",
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
    code="ansi_light",
    line={
        "label": "reverse ansimagenta",
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
    code="bw",
    line={"label": "bold reverse", "hint": "", "message": "bold", "auto-suggestion": "italic"},
)

THEMES = {"dark": DARK, "light": LIGHT, "high-contrast": HIGH_CONTRAST}


def theme_of(name: str, variables: Mapping[str, str]) -> Theme:
    """Return the theme called `name`; `auto` goes by `COLORFGBG`, where a terminal tells its background."""
    if name == "auto":
        background = variables.get("COLORFGBG", "").rpartition(";")[2]
        name = "light" if background in ("7", "15") else "dark"
    return THEMES[name]
