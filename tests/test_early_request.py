"""The first request of a bundled workflow leaves before the engine loads, and its answer is used if it is identical."""

import asyncio
import json
import re
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_cli.environment import Environment
from hitl_cli.loading.references import BUNDLED, Reference
from hitl_cli.models.chat_client import ChatClient
from hitl_cli.models.chat_server import read_usage
from hitl_cli.models.early_request import EarlyRequest
from hitl_cli.models.first_requests import FILE as KNOWN
from hitl_cli.models.first_requests import known_shape
from hitl_cli.models.provider import ModelWatcher, NullModelWatcher
from hitl_cli.models.request_shapes import FILE, Shapes, Texts
from hitl_cli.settings import Settings
from hitl_cli.shell_program import machine, shell_program
from tests.conftest import Hitl
from tests.model_server import Hang, ModelServer, Status, Text
from tests.models import first_requests
from tests.terminal import Person

At = Callable[..., Person]

UNUSED = "An early request was sent, but its answer was not used"


PROBE = """\
import os, pathlib, sys, time
loaded = None

def note(event, arguments):
    global loaded
    if event == "socket.connect" and loaded is None:
        loaded = [name for name in {heavy!r} if name in sys.modules]
    elif event == "import" and arguments[0].partition(".")[0] in ("llama_index", "workflows"):
        while not pathlib.Path("arrived").exists():
            time.sleep(0.005)
        os.write(1, repr(loaded).encode())
        os._exit(0)

sys.addaudithook(note)
from hitl_cli import main
main(["run", {workflow!r}, "go"])
"""
HEAVY = ["hitl_cli.screen", "hitl_cli.session", "prompt_toolkit", "psutil", "pydantic", "re2"]


@pytest.mark.parametrize("workflow", ["agent", pytest.param("custom", marks=pytest.mark.slow)])
def test_a_first_run_sends_it_before_the_engine_loads(
    model: ModelServer, environment: dict[str, str], folder: Path, workflow: str
) -> None:
    """The engine loads only when the request has arrived, and before it leaves, nothing large was loaded."""
    model.reply(Text("ok"))
    with subprocess.Popen(
        [sys.executable, "-c", PROBE.format(heavy=HEAVY, workflow=workflow)],
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            deadline = time.monotonic() + 60
            while not model.requests and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.005)
            assert [each["messages"][-1]["content"][-2:] for each in model.requests] == ["go"]
            (folder / "arrived").touch()
            assert process.communicate(timeout=60)[0] == "[]"
        finally:
            process.kill()


def test_what_is_known_is_what_is_sent(
    hitl: Hitl, model: ModelServer, environment: dict[str, str], folder: Path
) -> None:
    """The file with the first requests fits the workflows and the installed engine, and a first run uses it."""
    changed = "the file does not fit; run: python -m tests.models.first_requests"
    model.reply(*[Text("echo")] * 2)
    for count, workflow in enumerate(BUNDLED, 1):
        assert UNUSED not in hitl("run", workflow, first_requests.REQUEST).stderr, changed
        assert len(model.requests) == count, changed
    sent = dict(zip(BUNDLED, model.requests, strict=True))
    assert first_requests.known(sent, machine(shell_program(environment))) == json.loads(KNOWN.read_text()), (
        changed
    )
    assert not Path(environment["HOME"], ".cache", "hitl", FILE).exists()


VERSIONS = {name: version(name) for name in ("llama-index-core", "llama-index-llms-openai")}


def known(workflow: str, file: Path, model_name: str, versions: Mapping[str, str] = VERSIONS) -> Any:
    """Return the shape that is known for the workflow in `file` and this model."""
    environment = replace(Environment.from_process(), variables={}, settings_file=file.parent / "none")
    return known_shape(workflow, file, Settings.load(environment, {"model": model_name}), "here", versions)


