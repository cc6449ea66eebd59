"""A proposal of `custom`: one request over the program's own client, shown while it arrives, and bounded."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from hitl_cli.environment import Environment
from hitl_cli.models.chat_client import ChatClient, RefusedError
from hitl_cli.models.configured import ServerProvider
from hitl_cli.models.provider import NullModelWatcher
from hitl_cli.models.reply_errors import AnswerCutError
from hitl_cli.settings import Settings
from tests.conftest import HITL, Hitl
from tests.model_server import Calls, Hang, ModelServer, Status, Text
from tests.terminal import Person


@dataclass
class Hearing(NullModelWatcher):
    """Keeps what it is told."""

    written: list[str] = field(default_factory=list)
    tokens: list[tuple[int, int]] = field(default_factory=list)
    attempts: list[int] = field(default_factory=list)

    def model_asked(self, model: str, attempt: int, attempts: int) -> None:
        self.attempts.append(attempt)

    def model_writes(self, text: str) -> None:
        self.written.append(text)

    def tokens_used(self, prompt: int, completion: int) -> None:
        self.tokens.append((prompt, completion))


def provider(model: ModelServer, watcher: NullModelWatcher, **variables: str) -> ServerProvider:
    """Return a provider for the scripted server."""
    given = {
        "OPENAI_BASE_URL": model.url,
        "OPENAI_API_KEY": "sk-secret",
        "HITL_MODEL": "scripted",
        **variables,
    }
    return ServerProvider(Settings.load(replace(Environment.from_process(), variables=given)), watcher)


async def test_one_request_for_one_proposal(model: ModelServer) -> None:
    """It is streamed, has the tool and the limit, and its tokens are counted."""
    model.reply(Calls.of("ls -l", name="propose_command"))
    hearing = Hearing()
    (proposed,) = await provider(model, hearing, HITL_MAX_TOKENS="500").propose("list the files")
    assert proposed.command == "ls -l"
    (sent,) = model.requests
    (tool,) = sent.pop("tools")
    assert tool["function"]["name"] == "propose_command"
    assert sent == {
        "model": "scripted",
        "messages": [{"role": "user", "content": "list the files"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 500,
    }
    assert hearing.tokens == [(1000, 20)]
    assert hearing.attempts == [1]


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        (Text("find . -name '*.py'"), "find . -name '*.py'"),
        (Calls.of('printf "a\\n"\nls', name="propose_command"), 'printf "a\\n"\nls"}'),
    ],
    ids=["text", "call"],
)
async def test_what_arrives_is_passed_on_at_once(model: ModelServer, reply: Text | Calls, shown: str) -> None:
    """Also of a short text, which is held back as an answer, and the command instead of a call's JSON."""
    model.reply(reply)
    hearing = Hearing()
    await provider(model, hearing).propose("x")
    assert hearing.written[-1] == shown
    assert len(hearing.written) > 1
    assert shown[:6] in "\n".join(hearing.written[:-1])


async def test_a_limit_under_its_newer_name(model: ModelServer) -> None:
    """Where a server refuses one name, it gets the other, at once and from then on; without both, none."""
    refusal = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    newer = "Unknown parameter: 'max_completion_tokens'"
    model.reply(Status(400, message=refusal), Text("ls"), Text("ls"), Status(400, message=newer), Text("ls"))
    asked = provider(model, Hearing())
    for _ in range(3):
        await asked.propose("x")
    limits = [(each.get("max_tokens"), each.get("max_completion_tokens")) for each in model.requests]
    assert limits == [(8192, None), (None, 8192), (None, 8192), (None, 8192), (None, None)]


@pytest.mark.parametrize("reply", [Text("ls " * 99), Text("ls", finish="length")], ids=["ignored", "kept"])
async def test_an_answer_at_the_limit(model: ModelServer, reply: Text) -> None:
    """The message names the setting, whether the server keeps the limit or ignores it."""
    model.reply(reply)
    with pytest.raises(AnswerCutError, match=r"at its length limit \(HITL_MAX_TOKENS is 20\)"):
        await provider(model, Hearing(), HITL_MAX_TOKENS="20").propose("x")


def client(model: ModelServer, watcher: NullModelWatcher, **variables: str) -> ChatClient:
    """Return a client of the scripted server."""
    return ChatClient(f"{model.url}/?api-version=1", "sk-secret", "scripted", 5.0, watcher, variables)


