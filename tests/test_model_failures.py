"""What goes wrong with a model is one sentence and a status, never a traceback."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from hitl_cli.environment import Environment
from hitl_cli.models import default_model, lent
from hitl_cli.settings import Settings
from tests.conftest import Hitl
from tests.model_server import Calls, Cut, Hang, MidError, ModelServer, Raw, Reply, Status, Text
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
        "The model's answer was cut off before its end",
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


@pytest.mark.parametrize("fault", FAULTS)
def test_agent_says_what_is_wrong(hitl: Hitl, model: ModelServer, fault: str) -> None:
    """One sentence that names the cause, status 69, nothing asked, and no more attempts than the script has."""
    replies, sentence = FAULTS[fault]
    model.reply(*replies)
    ended = hitl("run", "agent", "x", env={"HITL_MODEL_TIMEOUT": "0.5"})
    assert ended.returncode == 69
    assert sentence in ended.stderr
    (error,) = [line for line in ended.stderr.splitlines() if not line.startswith("tokens: ")]
    assert error.startswith("hitl: ")
    assert "sk-secret" not in ended.stderr + ended.stdout


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
    at = person("run", "agent", "x")
    at.sees("waiting for scripted, retrying, 2 of 3")
    at.sees("waiting for scripted, retrying, 3 of 3")
    assert at.leaves() == 0
    assert "At last." in at.screen


BROKEN_CALLS = {
    "no json": "not json at all",
    "a list": '["ls"]',
    "nothing": "",
    "another argument": '{"command": "ls", "cwd": "/"}',
    "a number": '{"command": 7}',
    "null": '{"command": null}',
}


@pytest.mark.parametrize("arguments", BROKEN_CALLS.values(), ids=BROKEN_CALLS)
def test_broken_call_runs_nothing(hitl: Hitl, model: ModelServer, arguments: str) -> None:
    """The model is told, the person is told, nothing is asked; if that was all, the status says so."""
    model.reply(Calls.of(("call_x", arguments)), Text("Sorry."))
    ended = hitl("run", "agent", "x")
    assert ended.returncode == 69
    assert "The model's call of cli_executor could not be carried out" in ended.stderr
    assert "hitl: The model proposed no command that can be read; nothing ran." in ended.stderr
    assert len(model.tool_results()) == 1


def test_unknown_tool_runs_nothing(hitl: Hitl, model: ModelServer) -> None:
    """A call of a tool that does not exist is a broken call."""
    model.reply(Calls.of("ls", name="shell"), Text("Sorry."))
    ended = hitl("run", "agent", "x")
    assert ended.returncode == 69
    assert "The model's call of shell could not be carried out" in ended.stderr


def test_broken_call_then_a_right_one(person: At, model: ModelServer) -> None:
    """A model that corrects itself is as good as any."""
    model.reply(Calls.of(("call_x", "{")), Calls.of("echo fine"), Text("Done."))
    at = person("run", "agent", "x")
    at.approves("echo fine")
    assert at.leaves() == 0


def test_key_is_in_no_text_of_the_model() -> None:
    """Neither `repr` nor `str` nor the saved form of the model tells the key."""

    class Nobody:
        request = ""

        def suggested(self, candidates: object) -> None: ...

        def model_asked(self, model: str, attempt: int, attempts: int) -> None: ...

        def tokens_used(self, prompt: int, completion: int) -> None: ...

    environment = replace(Environment.from_process(), variables={"OPENAI_API_KEY": "sk-very-secret"})
    with lent(Settings.load(environment), Nobody()):
        model = default_model()
    assert "sk-very-secret" not in repr(model) + str(model) + str(model.to_dict())
