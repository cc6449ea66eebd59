"""What the toolkits of the terminal do that is written nowhere, as the review relies on it.

Another version fails here.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import typer
from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.key_binding import KeyBindings, KeyPress
from prompt_toolkit.key_binding.defaults import load_key_bindings
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import BufferControl, Layout, Window
from prompt_toolkit.output import DummyOutput
from typer.testing import CliRunner

from hitl_cli.cli.parser import TextCommand
from hitl_cli.terminal.toolkit import END_OF_SEQUENCE, drawn_cells, redraw

COLUMNS = DummyOutput().get_size().columns


@asynccontextmanager
async def running(
    window: Window, bindings: KeyBindings | None = None
) -> AsyncIterator[tuple[Application[None], PipeInput]]:
    """Run an application that shows `window`, for as long as the block runs."""
    with create_pipe_input() as keys:
        application: Application[None] = Application(
            Layout(window), key_bindings=bindings, input=keys, output=DummyOutput()
        )
        drawn = asyncio.Event()
        application.after_render += lambda _: drawn.set()
        task = asyncio.create_task(application.run_async(handle_sigint=False))
        await asyncio.wait_for(drawn.wait(), 5)
        try:
            yield application, keys
        finally:
            application.exit()
            await task


async def test_keys_come_from_what_the_input_returns_alone() -> None:
    """An input that returns other keys than it was sent is believed: no other way leads from terminal to binding."""
    seen: list[str] = []
    got = asyncio.Event()
    bindings = KeyBindings()

    @bindings.add(Keys.Any)
    def _(event: Any) -> None:
        seen.append(event.data)
        got.set()

    def other_keys() -> list[KeyPress]:
        read()
        return [KeyPress("b")]

    async with running(Window(BufferControl(Buffer())), bindings) as (_application, keys):
        read = keys.read_keys
        keys.read_keys = other_keys  # type: ignore[method-assign]
        keys.send_text("a")
        await asyncio.wait_for(got.wait(), 5)
    assert seen == ["b"]


async def test_end_of_a_sequence_lets_no_key_begin_one_with_the_next() -> None:
    """Esc and a letter are two keys with it between them, and one without it."""
    seen: list[str] = []
    bindings = KeyBindings()
    for keys in (("escape",), ("escape", "a"), ("a",)):
        bindings.add(*keys)(lambda event, keys=keys: seen.append("+".join(keys)))
    async with running(Window(BufferControl(Buffer())), bindings) as (application, _):
        processor = application.key_processor
        processor.feed_multiple([KeyPress(Keys.Escape), END_OF_SEQUENCE, KeyPress("a")])
        processor.feed_multiple([KeyPress(Keys.Escape), KeyPress("a")])
        processor.process_keys()
    assert seen == ["escape", "a", "escape+a"]


async def test_redraw_draws_before_it_returns() -> None:
    """And the cells drawn are known for each place of the text, of a line that goes on in the next row too."""
    buffer = Buffer(document=Document("first"))
    window = Window(BufferControl(buffer), wrap_lines=True)
    async with running(window) as (application, _):
        text = "x" * (COLUMNS + 3) + "\nlast"
        buffer.document = Document(text)
        before = window.render_info
        redraw(application)
        assert window.render_info is not None
        assert window.render_info is not before
        cells = drawn_cells(window.render_info)
        assert {place for place in cells if place[0] == 1 and place[1] < 4} == {(1, at) for at in range(4)}
        assert [cells[0, at][0] - cells[0, 0][0] for at in (0, COLUMNS - 1, COLUMNS, COLUMNS + 2)] == [
            0,
            0,
            1,
            1,
        ]
        assert cells[1, 0][0] - cells[0, 0][0] == 2


async def test_each_line_is_drawn_with_one_blank_after_it() -> None:
    """Without it, what was drawn is what the line holds."""
    window = Window(BufferControl(Buffer(document=Document("one\n\ntwo "))))
    async with running(window):
        assert window.render_info is not None
        content = window.render_info.ui_content
        lines = ["".join(part[1] for part in content.get_line(at)) for at in range(content.line_count)]
    assert lines == ["one ", " ", "two  "]


def test_keys_that_take_a_text_are_known() -> None:
    """Of all that the toolkit binds: Enter and Alt-Enter, which have another use here, and two that have none."""
    taking = {
        tuple(getattr(key, "value", key) for key in binding.keys)
        for binding in load_key_bindings().bindings
        if {"validate_and_handle", "append_to_history"} & set(binding.handler.__code__.co_names)
    }
    assert taking == {("c-m",), ("escape", "c-m"), ("c-o",), ("escape", "#")}


def test_own_way_of_a_parameter_is_the_one_that_is_taken() -> None:
    """A text option is handed on as it was given, by what was put on the parameter itself."""
    given: list[str] = []
    app = typer.Typer()

    @app.command(cls=TextCommand)
    def show(text: str) -> None:
        given.append(text)

    command = typer.main.get_command(app)
    parameter = next(each for each in command.params if each.name == "text")
    vars(parameter)["process_value"] = lambda context, value: f"taken: {value}"
    result = CliRunner().invoke(app, [" a\u202e "])
    assert result.exit_code == 0
    assert given == [" a\u202e "]
    command.main([" a "], standalone_mode=False)
    assert given[-1] == "taken:  a "
