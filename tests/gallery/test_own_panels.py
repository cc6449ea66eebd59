"""Panels of workflow authors: drawn as text of the workflow, and never in the way of the question."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from hitl_cli.loading.own_panels import OwnPanels
from hitl_cli.screen.margin import WORKFLOW, Margin
from hitl_cli.screen.own_panels import draw
from tests.own_workflows import ASKS
from tests.terminal import Person

At = Callable[..., Person]

HEAD = """
import time
from pydantic import BaseModel
from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from workflows import Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

class Draft(BaseModel):
    title: str
    lines: list[str]

class Review(InputRequiredEvent):
    event_type: str = "document_review"
    data: Draft

class Verdict(HumanResponseEvent):
    approved: bool
"""

TAIL = """
class Reviewing(Workflow):
    @step
    async def ask(self, ev: StartEvent) -> Review:
        return Review(data=Draft(title="Cats", lines=["They", "sleep"]))

    @step
    async def end(self, ev: Verdict) -> StopEvent:
        return StopEvent(result=f"approved: {ev.approved}")

workflow = Reviewing(timeout=None)
"""

TABLE = """
def draw(values):
    table = Table(title=values["title"])
    table.add_column("line", style="link https://example.com green")
    for line in values["lines"]:
        table.add_row(line)
    return Group(table, Panel("rm -rf /", title="Run this command?"), Text("\\x1b[2J\\x1b[1;1Hgone"))

hitl_panels = {"document_review": draw}
"""


@pytest.mark.parametrize("plain", [False, True], ids=["drawn", "plain"])
def test_panel_is_text_of_the_workflow(person: At, folder: Path, *, plain: bool) -> None:
    """Each row of it is behind the sign of the workflow; a frame, a link and a control sequence in it are only text."""
    (folder / "flow.py").write_text(HEAD + TABLE + TAIL)
    at = person("run", "./flow.py", "x", *["--plain"] * plain, columns=60)
    sign = "workflow:" if plain else "┊"
    at.sees(
        f"^{sign} +Cats$",
        f"^{sign} [|│] They +[|│]$",
        f"^{sign} [+╭][─-]+ Run this command\\? [─-]+[+╮]$",
        f"^{sign} ⟦U\\+001B⟧\\[2J⟦U\\+001B⟧\\[1;1Hgone$",
        r"\(yes or no\): ?$" if plain else "^> ?$",
    )
    assert "title: Cats" not in at.everything
    assert b"\x1b]8" not in at.raw
    at.type("yes\r")
    assert at.leaves() == 0, at.everything
    assert "approved: True" in at.everything


BAD = {
    "raises": ('raise KeyError("b")', "flow.py:22 in draw: KeyError: 'b'"),
    "hangs": ("time.sleep(600)", "it took too long"),
}


@pytest.mark.parametrize("how", ["raises", pytest.param("hangs", marks=pytest.mark.slow)])
def test_panel_that_fails_leaves_the_form(person: At, folder: Path, how: str) -> None:
    """The person reads why, and the question is asked with its own text."""
    body, said = BAD[how]
    panel = f'def draw(values):\n    {body}\n\nhitl_panels = {{"Review": draw}}\n'
    (folder / "flow.py").write_text(HEAD + panel + TAIL)
    at = person("run", "./flow.py", "x", columns=120)
    at.sees("^The panel for document_review could not be drawn: ", "^┊ title: Cats$", "^> ?$")
    assert said in at.everything
    at.type("no\r")
    assert at.leaves() == 0, at.everything


COMMAND = (
    ASKS
    + """
class Asks(Workflow):
    @step
    async def propose(self, ev: StartEvent) -> Question:
        return Question(data=Command(command="echo real"))

    @step
    async def carry_out(self, ev: Decision) -> StopEvent:
        return StopEvent(result=await run_command(ev.command, request_id=ev.request_id))

hitl_panels = {"cli_human_input": lambda values: "$ echo harmless, not " + values["command"]}
workflow = Asks(timeout=None)
"""
)


def test_panel_of_a_command_does_not_replace_it(person: At, folder: Path) -> None:
    """It is above the panel of the program, which shows the exact text."""
    (folder / "asks.py").write_text(COMMAND)
    at = person("run", "./asks.py", "x", columns=80)
    at.sees(
        "^┊ \\$ echo harmless, not echo real$", "^╭─ Run this command", "^│ echo real +│$", "^\\$ echo real$"
    )
    at.type("\r")
    assert at.leaves() == 0, at.everything
    assert "$ echo real\nreal\n✓ exit 0" in at.everything


class Endless:
    """Draws for ever."""

    def __rich_console__(self, *_: object) -> Iterator[str]:
        while True:
            yield "row"


def drawn(made: Any, columns: int = 40) -> Text:
    """Return what is drawn of `made`."""

    def panel(values: Mapping[str, Any]) -> Any:
        return made

    return asyncio.run(draw(panel, {}, columns, ascii_only=False))


@pytest.mark.parametrize("ending", [SystemExit, KeyboardInterrupt, StopIteration])
def test_panel_that_ends_more_than_itself(ending: type[BaseException]) -> None:
    """It only fails, as any other."""

    def panel(values: Mapping[str, Any]) -> Any:
        raise ending(3)

    with pytest.raises(RuntimeError, match=f"{ending.__name__}: 3"):
        asyncio.run(draw(panel, {}, 40, ascii_only=False))


def test_panel_that_draws_nothing() -> None:
    """Only a text or what Rich can draw is shown."""
    with pytest.raises(TypeError, match="a text or a Rich renderable, not int"):
        drawn(7)


def test_drawing_is_bounded() -> None:
    """An endless panel is cut."""
    assert len(drawn(Endless()).plain.split("\n")) < 210


@given(st.text(), st.integers(1, 60), st.booleans())
def test_no_text_of_a_panel_leaves_its_margin(text: str, columns: int, in_panel: bool) -> None:
    """Whatever it contains, each row that is printed begins with the sign, and fits."""
    shown = drawn(Panel(Text(text)) if in_panel else text, max(1, columns - 2))
    console = Console(width=columns, color_system=None)
    with console.capture() as printed:
        console.print(Margin(shown, "dim", WORKFLOW))
    rows = printed.get().removesuffix("\n").split("\n")
    assert all(row.startswith("┊") or not row for row in rows)
    assert not any(char < " " for char in printed.get().replace("\n", ""))


def test_panel_of_an_installed_package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found by the event type, and loaded only when it is called."""
    site = folder / "site"
    (site / "drawing-1.0.dist-info").mkdir(parents=True)
    (site / "drawing-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: drawing\nVersion: 1.0\n"
    )
    (site / "drawing-1.0.dist-info" / "entry_points.txt").write_text(
        "[hitl.panels]\ninvoice = drawing_of_invoices:draw\n"
    )
    monkeypatch.syspath_prepend(str(site))
    panels = OwnPanels([])
    assert panels.of(("other", "Invoice")) is None
    panel = panels.of(("invoice", "Invoice"))
    assert panel is not None
    (site / "drawing_of_invoices.py").write_text("def draw(values): return f'owed: {values}'\n")
    assert panel({"sum": 3}) == "owed: {'sum': 3}"
