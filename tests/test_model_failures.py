"""What goes wrong with a model is one sentence and a status, never a traceback."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from hitl_cli.environment import Environment
from hitl_cli.models.configured import provider_of
from hitl_cli.models.provider import NullModelWatcher
from hitl_cli.settings import Settings
from tests.conftest import Hitl
from tests.model_server import (
    Bytes,
    Calls,
    Cut,
    Hang,
    MidError,
    ModelServer,
    Raw,
    Reply,
    Status,
    Text,
    chunk,
    stream,
)
from tests.terminal import Person

At = Callable[..., Person]

FAULTS: dict[str, tuple[list[Reply], str]] = {
    "wrong key": (
        [Status(401, "invalid_api_key", "Incorrect API key")],
        "The key from OPENAI_API_KEY was refused",
    ),
    "unknown model": ([Status(404, "model_not_found", "no such model")], "has no model 'scripted'"),
    "no quota": (
        [Status(429, "insufficient_quota", "over")],
        "The quota of the key from OPENAI_API_KEY is used up",
    ),
    "too many requests": (
        [Status(429, "rate_limit_exceeded", "slow down")] * 3,
        "is limiting requests (429): slow down",
    ),
    "server error": ([Status(500, message="oops")] * 3, "answered 500: oops"),
    "bad request": ([Status(400, message="no tools here")], "answered 400: no tools here"),
    "a page instead of an answer": (
        [Raw("<html>Log in</html>")],
        "answered with a web page, not in the OpenAI protocol",
    ),
    "text instead of an answer": (
        [Raw("upstream busy", "text/plain")],
        "answered with text that is not a chat completion, 'upstream busy'",
    ),
    "JSON of another kind": (
        [Raw('{"status": "ok"}', "application/json")],
        "answered with JSON that is not a chat completion",
    ),
    "an empty body": ([Bytes(b"")], "answered with nothing, not in the OpenAI protocol"),
    "an error in JSON with 200": (
        [Raw('{"error": {"message": "model is loading"}}', "application/json")],
        "reported an error: model is loading",
    ),
    "an error that is a text": (
        [Bytes(stream(chunk({"content": "hi"}), {"error": "out of memory"}))],
        "reported an error in mid-answer: out of memory",
    ),
    "an event named error": (
        [Bytes(b'event: error\ndata: {"message": "overloaded"}\n\n')],
        "reported an error: overloaded",
    ),
    "an event that is no JSON": (
        [Bytes(stream(chunk({"content": "hi"}), done=False) + b'data: {"choices": [\n\n')],
        "an event that is not valid JSON",
    ),
    "a page with 502": (
        [Bytes(b"<html><h1>Bad Gateway from nginx</h1></html>", "text/html", 502)] * 3,
        "answered 502: Bad Gateway. Nothing more was run.",
    ),
    "a page with 405": (
        [Bytes(b"<html><h1>No</h1></html>", "text/html", 405)],
        "has nothing at /v1/chat/completions (405)",
    ),
    "a page with 404": (
        [Bytes(b"<html><h1>Not Found</h1></html>", "text/html", 404)],
        "has nothing at /v1/chat/completions (404)",
    ),
    "the answer filtered": (
        [Text("I", finish="content_filter")],
        "stopped the model's answer; none of it ran.",
    ),
    "thoughts alone": (
        [Text("<think>I wonder</think>")],
        "The model's answer contained only reasoning",
    ),
    "a call in tags": (
        [Text('<tool_call>\n{"name": "cli_executor", "arguments": {"command": "ls"}}\n</tool_call>')],
        "The model wrote a tool call as text",
    ),
    "a call in JSON": (
        [Text('{"name": "cli_executor", "arguments": {"command": "ls"}}')],
        "The model wrote a tool call as text",
    ),
    "a call after prose": (
        [Text('I look.\n\n<function=cli_executor>{"command": "ls"}</function>')],
        "The model wrote a tool call as text",
    ),
    "a call of Mistral": (
        [Text('[TOOL_CALLS][{"name": "cli_executor", "arguments": {"command": "ls"}}]')],
        "The model wrote a tool call as text",
    ),
    "too much text": (
        [Bytes(stream(*[chunk({"content": "".join(map(str, range(120_000)))})] * 2))],
        "has more than 1,000,000 characters",
    ),
    "no tool calling": (
        [Status(400, message="registry.ollama.ai/library/gemma:2b does not support tools")],
        "An agent needs a model and a server with tool calling",
    ),
    "reset": ([Cut("I am")], "broke in mid-answer"),
    "stopped in mid-answer": ([Cut("I am", quietly=True)], "cut off before its end"),
    "error in mid-answer": ([MidError()], "reported an error in mid-answer: the server burst"),
    "silence": ([Hang(mute=True)] * 3, "did not answer within 0.5 s"),
    "silence in mid-answer": ([Hang("I am")], "did not answer within 0.5 s"),
    "nothing": ([Text("")], "The model's answer was empty"),
    "too long": ([Text("I am so", finish="length")], "cut off at its length limit"),
    "call too long": (
        [Calls.of(("c", '{"command": "rm -rf /tmp/x'), finish="length")],
        "cut off at its length limit",
    ),
}


SIMILAR = {
    "an event named error",
    "a page with 405",
    "a call in JSON",
    "a call of Mistral",
    "a call after prose",
    "call too long",
}


@pytest.mark.parametrize(
    "fault", [pytest.param(each, marks=[pytest.mark.slow] if each in SIMILAR else []) for each in FAULTS]
)
def test_agent_says_what_is_wrong(hitl: Hitl, model: ModelServer, fault: str) -> None:
    """One sentence that names the cause, status 69, nothing asked, no more attempts than the script has."""
    replies, sentence = FAULTS[fault]
    model.reply(*replies)
    ended = hitl("run", "agent", "x", env={"HITL_MODEL_TIMEOUT": "0.5"})
    assert ended.returncode == 69
    assert sentence in ended.stderr
    (error,) = [line for line in ended.stderr.splitlines() if not line.startswith("tokens: ")]
    assert error.startswith("hitl: ")
    assert "sk-secret" not in ended.stderr + ended.stdout
    assert not any(
        mark in ended.stdout + ended.stderr for mark in ("<html", "tool_call>", "function=", "pydantic")
    )


@pytest.mark.parametrize("fault", ["wrong key", "server error", "nothing", "too long", "silence", "no quota"])
def test_custom_says_what_is_wrong(hitl: Hitl, model: ModelServer, fault: str) -> None:
    """The same for a completion that is not streamed; no library retries behind our back."""
    replies, sentence = FAULTS[fault]
    model.reply(*replies)
    ended = hitl("run", "custom", "x", env={"HITL_MODEL_TIMEOUT": "0.5"})
    assert ended.returncode == 69
    (error,) = [line for line in ended.stderr.splitlines() if not line.startswith("tokens: ")]
    assert sentence in error


def test_model_of_another_protocol(hitl: Hitl) -> None:
    """A model that OpenAI serves in another way is refused before anything is asked."""
    ended = hitl("run", "agent", "--model", "gpt-5.2-pro", "x")
    assert ended.returncode == 69
    assert "The model 'gpt-5.2-pro' cannot be used" in ended.stderr


def test_server_that_is_not_there(hitl: Hitl) -> None:
    """A refused connection names the address."""
    ended = hitl("run", "custom", "--base-url", "http://127.0.0.1:9/v1", "x")
    assert ended.returncode == 69
    assert "http://127.0.0.1:9/v1 cannot be reached" in ended.stderr


def test_retries_are_told(person: At, model: ModelServer) -> None:
    """The waiting line counts the attempts, and a success after them is a success."""
    model.reply(Status(500), Status(500), Text("At last."))
    at = person("run", "agent", "x", env={"HITL_EARLY_REQUEST": "off"})
    at.sees("waiting for scripted, retrying, 2 of 3")
    at.sees("waiting for scripted, retrying, 3 of 3")
    assert at.leaves() == 0
    assert "At last." in at.screen


BROKEN_CALLS = {
    "no json": ("not json at all", "not valid JSON: expected a JSON object, at character 1, near 'not json"),
    "a list": ('["ls"]', "must be a JSON object, not an array"),
    "nothing": ("", "'command' is missing; the call has none"),
    "a number": ('{"command": 7}', "'command' must be a string, not a number"),
    "null": ('{"command": null}', "'command' must be a string, not null"),
    "another name": ('{"cmd": "ls"}', "'command' is missing; the call has only 'cmd'"),
    "a trailing comma": ('{"command": "ls",}', "trailing comma, at character 1"),
    "an escape": (r'{"command": "grep \d x"}', r"invalid escape \d; write a backslash inside a string as \\"),
    "single quotes": ("{'command': 'ls'}", "single quotes; write strings in double quotes"),
    "cut off": ('{"command": "rm -rf /tmp/x', "a string that begins here has no closing quote"),
    "a quote in a quote": ('{"command": "echo "a""}', "expected a comma"),
    "two different": ('{"command": "ls"}{"command": "pwd"}', "a second, different object follows the first"),
    "deep": ("[" * 100_000, "nested too deeply"),
}


@pytest.mark.parametrize("case", BROKEN_CALLS)
def test_broken_call_runs_nothing(hitl: Hitl, model: ModelServer, case: str) -> None:
    """The model is told what is wrong, the person is told, nothing is asked; if that was all, the status says so."""
    arguments, problem = BROKEN_CALLS[case]
    model.reply(Calls.of(("call_x", arguments)), Text("Sorry."))
    ended = hitl("run", "agent", "x")
    assert ended.returncode == 69
    assert "The model's call of cli_executor failed" in ended.stderr
    assert "hitl: The model proposed no valid command. Nothing ran." in ended.stderr
    (told,) = model.tool_results()
    assert problem in told
    sent = model.messages()[-2]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(sent) == {} or case in (
        "a number",
        "null",
        "another name",
    )  # else a server may refuse it


def test_unknown_tool_runs_nothing(hitl: Hitl, model: ModelServer) -> None:
    """A call of a tool that does not exist is a broken call."""
    model.reply(Calls.of("ls", name="shell"), Text("Sorry."))
    ended = hitl("run", "agent", "x")
    assert ended.returncode == 69
    assert "The model's call of shell failed" in ended.stderr


def test_broken_call_then_a_right_one(person: At, model: ModelServer) -> None:
    """A model that corrects itself is as good as any; an argument too many does no harm."""
    right = ("call_y", '{"command": "echo fine", "cwd": "/", "why": null}')
    model.reply(Calls.of(("call_x", "{")), Calls.of(right), Text("Done."))
    at = person("run", "agent", "x")
    at.approves("echo fine")
    assert at.leaves() == 0


def test_key_is_in_no_text_of_the_model() -> None:
    """Neither `repr` nor `str` nor the saved form of the model tells the key."""
    environment = replace(Environment.from_process(), variables={"OPENAI_API_KEY": "sk-very-secret"})
    model = provider_of(Settings.load(environment), NullModelWatcher()).llm()
    assert "sk-very-secret" not in repr(model) + str(model) + str(model.to_dict())
