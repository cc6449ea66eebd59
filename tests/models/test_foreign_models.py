"""A model that a workflow brings itself is named with its server if it fails; the settings are not blamed."""

from pathlib import Path

import pytest

from tests.conftest import Hitl
from tests.model_server import ModelServer, Status, Text, serving

HEAD = """
import httpx, openai
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.llms.openai import OpenAI
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent
from hitl_cli import default_model

URL = "{url}"

def clock() -> str:
    "Tells the time."
    return "noon"

class Flow(Workflow):
    @step
    async def go(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=str({asks}))

model = OpenAI(model="gpt-4o-mini", api_key="sk-own", api_base=URL, max_retries=0)
client = openai.AsyncOpenAI(api_key="sk-own", base_url=URL, max_retries=0)
flow = {flow}
"""
LLM = "await model.acomplete('hi')"
CLIENT = "await client.chat.completions.create(model='m', messages=[{'role': 'user', 'content': 'hi'}])"
AGENT = "FunctionAgent(tools=[clock], llm=model)"
OTHER = "await httpx.AsyncClient().get(URL + '/weather')"
GONE = "http://127.0.0.1:9/v1"


@pytest.mark.parametrize(
    ("asks", "flow", "said", "status"),
    [
        (LLM, "Flow()", "model OpenAI gpt-4o-mini at {url} failed: its key was refused (401: no)", 69),
        ("''", AGENT, "model OpenAI gpt-4o-mini at {url} failed: its key was refused (401: no)", 69),
        (LLM, "Flow()", f"model OpenAI gpt-4o-mini at {GONE} cannot be reached", 69),
        (CLIENT, "Flow()", f"client (openai) at {GONE} cannot be reached", 69),
        (OTHER, "Flow()", "The workflow failed: flow.py:18 in go: ConnectError", 70),
    ],
    ids=["refused", "agent", "unreachable", "client alone", "no model"],
)
def test_model_that_failed_is_named(
    hitl: Hitl, folder: Path, model: ModelServer, asks: str, flow: str, said: str, status: int
) -> None:
    """With its class, its model and the server that was contacted; another connection is no model."""
    with serving() as own:
        url = GONE
        if "{url}" in said:
            url = own.url
            own.reply(Status(401, "invalid_api_key"))
        (folder / "flow.py").write_text(
            HEAD.replace("{url}", url).replace("{asks}", asks).replace("{flow}", flow)
        )
        ended = hitl("run", "./flow.py:flow", "go")
    told = " ".join(ended.stderr.split())
    assert ended.returncode == status, told
    assert said.replace("{url}", url) in told
    assert model.url not in told
    assert "OPENAI" not in told
    brought = (
        f"brings its own model, which stays as it is: OpenAI gpt-4o-mini at {url}, AsyncOpenAI at {url}."
    )
    assert brought in told
    assert ("The model settings of hitl were not used." in told) == (status == 69)


def test_default_model_that_is_asked_without_await_uses_the_settings(
    hitl: Hitl, folder: Path, model: ModelServer
) -> None:
    """A workflow may ask it synchronously, too; its failure is one of the person's model."""
    code = (
        HEAD.replace("{url}", GONE)
        .replace("{asks}", "default_model().complete('hi')")
        .replace("{flow}", "Flow()")
    )
    (folder / "flow.py").write_text(code)
    model.reply(Text("Hello"), Status(401, "invalid_api_key"))
    assert hitl("run", "./flow.py:flow", "go").stdout.strip() == "Hello"
    assert model.headers[0]["Authorization"] == "Bearer sk-secret"
    ended = hitl("run", "./flow.py:flow", "go")
    assert ended.returncode == 69
    assert "The key from OPENAI_API_KEY was refused" in ended.stderr