async def test_the_variables_of_openais_client(model: ModelServer) -> None:
    """Organization, project and own headers are sent; the key is in no text of the client."""
    model.reply(Text("ls"))
    own = {
        "OPENAI_ORG_ID": "org-1",
        "OPENAI_PROJECT_ID": "proj-1",
        "OPENAI_CUSTOM_HEADERS": "X-Team: a:b\nbad",
    }
    asked = client(model, Hearing(), **own, OPENAI_API_KEY="sk-secret")
    response = await asked.post({"model": "scripted", "stream": True})
    await response.aclose()
    await asked.close()
    sent = model.headers[0]
    assert [sent[name] for name in ("OpenAI-Organization", "OpenAI-Project", "X-Team", "Authorization")] == [
        "org-1",
        "proj-1",
        "a:b",
        "Bearer sk-secret",
    ]
    assert "sk-secret" not in repr(asked)


@pytest.mark.parametrize(
    ("refusal", "attempts"),
    [
        (Status(503, headers={"retry-after-ms": "1"}), [1, 2, 3]),
        (Status(429, headers={"retry-after": "0.001"}), [1, 2, 3]),
        (Status(400, headers={"x-should-retry": "true", "retry-after-ms": "1"}), [1, 2, 3]),
        (Status(503, headers={"x-should-retry": "false"}), [1]),
        (Status(429, headers={"retry-after": "3600"}), [1]),
        (Status(429, code="insufficient_quota"), [1]),
        (Status(401), [1]),
    ],
)
async def test_what_is_retried(model: ModelServer, refusal: Status, attempts: list[int]) -> None:
    """A busy server, after the time that it asks for, unless that is too long or it says no."""
    model.reply(*[refusal] * len(attempts))
    hearing = Hearing()
    asked: Any = client(model, hearing)
    with pytest.raises(RefusedError) as refused:
        await asked.post({"model": "scripted"})
    await asked.close()
    assert refused.value.status_code == refusal.status
    assert refused.value.code == refusal.code
    assert hearing.attempts == attempts


def test_a_person_sees_what_arrives(person: Callable[..., Person], model: ModelServer) -> None:
    """Its end is behind the model's bar, with nothing in it that could move; it is gone after Ctrl-C."""
    model.reply(Hang("x" * 200 + " the end\x1b[2J of it"))
    at = person("run", "custom", "x")
    at.sees(r"waiting for scripted", r"^▌ x+ the end⟦U\+001B⟧\[2J of it$")
    at.type("\x03")
    assert at.leaves() == 130
    assert "▌" not in at.screen


GARBAGE = """
import gc
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

class Garbage(Workflow):
    @step
    async def go(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=f"collected: {gc.isenabled()}, not looked at: {gc.get_freeze_count() > 10_000}")

workflow = Garbage(timeout=None)
"""


def test_custom_with_a_key_loads_no_model_class(hitl: Hitl, model: ModelServer) -> None:
    """Neither LlamaIndex's class nor OpenAI's client."""
    model.reply(Text("echo fine"))
    program = (
        "import sys, hitl_cli.cli as c; c.main(['run', 'custom', 'x']); "
        "print([name for name in sys.modules if name.startswith(('llama_index.', 'openai', 'numpy'))])"
    )
    ended = hitl(program=[HITL[0], "-c", program])
    assert ended.stdout.splitlines()[-1] == "[]"


def test_garbage_is_collected_while_a_workflow_runs(hitl: Hitl, folder: Path) -> None:
    """The start turns the collection off; it is on again when the workflow runs, and skips what was loaded."""
    (folder / "garbage.py").write_text(GARBAGE)
    ended = hitl("run", "./garbage.py", "x")
    assert ended.stdout.splitlines() == ["collected: True, not looked at: True"]


@pytest.mark.parametrize("variable", [{"HTTPS_PROXY": "gopher://x"}, {"SSL_CERT_FILE": "/nowhere"}])
def test_what_the_client_cannot_use_is_a_sentence(hitl: Hitl, variable: dict[str, str]) -> None:
    """A proxy of an unknown kind and a file of certificates that is not there."""
    ended = hitl(
        "run", "custom", "x", env={"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", **variable}, cold=True
    )
    assert ended.returncode == 69
    assert "The model could not be asked: " in ended.stderr or "cannot be reached" in ended.stderr
    assert "Nothing more was run." in ended.stderr
