"""Draws docs/run.svg: a real run of the program at a pseudo-terminal, exported from its screen.

`python docs/picture.py`, from the root of a checkout with the development tools installed. The model is scripted; the
program, the terminal and the commands are real.
"""

import os
import sys
import tempfile
from pathlib import Path

import pyte
from rich.console import Console
from rich.style import Style
from rich.text import Text as RichText

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.model_server import Calls, serving
from tests.terminal import Person

COLUMNS, LINES = 84, 24
COMMAND = ["hitl", "run", "agent", "what takes the most space here?"]


def styled(character: "pyte.screens.Char") -> Style:
    """Return the style of one cell of the screen."""

    def colour(name: str) -> str | None:
        if name == "default":
            return None
        name = name.replace("brown", "yellow")
        if name.startswith("bright"):
            return "bright_" + name.removeprefix("bright")
        return name if not all(digit in "0123456789abcdef" for digit in name) else f"#{name}"

    return Style(
        color=colour(character.fg),
        bgcolor=colour(character.bg),
        bold=character.bold,
        reverse=character.reverse,
    )


def main() -> None:
    """Run the program up to its second question and export what is on the screen."""
    with tempfile.TemporaryDirectory() as home, serving() as model:
        folder = Path(home) / "project"
        (folder / "build").mkdir(parents=True)
        (folder / "build" / "cache.bin").write_bytes(b"x" * 48_000_000)
        (folder / "video.mp4").write_bytes(b"x" * 12_000_000)
        (folder / "notes.md").write_text("notes\n")
        model.reply(
            Calls.of("du -ah . | sort -rh | head -n 5", text="I will look at the sizes first."),
            Calls.of(
                "rm -rf build/cache.bin", text="`build/cache.bin` takes **46 MB**. It can be built again:"
            ),
        )
        environment = {
            **os.environ,
            "HOME": home,
            "OPENAI_BASE_URL": model.url,
            "HITL_MODEL": "gpt-4.1-mini",
            "SHELL": "/bin/bash",
            "TERM": "xterm-256color",
        }
        at = Person([sys.executable, "-m", "hitl_cli", *COMMAND[1:]], environment, folder, COLUMNS, LINES)
        at.sees(r"^\$ du")
        at.type("\r")
        at.sees(r"^\$ rm")
        at.type("\x15rm -i build/cache.bin")
        at.sees(r"^\$ rm -i build")
        picture = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"))  # noqa: SIM115
        picture.print(f"$ {' '.join(COMMAND[:3])} '{COMMAND[3]}'")
        for row in range(LINES):
            line = RichText()
            for column in range(COLUMNS):
                cell = at.cells[row][column]
                line.append(cell.data, styled(cell))
            line.rstrip()
            if line.plain or row < len(at.screen.splitlines()):
                picture.print(line, soft_wrap=True)
        at.close()
    picture.save_svg(str(ROOT / "docs" / "run.svg"), title="hitl")


if __name__ == "__main__":
    main()
