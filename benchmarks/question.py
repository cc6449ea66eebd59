"""From the model's last byte to the drawn question: the whole program against the bare engine; at most 20 ms more.

Both sides ask the same scripted server, on this machine. The bare engine is an `AgentWorkflow` whose tool asks with
`wait_for_event`, and its time ends where the request is on the event stream; that of `hitl` where the line and the keys
are on the screen of a real pseudo-terminal. Each is warmed up by one turn of the same conversation.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.model_server import Calls, ModelServer, Text
from tests.terminal import Person

TURNS = 20

_BARE = """
import asyncio, json, sys, time
from llama_index.core.agent.workflow import AgentWorkflow
from llama_index.core.workflow import Context
from llama_index.llms.openai import OpenAI
from workflows.events import HumanResponseEvent, InputRequiredEvent

async def cli_executor(ctx: Context, command: str) -> str:
    "Run a command."
    await ctx.wait_for_event(HumanResponseEvent, waiter_event=InputRequiredEvent(command=command), timeout=None)
    return "ok"

async def main(turns):
    llm = OpenAI(model="gpt-4.1-mini", api_key="x", api_base=sys.argv[1])
    workflow = AgentWorkflow.from_tools_or_functions([cli_executor], llm=llm, timeout=None)
    for _ in range(turns):
        handler = workflow.run(user_msg="go")
        async for event in handler.stream_events():
            if isinstance(event, InputRequiredEvent):
                print(json.dumps(time.time()), flush=True)
                handler.ctx.send_event(HumanResponseEvent(response="yes"))
        await handler

asyncio.run(main(int(sys.argv[2])))
"""


class _Timed(ModelServer):
    """Notes when the last byte of each answer was sent."""

    def __init__(self) -> None:
        self.sent: list[float] = []
        super().__init__()

    def _stream(self, handler: Any, reply: Any) -> None:
        super()._stream(handler, reply)
        if isinstance(reply, Calls):
            self.sent.append(time.time())


def _with_server(measure: Callable[[_Timed], list[float]]) -> list[float]:
    server = _Timed()
    for number in range(TURNS + 1):
        server.reply(Calls.of(f"true {number}"), Text("ok"))
    try:
        seen = measure(server)
        return [at - sent for at, sent in zip(seen[1:], server.sent[1:], strict=False)]
    finally:
        server.close()


def _bare(server: _Timed) -> list[float]:
    ended = subprocess.run(
        [sys.executable, "-c", _BARE, server.url, str(TURNS + 1)],
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in ended.stdout.splitlines()]


def _hitl(server: _Timed) -> list[float]:
    seen: list[float] = []
    with tempfile.TemporaryDirectory() as home:
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "TERM": "xterm-256color",
            "SHELL": "/bin/bash",
            "OPENAI_BASE_URL": server.url,
            "OPENAI_API_KEY": "x",
        }
        at = Person([sys.executable, "-m", "hitl_cli", "run", "agent"], variables, Path(home), cold=True)
        try:
            for number in range(TURNS + 1):
                at.sees(r"(?s)> *\n.*Ctrl-D leave" if not number else r"> *\n.*Ctrl-D leave")
                at.type("go\r")
                at.sees(rf"^\$ true {number}$", "Read first|all keys")
                seen.append(at.read_at)
                at.type("\r")
        finally:
            at.close()
    return seen


def main() -> None:
    """Print both medians and what `hitl` takes longer."""
    bare = statistics.median(_with_server(_bare)) * 1000
    ours = statistics.median(_with_server(_hitl)) * 1000
    print(f"bare engine {bare:.1f} ms, drawn question {ours:.1f} ms, {ours - bare:+.1f} ms (at most +20)")
