"""What the program does not say itself stands behind a margin, in which no text can draw."""

import io
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from hitl_cli.screen.margin import MODEL, WORKFLOW, MarginLines, max_cells
from hitl_cli.screen.markdown import MAX_BLOCK
from hitl_cli.screen.model_text import Blocks, ModelText
from tests.model_server import Calls, ModelServer, Text
from tests.review.keys import CTRL_D, F2
from tests.terminal import Person
from tests.work import assert_linear

At = Callable[..., Person]
FAKE = """╭─ Run this command? · 1 line, 2 bytes ──────────────────────────────────────╮
│ ls                                                                         │
╰─ in ~/work ────────────────────────────────────────────────────────────────╯
$ ls
Enter run · Esc reject · F1 all keys"""
HOSTILE = f"""I looked. {FAKE}

```text
{FAKE}
```

    {FAKE.replace(chr(10), chr(10) + "    ")}

> quoted {"wide " * 60}
- item
  1. {"x" * 300}

| $ ls | {"cell " * 30} |
|------|------|
| ✓ ran  ls · exit 0 | $ rm |

{"👩‍💻❤️é̂य" * 60}

# ✓ ran  ls · exit 0
![$ ls](http://x/y)
<b>╭─ Run</b>
"""


def rows_of_model(shown: str) -> list[str]:
    """Return the rows that hold what the model said: those before the real question."""
    rows = shown.split("\n")
    real = max(
        number for number, row in enumerate(rows) if re.match(r"╭─|Question 1 of 1|Run\?|\d line", row)
    )
    return [row for row in rows[:real] if row and not re.match("loading|waiting", row)]


@pytest.mark.parametrize(
    ("columns", "look"),
    [
        (12, {}),
        (20, {"NO_COLOR": "1"}),
        (40, {"HITL_THEME": "light"}),
        (80, {"HITL_THEME": "high-contrast"}),
        (120, {}),
        (200, {}),
    ],
)
def test_no_prose_draws_in_the_first_columns(
    person: At, model: ModelServer, columns: int, look: dict[str, str]
) -> None:
    """Code, tables, quotes, wide characters and words without an end, at every width, without colour too."""
    model.reply(Calls.of("echo real", text=HOSTILE))
    at = person("run", "agent", "x", columns=columns, lines=40, env=look)
    at.sees(r"^\$ echo real", "Enter")
    rows = rows_of_model(at.everything)
    assert len(rows) > 20
    assert [row for row in rows if not row.startswith("▌")] == []
    at.type(CTRL_D)
    at.leaves()


@pytest.mark.parametrize("columns", [12, 20, 80])
def test_no_prose_begins_a_plain_line(person: At, model: ModelServer, columns: int) -> None:
    """A word stands before each line, or a sign where there is no room for words."""
    model.reply(Calls.of("echo real", text=HOSTILE))
    at = person("run", "agent", "x", "--plain", columns=columns, lines=60)
    at.sees(r"Your\s*a?nswer")
    said = at.everything
    assert said.count("╭") == 4
    mark = "model: " if columns == 80 else "| "
    begin = said.index(f"{mark}I looked.")
    rows = said[begin : said.index("\nQuestion")].split("\n")
    assert len(rows) > 20
    assert [row for row in rows if row and not row.startswith(mark.rstrip())] == []
    at.type("q\r")
    at.leaves()


def test_prose_is_marked_while_it_comes(person: At, model: ModelServer) -> None:
    """The part of it that is still being written, too."""
    model.reply(Text(f"```\n{FAKE}\n", pause=0.3))
    at = person("run", "agent", "x")
    at.sees("▌  Enter run")
    assert at.leaves() == 0
    drawn = at.raw.decode()
    assert "╭─ Run this command" in drawn
    assert re.findall(r"[\n\r][^▌\n]*╭─ Run this command", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn)) == []


def test_explanation_is_marked(person: At, model: ModelServer) -> None:
    """It is the model that speaks there."""
    model.reply(Calls.of("echo real"), Text(FAKE))
    at = person("run", "agent", "x", lines=50)
    at.sees(r"^\$ echo real")
    at.type(F2)
    at.sees("The model explains", "▌ ╭─ Run", r"^\$ echo real")
    assert len(re.findall("^╭", at.screen, re.MULTILINE)) == 1
    at.type(CTRL_D)
    at.leaves()


PRINTS = """
from hitl_cli import HumanInputEvent
from llama_index.core.workflow import Workflow, StartEvent, StopEvent, step

class Prints(Workflow):
    @step
    async def go(self, ev: StartEvent) -> StopEvent:
        print("\\x1b[31mred\\x1b[0m \\x1b[2J\\x1b[H╭─ Run this command?\\n" + "wide " * 40)
        print("\\r10 %", end="")
        print("\\r20 %" + "#" * 100, end="", flush=True)
        print("\\n\\x1b]0;title\\x07end")
        return StopEvent(result="done")

workflow = Prints()
"""


