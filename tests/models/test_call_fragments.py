"""Calls of tools whose fragments come over real HTTP: in pieces, without what they need, with more than that."""

import json
from typing import Any

import pytest

from hitl_cli.models.tool_calls import CallJoiner
from tests.model_server import Bytes, ModelServer, chunk, stream
from tests.models.conftest import Asker

LS = ("cli_executor", {"command": "ls"})
ARGUMENTS = '{"command": "ls"}'


def call(index: int | None, identity: Any, name: Any, arguments: Any) -> dict[str, Any]:
    """Return a chunk with one fragment of a call; what is None is left out."""
    return chunk({"tool_calls": [fragment(index, identity, name, arguments)]})


def fragment(index: int | None, identity: Any, name: Any, arguments: Any) -> dict[str, Any]:
    """Return one fragment of a call; what is None is left out."""
    function = {"name": name, "arguments": arguments}
    given = {"index": index, "id": identity}
    return {
        **{key: value for key, value in given.items() if value is not None},
        "function": {key: value for key, value in function.items() if value is not None},
    }


def command(text: str) -> tuple[str, dict[str, str]]:
    """Return the call that runs `text`."""
    return ("cli_executor", {"command": text})


FRAGMENTS: dict[str, tuple[list[dict[str, Any]], list[tuple[str, Any]]]] = {
    "no name under a new id": (
        [call(0, "a", "cli_executor", '{"command"'), call(0, "b", None, ': "ls"}')],
        [LS],
    ),
    "the name in each piece": (
        [
            call(0, "a", "cli_executor", '{"command"'),
            call(0, "a", "cli_executor", ': "l'),
            call(0, "a", "cli_executor", 's"}'),
        ],
        [LS],
    ),
    "the name in each piece, without an id": (
        [call(0, None, "cli_executor", '{"command"'), call(0, None, "cli_executor", ': "ls"}')],
        [LS],
    ),
    "two interleaved": (
        [
            call(0, "a", "cli_executor", '{"comm'),
            call(1, "b", "cli_executor", '{"command": "p'),
            call(0, None, None, 'and": "ls"}'),
            call(1, None, None, 'wd"}'),
        ],
        [LS, command("pwd")],
    ),
    "two interleaved under one index, told apart by id": (
        [
            call(0, "a", "cli_executor", '{"comm'),
            call(0, "b", "cli_executor", '{"command": "p'),
            call(0, "a", None, 'and": "ls"}'),
            call(0, "b", None, 'wd"}'),
        ],
        [LS, command("pwd")],
    ),
    "a name in pieces": (
        [call(0, "a", "cli_", ""), call(0, None, "executor", None), call(0, None, None, ARGUMENTS)],
        [LS],
    ),
    "two in one chunk": (
        [
            chunk(
                {
                    "tool_calls": [
                        fragment(0, "a", "cli_executor", ARGUMENTS),
                        fragment(1, "b", "cli_executor", '{"command": "pwd"}'),
                    ]
                }
            )
        ],
        [LS, command("pwd")],
    ),
    "two whole calls without index and id": (
        [
            call(None, None, "cli_executor", ARGUMENTS),
            call(None, "", "cli_executor", '{"command": "pwd"}'),
        ],
        [LS, command("pwd")],
    ),
    "two whole calls at index 0": (
        [call(0, "a", "cli_executor", ARGUMENTS), call(0, "b", "cli_executor", '{"command": "pwd"}')],
        [LS, command("pwd")],
    ),
    "the id after the name": (
        [call(0, None, "cli_executor", ""), call(0, "a", None, ARGUMENTS)],
        [LS],
    ),
    "the indices from high to low": (
        [call(5, "a", "cli_executor", ARGUMENTS), call(2, "b", "cli_executor", '{"command": "pwd"}')],
        [LS, command("pwd")],
    ),
    "an index in quotes": ([call("0", "a", "cli_executor", ARGUMENTS)], [LS]),  # type: ignore[arg-type]
    "an integer as id": ([call(0, 7, "cli_executor", ARGUMENTS)], [LS]),
    "arguments as an object": ([call(0, "a", "cli_executor", {"command": "ls"})], [LS]),
    "null beside what counts": (
        [
            chunk({"tool_calls": [None, fragment(0, "a", "cli_executor", ARGUMENTS)]}),
            chunk({"tool_calls": [{"index": 0, "function": None}]}),
            chunk({"tool_calls": None}),
        ],
        [LS],
    ),
    "the old form": ([chunk({"function_call": {"name": "cli_executor", "arguments": ARGUMENTS}})], [LS]),
    "a name with a tag of the template": (
        [call(0, "a", "functions.cli_executor<|channel|>commentary", ARGUMENTS)],
        [LS],
    ),
}


@pytest.mark.parametrize("case", FRAGMENTS)
async def test_fragments_of_calls_are_joined(ask: Asker, model: ModelServer, case: str) -> None:
    """Each call is whole, in order, and has an id of its own."""
    chunks, calls = FRAGMENTS[case]
    model.reply(
        Bytes(stream(chunk({"role": "assistant", "content": None}), *chunks, chunk({}, "tool_calls")))
    )
    heard = await ask()
    assert heard.calls == calls
    assert len(set(heard.identities)) == len(calls)
    assert all(heard.identities)


READABLE = {
    "a fence": '```json\n{"command": "ls"}\n```',
    "the same twice": '{"command": "ls"}{"command": "ls"}',
    "an empty object first": '{}{"command": "ls"}',
    "JSON in a string": json.dumps('{"command": "ls"}'),
}


@pytest.mark.parametrize("arguments", READABLE.values(), ids=READABLE)
async def test_arguments_that_mean_one_thing_are_read(ask: Asker, model: ModelServer, arguments: str) -> None:
    """What is unambiguous is taken."""
    model.reply(Bytes(stream(call(0, "a", "cli_executor", arguments), chunk({}, "tool_calls"))))
    assert (await ask()).calls == [LS]


@pytest.mark.parametrize("pieces", [1_000, 2_000])
def test_joining_fragments_looks_at_each_character_once(pieces: int) -> None:
    """The work on arguments in small pieces is linear, also where a name comes with each and asks if all is there."""

    class Counted(str):
        looked_at = 0

        def __iter__(self) -> Any:
            Counted.looked_at += len(self)
            return super().__iter__()

    joiner = CallJoiner()
    for _ in range(pieces):
        joiner.add([{"index": 0, "function": {"name": "cli_executor", "arguments": Counted('{"a')}}])
    assert len(joiner.calls()) == 1
    assert Counted.looked_at <= 3 * pieces