def test_only_what_is_likely_is_known(tmp_path: Path) -> None:
    """Other versions of the engine, another kind of model and a changed file may make another request."""
    for workflow in BUNDLED:
        file = Reference.parse(workflow, tmp_path).file
        assert file is not None
        assert known(workflow, file, "some-model")["model"] == "some-model"
        assert (known(workflow, file, "gpt-5-mini") is None) == (workflow == "agent")
        assert known(workflow, file, "some-model", VERSIONS | {"llama-index-core": "0.99.1"}) is None
        changed = tmp_path / file.name
        changed.write_text(file.read_text() + "# changed")
        assert known(workflow, changed, "some-model") is None


@pytest.mark.slow
def test_no_reasoning_model_has_a_known_request(tmp_path: Path) -> None:
    """Of all that LlamaIndex has in its table, to which it sends another request."""
    from llama_index.llms.openai.utils import O1_MODELS

    file = Reference.parse("agent", tmp_path).file
    assert file is not None
    assert [name for name in O1_MODELS if known("agent", file, name)] == []


@pytest.fixture
def remembered(hitl: Hitl, model: ModelServer, environment: dict[str, str], folder: Path) -> Path:
    """The file with the shape, after a first run with a model whose request is not known."""
    environment["HITL_MODEL"] = "gpt-5-mini"
    model.reply(Text("one"))
    assert hitl("run", "agent", "the first request").stdout == "one\n"
    return Path(environment["HOME"], ".cache", "hitl", FILE)


def flat(text: str) -> str:
    """Return `text` in one line."""
    return " ".join(text.split())


def test_the_second_run_sends_the_same_request_once(
    hitl: Hitl, model: ModelServer, remembered: Path, folder: Path
) -> None:
    """With the new text of the person; the answer is shown and counted as any other."""
    model.reply(Text("two", pause=0.3))
    ended = hitl("run", "agent", "another\n'\"{}\\ request")
    assert ended.stdout == "two\n"
    assert ended.stderr == "tokens: 1,000 in, 20 out\n"
    first, second = model.requests
    assert second["messages"].pop()["content"] == "another\n'\"{}\\ request"
    assert first["messages"].pop()["content"] == "the first request"
    assert first == second
    assert {each["Authorization"] for each in model.headers} == {"Bearer sk-secret"}


def test_custom_sends_its_request_early_too(
    person: At, model: ModelServer, environment: dict[str, str]
) -> None:
    """Its request has one message, with the person's words at the end."""
    model.reply(Text("echo 1"))
    at = person("run", "custom", "some words", env={"HITL_SYSTEM_PROMPT": "my own instructions"})
    at.sees(r"\$ echo")
    at.type("\x04")
    at.leaves()
    assert UNUSED not in at.everything
    assert model.messages()[-1]["content"] == "my own instructions\n\nRequest: some words"


