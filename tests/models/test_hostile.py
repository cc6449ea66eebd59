"""Replies that are made to keep a reader busy: the work on them is linear."""

import json
import time
from collections.abc import Callable

import pytest

from hitl_cli.models.answer_text import AnswerText, without_reasoning
from hitl_cli.models.chat_server import EventReader
from hitl_cli.models.command_reply import read_command_reply
from hitl_cli.models.repetition import Repetition
from hitl_cli.models.reply import ReplyReader
from hitl_cli.models.tool_calls import read_arguments

SIZE = 30_000  # characters; what takes quadratic time takes far longer than the patience
PATIENCE = 2.0  # seconds of CPU time, for a slow machine

PATTERNS = [
    "</think>",
    "<think></think>",
    "<think> ",
    "x <think> ",
    "<tool_call> ",
    "\n",
    " ",
    " \n\t",
    "`",
    "```\n",
    "```sh\n",
    "``` ",
    "``` `",
    "~~~\n```\n",
    "<<EOF ",
    "cat <<A\n",
    "'\n",
    "\\\n",
    "$ \n",
    "$ x\ny\n",
    "a@b:",
    "{",
    '{"command": "',
    "{}",
    '"',
    "[",
    "<answer>",
    "````md\n",
    "|",
    "<|im_end|>",
    "\ud83d",
]


def read_streamed(text: str) -> None:
    """Read `text` as an agent does, in small pieces and in one."""
    for size in (11, SIZE):
        answer = AnswerText(frozenset({"cli_executor"}))
        for start in range(0, len(text), size):
            answer.feed(text[start : start + size])
        answer.end()


def read_repetition(text: str) -> None:
    """Look for repetitions in `text`, and continue where an agent would stop."""
    repetition = Repetition()
    for start in range(0, len(text), 11):
        repetition.found_in(text[start : start + 11])


def read_events(text: str) -> None:
    """Read `text` as the bytes of a stream."""
    events = EventReader()
    for start in range(0, len(text), 7):
        events.feed(text[start : start + 7].encode("utf-8", "replace"))
    events.end()


def read_calls(text: str) -> None:
    """Read `text` as the fragments of a call that gives its name each time."""
    reader = ReplyReader(frozenset())
    for start in range(0, len(text), 11):
        function = {"name": "cli_executor", "arguments": text[start : start + 11]}
        reader.receive({"choices": [{"delta": {"tool_calls": [{"index": 0, "function": function}]}}]})
    reader.calls()


READERS: dict[str, Callable[[str], object]] = {
    "thoughts": without_reasoning,
    "command": read_command_reply,
    "command in a block": lambda text: read_command_reply(f"```\n{text}"),
    "arguments": read_arguments,
    "arguments in a fence": lambda text: read_arguments(f"```{text}"),
    "arguments in a string": lambda text: read_arguments(json.dumps(text)),
    "streamed": read_streamed,
    "repetition": read_repetition,
    "events": read_events,
    "calls": read_calls,
}


@pytest.mark.parametrize("reader", READERS)
def test_hostile_text_is_read_in_linear_time(reader: str) -> None:
    """No repetition of a pattern makes any reader slow."""
    for pattern in PATTERNS:
        text = pattern * (SIZE // len(pattern))
        began = time.process_time()
        READERS[reader](text)
        assert time.process_time() - began < PATIENCE, f"{pattern!r} is slow"