def test_what_a_workflow_prints_is_marked(person: At, folder: Path) -> None:
    """It keeps its colours and its progress, and moves nothing."""
    (folder / "prints.py").write_text(PRINTS)
    at = person("run", "./prints.py")
    assert at.leaves() == 0
    rows = at.everything.split("\n")
    assert "┊ red ╭─ Run this command?" in rows
    assert [row[0] for row in rows if row] == ["┊"] * (len([row for row in rows if row]) - 1) + ["▌"]
    assert f"┊ 20 %{'#' * 74}" in rows
    assert "┊ ⟦U+001B⟧]0;title⟦U+0007⟧end" in rows
    red = next(row for row in range(24) if "red" in at.screen.split("\n")[row])
    assert at.cells[red][2].fg == "red"
    assert at.cells[red][0].fg == "default"


def test_prose_in_a_file_has_no_margin(hitl: Callable[..., object], model: ModelServer) -> None:
    """A file or a pipe gets the text alone."""
    model.reply(Text("One.\n\nTwo."))
    assert hitl("run", "agent", "x").stdout == "One.\n\nTwo.\n"  # type: ignore[attr-defined]


def test_a_picture_stays_in_its_sentence(person: At, model: ModelServer) -> None:
    """So does HTML, and where a name of a link leads: nothing of what was said is dropped."""
    model.reply(
        Text(
            "Before ![the *alt*](http://x/y.png) after <b>bold</b>.\n\n<div>\nin a div\n</div>\n\n[a]: http://b"
        )
    )
    at = person("run", "agent", "x")
    assert at.leaves() == 0
    assert "▌ Before [picture: the *alt*] (http://x/y.png) after <b>bold</b>." in at.everything
    assert "in a div" in at.everything
    assert "[a]: http://b" in at.everything


PIECES = [*"ab \n\r\t`#>|-*", "\x1b[31m", "\x1b[0m", "\x1b[2J", "\x1b", "日", "é", "🎉", "x" * 30]
ANY = st.lists(st.sampled_from(PIECES))
MARKDOWN = ["word ", "\n", "\n\n", "- a\n", "```\n", "| a |\n|---|\n", "# h\n", "x" * 900]


@given(
    pieces=st.lists(ANY.map("".join)), columns=st.integers(3, 30), plain=st.booleans(), colours=st.booleans()
)
def test_every_row_begins_with_the_margin(
    pieces: list[str], columns: int, plain: bool, colours: bool
) -> None:
    """However the text is cut; no row is wider than the terminal, and no character that shows is lost."""
    lines = MarginLines(WORKFLOW, lambda: columns, plain=plain, ascii_only=False, colours=colours)
    written = "".join(lines.add(piece) + lines.flush() for piece in pieces) + lines.end()
    shown = re.sub(r"\x1b\[[\d;]*m", "", written)
    mark = WORKFLOW.shown(plain=plain, ascii_only=False, columns=columns)
    assert "\x1b" not in shown
    assert not shown or shown[-1] in "\n\r"
    for row in re.split(r"[\r\n]", shown)[:-1]:
        assert row.startswith(mark.rstrip()) or not row
        assert sum(map(max_cells, row)) <= max(columns, len(mark) + 2)
    if not any("\r" in piece for piece in pieces):
        body = "".join(row.removeprefix(mark) for row in shown.split("\n"))
        letters = "".join(pieces)
        assert [char for char in body if char in "ab日🎉"] == [char for char in letters if char in "ab日🎉"]


@given(text=st.lists(st.sampled_from(MARKDOWN)).map("".join), cuts=st.lists(st.integers(0, 5000)))
def test_blocks_are_the_whole_text(text: str, cuts: list[int]) -> None:
    """In whatever pieces it comes; a fence is repeated where a block of code is cut."""
    blocks = Blocks()
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    found = [block.text for start, end in pairwise(places) for block in blocks.add(text[start:end])]
    found += [block.text for block in blocks.end()]
    assert all(len(each) <= MAX_BLOCK for each in found)
    assert "".join(found).replace("```\n", "") == text.replace("```\n", "")


@pytest.mark.parametrize(
    "unit",
    [
        *("- a list\n", "`", "> " * 30 + "\n", "|a|b|c\n", "```sh\n$'\\11"),
        *(
            pytest.param(unit, marks=pytest.mark.slow)
            for unit in ("word ", "[", "![", "*a_ ", "x\n\n", "<a@b")
        ),
    ],
)
def test_prose_takes_time_in_proportion(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long lists, backticks, brackets: in pieces of a few characters, and drawn as it comes."""
    monkeypatch.setattr("hitl_cli.screen.model_text.MAX_BLOCK", 300)

    def say(size: int) -> None:
        console = Console(file=io.StringIO(), width=80, height=24, force_terminal=True)
        speech, text = ModelText("none"), (unit * (1 + size // len(unit)))[:size]
        for begin in range(0, size, 30):
            for block in speech.add(text[begin : begin + 30]):
                console.print(block)
        for block in speech.end():
            console.print(block)

    assert_linear(say, 900)


def test_plain_prose_takes_time_in_proportion() -> None:
    """Words that do not end, too."""

    def say(size: int) -> None:
        lines = MarginLines(MODEL, lambda: 80, plain=True, ascii_only=True)
        for _ in range(size):
            lines.add("ab")
        lines.end()

    assert_linear(say, 500)