@pytest.mark.parametrize("broken", ["--policy", ".config/hitl/rules.toml", ".hitl/rules.toml"])
def test_nothing_is_sent_for_a_run_that_the_rules_refuse(
    hitl: Hitl, model: ModelServer, remembered: Path, folder: Path, environment: dict[str, str], broken: str
) -> None:
    """Wherever the rules are, they are read before the request leaves."""
    file = (Path(environment["HOME"]) if broken.startswith(".config") else folder) / broken.replace(
        "--policy", "own"
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("[")
    ended = hitl("run", "agent", "x", *(["--policy", str(file)] if broken == "--policy" else []))
    assert ended.returncode == 2
    assert "own" in ended.stderr or "rules.toml" in ended.stderr
    assert len(model.requests) == 1


def test_nothing_of_the_person_is_stored(hitl: Hitl, model: ModelServer, remembered: Path) -> None:
    """Neither the request, nor the key, nor their own instructions, in a file that only they can read."""
    own = {"HITL_SYSTEM_PROMPT": "my own instructions"}
    model.reply(Text("two"), Text("three"))
    hitl("run", "agent", "private words", env=own)
    hitl("run", "agent", "private words", env=own)
    stored = remembered.read_text()
    assert len(json.loads(stored)) == 2
    assert not any(each in stored for each in ("private", "first request", "sk-secret", "my own", model.url))
    assert stat.S_IMODE(remembered.stat().st_mode) == 0o600
    assert [each["messages"][0]["content"] for each in model.requests[1:]] == ["my own instructions"] * 2
    assert len(model.requests) == 3


def test_a_different_request_is_sent_and_the_early_one_is_counted(
    hitl: Hitl, model: ModelServer, remembered: Path
) -> None:
    """Its answer is never shown; the person reads what it took. The next run sends nothing early."""
    remembered.write_text(remembered.read_text().replace("You help a person", "You help nobody"))
    model.reply(Text("wrong"), Text("right"))
    ended = hitl("run", "agent", "go")
    assert ended.stdout == "right\n"
    assert f"{UNUSED}: the workflow's own was different. It took 1,000 tokens in, 20 out" in flat(
        ended.stderr
    )
    assert [*json.loads(remembered.read_text()).values()] == [None]
    model.reply(Text("three"))
    assert hitl("run", "agent", "go").stderr == "tokens: 1,000 in, 20 out\n"
    assert len(model.requests) == 4


def test_a_failed_early_request_fails_as_any_other(hitl: Hitl, model: ModelServer, remembered: Path) -> None:
    """It is tried again, without a parameter that the server refuses; the person reads what the server said."""
    model.reply(Status(503), Status(400, message="no stream_options"), Text("two"))
    ended = hitl("run", "agent", "go")
    assert (ended.stdout, ended.stderr) == ("two\n", "tokens: 1,000 in, 20 out\n")
    model.reply(Status(401))
    ended = hitl("run", "agent", "go")
    assert (ended.returncode, len(model.requests)) == (69, 5)
    assert "OPENAI_API_KEY was refused" in flat(ended.stderr)


def test_ctrl_c_ends_it(person: At, model: ModelServer, remembered: Path) -> None:
    """While the server is silent; nothing is left to wait for. The person reads what was stopped, whenever it was."""
    model.reply(Hang(mute=True))
    at = person("run", "agent", "go")
    at.waits(lambda: len(model.requests) == 2, "the request")
    at.type("\x03")
    assert at.leaves() == 130
    assert re.search("An early request was sent|Stopped; nothing more was run", at.everything)


REQUEST = {
    "messages": [{"role": "system", "content": "Help."}, {"role": "user", "content": "go"}],
    "model": "m",
    "stream": True,
}
TEXT = st.text(st.characters(codec="utf-8"), min_size=1)


@given(TEXT, TEXT | st.just(""), st.booleans())
def test_a_shape_and_the_texts_are_the_request(request: str, instructions: str, in_one: bool) -> None:
    """Whatever the person wrote, in one message or two; other texts make another request."""
    said = instructions or "Help."
    two = [{"role": "system", "content": said}, {"role": "user", "content": request}]
    whole = {**REQUEST, "messages": [{"role": "user", "content": f"{said}: {request}"}] if in_one else two}
    shape = Texts(request, instructions).shape_of(whole)
    assert shape is not None
    stored = json.loads(json.dumps(shape))
    assert Texts(request, instructions).in_shape(stored) == whole
    assert Texts(request + "x", instructions).in_shape(stored) != whole


class Client(ChatClient):
    """A client that notes what is sent, and whose answer comes when it is told so, at the second attempt."""

    def __init__(self) -> None:
        super().__init__("http://localhost", "none", "m", 1.0, NullModelWatcher(), {})
        self.sent: list[Mapping[str, Any]] = []
        self.answer = asyncio.Event()

    def watched_by(self, watcher: ModelWatcher) -> "Client":
        """Return this client, which tells the watcher its attempts."""
        self.watcher = watcher
        return self

    async def post(self, request: Mapping[str, Any]) -> httpx.Response:
        """Send nothing."""
        self.sent.append(request)
        self.watcher.model_asked("m", 1, 3)
        await self.answer.wait()
        self.watcher.model_asked("m", 2, 3)
        return httpx.Response(200)


def early(tmp_path: Path, client: Client, known: dict[str, Any] | None = None) -> EarlyRequest:
    """Return an early request whose shape is `known`, or else remembered."""
    shapes = Shapes(tmp_path / FILE, {})
    if known is None:
        shapes.put("key", Texts("go", "").shape_of(REQUEST))
    return EarlyRequest(shapes, "key", Texts("go", ""), client.watched_by, known)


class Attempts(NullModelWatcher):
    """Notes the attempts that a person would see."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def model_asked(self, model: str, attempt: int, attempts: int) -> None:
        """Note one."""
        self.seen.append(attempt)


async def test_a_late_answer_is_waited_for(tmp_path: Path) -> None:
    """It is the answer to the run's own request, which is not sent again; a second request is compared with nothing."""
    client, attempts = Client(), Attempts()
    request = early(tmp_path, client)
    await request.begin()
    waiting = asyncio.create_task(request.response_to(REQUEST, read_usage, attempts))
    await asyncio.sleep(0)
    assert not waiting.done()
    assert attempts.seen == [1]
    client.answer.set()
    assert await waiting is not None
    assert attempts.seen == [1, 2]
    assert await request.response_to(REQUEST, read_usage, attempts) is None
    assert client.sent == [REQUEST]
    assert await request.close() == ""


async def test_one_that_is_never_answered_is_told_about(tmp_path: Path) -> None:
    """Its tokens are not known; nothing waits for it."""
    request = early(tmp_path, Client())
    await request.begin()
    assert await request.response_to({**REQUEST, "model": "other"}, read_usage, Attempts()) is None
    assert "an unknown number of tokens" in await asyncio.wait_for(request.close(), 10)


async def test_what_was_sent_is_remembered_instead_of_what_was_known(tmp_path: Path) -> None:
    """The next run is right at once. If even that is not so, the one after it sends nothing early."""
    wrong = Texts("go", "").shape_of({**REQUEST, "model": "other"})
    for own, sent in ((REQUEST, "other"), ({**REQUEST, "stream": False}, "m"), (REQUEST, None)):
        client = Client()
        request = early(tmp_path, client, wrong)
        await request.begin()
        assert await request.response_to(own, read_usage, Attempts()) is None
        assert [each["model"] for each in client.sent] == ([sent] if sent else [])
        assert (UNUSED in await request.close()) == bool(sent)
    client = Client()
    await early(tmp_path, client, wrong).begin()
    assert client.sent == [REQUEST]


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"key": 1}', '{"key": {}}', '{"key": {"messages": [1, 2]}}', '{"key": {"messages": 1}}'],
)
async def test_a_shape_that_is_none_sends_nothing(tmp_path: Path, content: str) -> None:
    """A damaged file is as good as none, and the next shape is remembered."""
    client = Client()
    (tmp_path / FILE).write_text(content)
    request = EarlyRequest(Shapes(tmp_path / FILE, {}), "key", Texts("go", ""), client.watched_by)
    await request.begin()
    assert await request.response_to(REQUEST, read_usage, Attempts()) is None
    assert client.sent == []
    assert Shapes(tmp_path / FILE, {}).get("key") == Texts("go", "").shape_of(REQUEST)


def test_a_shape_with_a_secret_is_not_stored(tmp_path: Path) -> None:
    """Such as one that a variable of the person has."""
    shapes = Shapes(tmp_path / FILE, {"MY_API_TOKEN": "tok-0123456789abcdef"})
    shapes.put("key", {**REQUEST, "model": "tok-0123456789abcdef"})
    assert not (tmp_path / FILE).exists()
